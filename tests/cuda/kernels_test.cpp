// Tests of the CUDA plugin on a GPU: each kernel against f64 on the CPU, recorded calls against ordinary ones.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include "models/vae.h"
#include "nn/attention.h"
#include "nn/attention_chunked.h"
#include "nn/cuda_plugin.h"
#include "nn/device.h"
#include "nn/load_tensors.h"
#include "nn/strips.h"
#include "support/close.h"

using namespace redraw;

namespace {

/// The GPU with the plugin; null, and said, where one of them is missing.
const FusedKernels* kernels_or_skip() {
  try {
    choose_device("cuda", "f32");
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kDevice) throw;
    CATCH_WARN("skipped: " << error.what() << ": " << error.why());
    return nullptr;
  }
  if (cuda_plugin() == nullptr) CATCH_WARN("skipped: " << cuda_kernels_text({at::kCUDA, 0}));
  return fused_kernels({at::kCUDA, 0});
}

at::Tensor noise(std::vector<std::int64_t> shape, double mean = 0, double spread = 1, std::uint64_t seed = 5) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), at::kFloat) * spread + mean;
}

/// The numbers as the format holds them, on the GPU and in f64 on the CPU.
struct Both {
  at::Tensor gpu, exact;
  Both(const at::Tensor& x, at::ScalarType dtype, at::MemoryFormat layout = at::MemoryFormat::Contiguous)
      : gpu(x.to(at::kCUDA, dtype).contiguous(layout)), exact(x.to(dtype).to(at::kDouble)) {}
};

double largest(const at::Tensor& got, const at::Tensor& exact) {
  return ((got.to(at::kCPU, at::kDouble) - exact).abs().max() / exact.abs().max().clamp_min(1e-3)).item<double>();
}

double tolerance(at::ScalarType dtype) {
  return dtype == at::kFloat ? test::kF32Cuda / 10 : dtype == at::kHalf ? test::kF16 / 10 : test::kBf16 / 5;
}

constexpr at::ScalarType kFormats[] = {at::kFloat, at::kHalf, at::kBFloat16};

struct Shape {
  std::int64_t images, channels, height, width;
};
/// Maps of the nets, odd ones, and channels that are no multiple of a pack.
constexpr Shape kShapes[] = {{2, 320, 64, 64},   {2, 640, 33, 31}, {3, 1280, 16, 16}, {1, 2560, 8, 8},
                             {1, 128, 257, 129}, {1, 512, 64, 64}, {2, 32, 1, 1},     {2, 96, 5, 7}};

}  // namespace

CATCH_TEST_CASE("cuda kernels: group norm, with and without SiLU", "[nn][cuda]") {
  const FusedKernels* kernels = kernels_or_skip();
  if (kernels == nullptr) return;
  const c10::InferenceMode guard;
  for (const Shape& s : kShapes)
    for (const at::ScalarType dtype : kFormats)
      for (const bool silu : {false, true}) {
        const Both x(noise({s.images, s.channels, s.height, s.width}, 2, 3), dtype, at::MemoryFormat::ChannelsLast);
        const Both weight(noise({s.channels}, 1, 0.3, 6), dtype), bias(noise({s.channels}, 0, 0.3, 7), dtype);
        const at::Tensor exact = group_norm_by_aten(x.exact, weight.exact, bias.exact, 32, 1e-5, silu);
        CATCH_INFO(dtype << " " << x.exact.sizes() << " silu " << silu);
        const at::Tensor y = kernels->group_norm(x.gpu, weight.gpu, bias.gpu, 32, 1e-5, silu);
        CATCH_REQUIRE(y.defined());
        CATCH_CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
        CATCH_CHECK(largest(y, exact) < tolerance(dtype));
        CATCH_CHECK(kernels->group_norm(x.gpu, weight.gpu, bias.gpu, 32, 1e-5, silu).equal(y));  // the same bits again
        CATCH_CHECK(kernels->group_norm(x.gpu.contiguous(), weight.gpu, bias.gpu, 32, 1e-5, silu).equal(y));
      }
  const Both odd(noise({2, 33, 5, 4}), at::kHalf, at::MemoryFormat::ChannelsLast), one(at::ones({33}), at::kHalf),
      none(at::zeros({33}), at::kHalf);
  CATCH_CHECK(largest(kernels->group_norm(odd.gpu, one.gpu, none.gpu, 3, 1e-5, false),
                      group_norm_by_aten(odd.exact, one.exact, none.exact, 3, 1e-5, false)) < 1e-3);
  CATCH_CHECK_FALSE(kernels->group_norm(odd.gpu, one.gpu.to(at::kFloat), none.gpu, 3, 1e-5, false).defined());
}

CATCH_TEST_CASE("cuda kernels: geglu", "[nn][cuda]") {
  const FusedKernels* kernels = kernels_or_skip();
  if (kernels == nullptr) return;
  const c10::InferenceMode guard;
  for (const auto& [rows, width] : {std::pair<std::int64_t, std::int64_t>{4096, 1280}, {77, 5120}, {1, 8}, {5, 11}})
    for (const at::ScalarType dtype : kFormats) {
      const Both x(noise({2, rows, 2 * width}, 0, 2), dtype);
      CATCH_INFO(dtype << " " << rows << " x " << width);
      CATCH_CHECK(largest(kernels->geglu(x.gpu), geglu_by_aten(x.exact)) < tolerance(dtype));
    }
}

CATCH_TEST_CASE("cuda kernels: bias and residual", "[nn][cuda]") {
  const FusedKernels* kernels = kernels_or_skip();
  if (kernels == nullptr) return;
  const c10::InferenceMode guard;
  for (const Shape& s : {Shape{2, 320, 33, 31}, {3, 5, 4, 7}, {1, 128, 300, 200}})
    for (const at::ScalarType dtype : kFormats) {
      const Both h(noise({s.images, s.channels, s.height, s.width}), dtype, at::MemoryFormat::ChannelsLast),
          bias(noise({s.channels}, 0, 1, 6), dtype);
      const Both map(noise({s.images, s.channels, s.height, s.width}, 0, 1, 7), dtype),
          of_images(noise({s.images, s.channels, 1, 1}, 0, 1, 8), dtype);
      const at::Tensor with_bias = h.exact + bias.exact.view({1, -1, 1, 1});
      CATCH_INFO(dtype << " " << h.exact.sizes());
      CATCH_CHECK(largest(kernels->add_bias_residual(h.gpu.clone(), bias.gpu, {}), with_bias) < tolerance(dtype));
      CATCH_CHECK(largest(kernels->add_bias_residual(h.gpu.clone(), bias.gpu, map.gpu), with_bias + map.exact) <
                  tolerance(dtype));
      CATCH_CHECK(largest(kernels->add_bias_residual(h.gpu.clone(), {}, of_images.gpu), h.exact + of_images.exact) <
                  tolerance(dtype));
    }
}

CATCH_TEST_CASE("cuda kernels: doubling is ATen's to the bit", "[nn][cuda]") {
  const FusedKernels* kernels = kernels_or_skip();
  if (kernels == nullptr) return;
  const c10::InferenceMode guard;
  for (const Shape& s : kShapes)
    for (const at::ScalarType dtype : kFormats) {
      const Both x(noise({s.images, s.channels, s.height, s.width}), dtype, at::MemoryFormat::ChannelsLast);
      CATCH_CHECK(kernels->upsample_2x(x.gpu).equal(upsample_2x_by_aten(x.gpu)));
    }
}

CATCH_TEST_CASE("cuda kernels: attention of deep heads in chunks, and of others by the order of libtorch's kernels",
                "[nn][cuda]") {
  if (kernels_or_skip() == nullptr) return;
  const c10::InferenceMode guard;
  for (const auto& [depth, heads, tokens] :
       {std::tuple<std::int64_t, std::int64_t, std::int64_t>{512, 1, 1500}, {640, 10, 1024}, {320, 8, 333}})
    for (const at::ScalarType dtype : kFormats) {
      const Both q(noise({2, tokens, depth}), dtype), k(noise({2, tokens, depth}, 0, 1, 6), dtype),
          v(noise({2, tokens, depth}, 0, 1, 7), dtype);
      const at::Tensor exact = attention_by_aten(q.exact, k.exact, v.exact, heads, false);
      CATCH_INFO(dtype << " " << heads << " heads of " << depth / heads);
      CATCH_CHECK(wants_chunks(q.gpu, heads) == (heads == 1));
      CATCH_CHECK(largest(attention(q.gpu, k.gpu, v.gpu, heads), exact) < 2 * tolerance(dtype));
      if (heads == 1)
        CATCH_CHECK(largest(attention_chunked(q.gpu, k.gpu, v.gpu, 1, 1500 * 300), exact) < 2 * tolerance(dtype));
    }
}

CATCH_TEST_CASE("cuda: the tensors of a file are on the device as they are in the file", "[nn][cuda]") {
  if (kernels_or_skip() == nullptr) return;
  const c10::InferenceMode guard;
  StateDict tensors{{"small", noise({7})},
                    {"model_ema.big", noise({300, 300})},
                    {"halves", noise({1001, 333}).to(at::kHalf)},
                    {"big", noise({3, 1111, 1003})},
                    {"kernel", noise({64, 320, 3, 3}).to(at::kBFloat16)}};
  const StateDict there = brought_to({at::kCUDA, 0}, tensors, "model_ema.");
  for (const auto& [key, tensor] : tensors) {
    CATCH_INFO(key);
    CATCH_CHECK(there.at(key).is_cuda() == (key != "small" && key != "model_ema.big"));
    CATCH_CHECK(there.at(key).to(at::kCPU).equal(tensor));
  }
}

CATCH_TEST_CASE("cuda: maps of strips lie on a device that has room", "[nn][cuda]") {
  if (kernels_or_skip() == nullptr) return;
  const at::Tensor rows = at::empty({1, 64, 8, 64}, at::TensorOptions().device(at::kCUDA).dtype(at::kHalf));
  CATCH_CHECK(Strips(64 * 64, {at::kCUDA, 0}).new_map(rows, 512).is_cuda());
}

CATCH_TEST_CASE("cuda kernels: a recorded call gives what an ordinary one gives, on new inputs", "[nn][cuda]") {
  if (kernels_or_skip() == nullptr) return;
  const c10::InferenceMode guard;
  const at::TensorOptions half = at::TensorOptions().device(at::kCUDA).dtype(at::kHalf);
  const Conv layer{at::randn({64, 64, 3, 3}, half).contiguous(at::MemoryFormat::ChannelsLast) / 24,
                   at::randn({64}, half), 1, 1};
  const Norm norm{at::ones({64}, half), at::zeros({64}, half)};
  const auto net = [&](const RecordedCall::Inputs& inputs) {
    at::Tensor x = inputs[0].contiguous(at::MemoryFormat::ChannelsLast);
    for (int i = 0; i < 3; ++i) x = conv_add(group_norm_silu(x, norm), layer, x);
    const at::Tensor tokens = x.permute({0, 2, 3, 1}).flatten(1, 2);
    return attention(tokens, tokens, tokens, 1);
  };
  RecordedCall recorded(net, recorder_of({at::kCUDA, 0}));
  for (int i = 0; i < 6; ++i) {
    const at::Tensor x = at::randn({2, 64, 16 + i % 2, 16}, half);
    const at::Tensor plain = net({x});
    CATCH_INFO("call " << i);
    CATCH_CHECK(largest(recorded({x}, false), plain.to(at::kCPU, at::kDouble)) < 1e-3);
  }
  for (int i = 0; i < 4; ++i) recorded({at::randn({2, 64, 16, 16}, half)}, false);
  CATCH_CHECK(recorded.problem() == "");
}

CATCH_TEST_CASE("cuda: a call is recorded also after all recordings before it are gone", "[nn][cuda]") {
  if (kernels_or_skip() == nullptr) return;
  const c10::InferenceMode guard;
  for (int network = 0; network < 3; ++network) {
    RecordedCall recorded([](const RecordedCall::Inputs& inputs) { return inputs[0] * 2 + 1; },
                          recorder_of({at::kCUDA, 0}));
    for (int i = 0; i < 5; ++i) {
      const at::Tensor x = at::randn({64, 64 + network}, at::TensorOptions().device(at::kCUDA));
      CATCH_CHECK(recorded({x}, false).equal(x * 2 + 1));
    }
    CATCH_CHECK(recorded.problem() == "");
  }
}
