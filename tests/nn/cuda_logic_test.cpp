// Tests of cuda/kernel_logic: the kernels' indices and sums, walked through on the CPU grid by grid, against ATen.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "cuda/kernel_logic.h"
#include "nn/fused.h"
#include "support/close.h"

namespace redraw::cuda {
template <>
struct Number<float> {
  static float to_float(float x) { return x; }
  static float from_float(float x) { return x; }
};
template <>
struct Number<c10::Half> {
  static float to_float(c10::Half x) { return x; }
  static c10::Half from_float(float x) { return x; }
};
template <>
struct Number<c10::BFloat16> {
  static float to_float(c10::BFloat16 x) { return x; }
  static c10::BFloat16 from_float(float x) { return x; }
};
}  // namespace redraw::cuda

using namespace redraw;
namespace logic = redraw::cuda;

namespace {

constexpr int kMultiprocessors = 7;  // few, so that blocks have several rounds
constexpr float kUntouched = 1e30F;

at::Tensor noise(std::vector<std::int64_t> shape, double mean = 0, double spread = 1, std::uint64_t seed = 5) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), at::kFloat) * spread + mean;
}

at::Tensor as_map(const at::Tensor& x, at::ScalarType dtype) {
  return x.to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor untouched(at::IntArrayRef shape, at::ScalarType dtype) {
  return at::full(shape, std::numeric_limits<float>::quiet_NaN(), at::TensorOptions().dtype(dtype))
      .contiguous(at::MemoryFormat::ChannelsLast);
}

double largest(const at::Tensor& got, const at::Tensor& exact) {
  return ((got.to(at::kDouble) - exact).abs().max() / exact.abs().max().clamp_min(1e-3)).item<double>();
}

/// Half a unit in the last place of the format, with room for sums in f32.
double rounding(at::ScalarType dtype) { return dtype == at::kFloat ? 2e-6 : dtype == at::kHalf ? 6e-4 : 5e-3; }

/// f.operator()<T, kWide>() for each number format; wide: 16 bytes.
template <typename F>
void each_type(bool wide, F f) {
  if (wide) {
    f.template operator()<float, 4>(at::kFloat);
    f.template operator()<c10::Half, 8>(at::kHalf);
    f.template operator()<c10::BFloat16, 8>(at::kBFloat16);
  } else {
    f.template operator()<float, 1>(at::kFloat);
    f.template operator()<c10::Half, 1>(at::kHalf);
    f.template operator()<c10::BFloat16, 1>(at::kBFloat16);
  }
}

/// The three kernels as the GPU runs them: every block, every phase for all of its threads, before the next phase.
template <typename T, int kWide>
at::Tensor group_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int groups, float eps,
                      bool silu) {
  const logic::GroupNormGrid grid =
      logic::group_norm_grid(static_cast<int>(x.size(0)), static_cast<int>(x.size(2) * x.size(3)),
                             static_cast<int>(x.size(1)), groups, kWide, kMultiprocessors);
  CATCH_REQUIRE(grid.threads > 0);
  CATCH_REQUIRE(grid.threads <= 512);
  CATCH_REQUIRE(grid.shared_floats() * 4 <= 48 * 1024);
  std::vector<float> partial(static_cast<std::size_t>(grid.images * grid.chunks * 2 * groups), kUntouched),
      moments(static_cast<std::size_t>(2 * grid.images * groups), kUntouched);
  const T* const from = x.const_data_ptr<T>();
  for (int image = 0; image < grid.images; ++image)
    for (int chunk = 0; chunk < grid.chunks; ++chunk) {
      std::vector<float> shared(static_cast<std::size_t>(grid.shared_floats()), kUntouched);
      for (int t = grid.threads - 1; t >= 0; --t) logic::sum_rows<T, kWide>(grid, from, image, chunk, t, shared.data());
      for (int t = grid.threads - 1; t >= 0; --t) logic::sum_lanes(grid, t, shared.data());
      for (int t = grid.threads - 1; t >= 0; --t)
        logic::sum_groups(grid, image, chunk, t, shared.data(), partial.data());
    }
  CATCH_REQUIRE(grid.finish_threads() <= 1024);
  for (int image = 0; image < grid.images; ++image) {
    std::vector<double> sums(static_cast<std::size_t>(grid.finish_doubles()), kUntouched);
    for (int t = grid.finish_threads() - 1; t >= 0; --t) logic::sum_chunks(grid, partial.data(), image, t, sums.data());
    for (int t = grid.finish_threads() - 1; t >= 0; --t)
      logic::finish_moments(grid, from, sums.data(), eps, image, t, moments.data());
  }
  at::Tensor y = untouched(x.sizes(), x.scalar_type());
  for (int image = 0; image < grid.images; ++image)
    for (int chunk = 0; chunk < grid.chunks; ++chunk)
      for (int t = 0; t < grid.threads; ++t)
        logic::normalize<T, kWide>(grid, from, weight.const_data_ptr<T>(), bias.const_data_ptr<T>(), moments.data(),
                                   silu, image, chunk, t, y.mutable_data_ptr<T>());
  return y;
}

at::Tensor exact_group_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int groups,
                            double eps, bool silu) {
  return group_norm_by_aten(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), groups, eps, silu);
}

struct Shape {
  std::int64_t images, channels, height, width;
  int groups;
};

/// As the kernels launch: so many threads as there are, until the packs are done.
template <typename F>
void each_flat_thread(F f) {
  constexpr std::uint32_t kThreads = 96;
  for (std::uint32_t i = 0; i < kThreads; ++i) f(logic::Place{i, kThreads});
}

}  // namespace

CATCH_TEST_CASE("cuda logic: group norm is that of f64 in every format and shape", "[nn][property]") {
  // Groups that packs straddle, one row, fewer rows than lanes, many chunks, wide maps, channels that are no pack.
  for (const Shape& s : {Shape{2, 320, 9, 7, 32},
                         {1, 640, 5, 3, 32},
                         {3, 1280, 2, 3, 32},
                         {1, 2560, 3, 3, 32},
                         {2, 32, 1, 1, 32},
                         {1, 128, 33, 17, 32},
                         {1, 96, 64, 65, 32},
                         {1, 5120, 2, 2, 32},
                         {2, 64, 1, 40, 8},
                         {1, 8, 3, 5, 2},
                         {1, 256, 70, 3, 128}})
    for (const bool silu : {false, true}) {
      CATCH_INFO(s.images << " x " << s.channels << " x " << s.height << " x " << s.width << " in " << s.groups
                          << (silu ? " silu" : ""));
      each_type(true, [&]<typename T, int kWide>(at::ScalarType dtype) {
        const at::Tensor x = as_map(noise({s.images, s.channels, s.height, s.width}, 3, 2), dtype);
        const at::Tensor weight = noise({s.channels}, 1, 0.3, 6).to(dtype),
                         bias = noise({s.channels}, 0, 0.3, 7).to(dtype);
        const at::Tensor y = group_norm<T, kWide>(x, weight, bias, s.groups, 1e-5F, silu);
        CATCH_CHECK(largest(y, exact_group_norm(x, weight, bias, s.groups, 1e-5, silu)) < rounding(dtype));
      });
    }
}

CATCH_TEST_CASE("cuda logic: group norm of channels that are no multiple of a pack", "[nn][property]") {
  for (const Shape& s : {Shape{2, 33, 5, 4, 3}, {1, 36, 7, 3, 12}, {1, 1026, 2, 3, 6}})
    each_type(false, [&]<typename T, int kWide>(at::ScalarType dtype) {
      const at::Tensor x = as_map(noise({s.images, s.channels, s.height, s.width}), dtype);
      const at::Tensor weight = noise({s.channels}, 1, 0.3, 6).to(dtype),
                       bias = noise({s.channels}, 0, 0.3, 7).to(dtype);
      CATCH_INFO(s.channels << " " << dtype);
      CATCH_CHECK(largest(group_norm<T, kWide>(x, weight, bias, s.groups, 1e-6F, true),
                          exact_group_norm(x, weight, bias, s.groups, 1e-6, true)) < rounding(dtype));
    });
}

CATCH_TEST_CASE("cuda logic: a group without spread, or with little around a large mean, keeps its digits",
                "[nn][property]") {
  const at::Tensor ones = at::ones({64}), zeros = at::zeros({64});
  const at::Tensor flat = at::full({1, 64, 20, 20}, 0.3).contiguous(at::MemoryFormat::ChannelsLast);
  CATCH_CHECK(group_norm<float, 4>(flat, ones, zeros, 32, 1e-6F, false).abs().max().item<float>() == 0);
  // Of a mean of 1000 f32 itself rounds off up to 3e-5, which is 3e-3 of the deviation.
  const at::Tensor far = as_map(noise({1, 64, 20, 20}, 1000, 0.01), at::kFloat);
  CATCH_CHECK(largest(group_norm<float, 4>(far, ones, zeros, 32, 1e-12F, false),
                      exact_group_norm(far, ones, zeros, 32, 1e-12, false)) < 1e-3);
}

CATCH_TEST_CASE("cuda logic: too many channels for a block's memory are refused", "[nn]") {
  CATCH_CHECK(logic::group_norm_grid(1, 4, 6144, 32, 8, 132).threads > 0);
  CATCH_CHECK(logic::group_norm_grid(1, 4, 6176, 32, 8, 132).threads == 0);
  CATCH_CHECK(logic::group_norm_grid(1, 4, 1024, 1024, 8, 132).finish_doubles() * 8 <= 48 * 1024);
  CATCH_CHECK(logic::group_norm_grid(1, 4, 2048, 2048, 8, 132).threads == 0);
}

CATCH_TEST_CASE("cuda logic: geglu is that of f64", "[nn][property]") {
  const auto check = [](bool wide, std::int64_t rows, std::int64_t width) {
    each_type(wide, [&]<typename T, int kWide>(at::ScalarType dtype) {
      const at::Tensor x = noise({rows, 2 * width}, 0, 2).to(dtype), exact = geglu_by_aten(x.to(at::kDouble));
      at::Tensor y = untouched({rows, width, 1, 1}, dtype);
      each_flat_thread([&](logic::Place place) {
        logic::geglu<T, kWide>(x.const_data_ptr<T>(), static_cast<std::uint32_t>(rows),
                               static_cast<std::uint32_t>(width / kWide), place, y.mutable_data_ptr<T>());
      });
      CATCH_CHECK(largest(y.view({rows, width}), exact) < rounding(dtype));
    });
  };
  check(true, 37, 40);
  check(true, 1, 8);
  check(false, 5, 11);
}

CATCH_TEST_CASE("cuda logic: bias and residual are added and rounded once", "[nn][property]") {
  for (const bool wide : {true, false})
    for (const bool with_bias : {true, false})
      for (const int residual : {0, 1, 2})  // none, of the map's size, one for each image and channel
        each_type(wide, [&]<typename T, int kWide>(at::ScalarType dtype) {
          const std::int64_t channels = wide ? 24 : 5;
          CATCH_INFO(dtype << " wide " << wide << " bias " << with_bias << " residual " << residual);
          at::Tensor h = as_map(noise({3, channels, 5, 7}), dtype);
          const at::Tensor bias = noise({channels}, 0, 1, 6).to(dtype);
          const at::Tensor added = residual == 2 ? noise({3, channels, 1, 1}, 0, 1, 8).to(dtype)
                                                 : as_map(noise({3, channels, 5, 7}, 0, 1, 7), dtype);
          at::Tensor exact = h.to(at::kDouble);
          if (with_bias) exact = exact + bias.to(at::kDouble).view({1, -1, 1, 1});
          if (residual != 0) exact = exact + added.to(at::kDouble);
          const logic::Addends<T> addends{with_bias ? bias.const_data_ptr<T>() : nullptr,
                                          residual == 0 ? nullptr : added.const_data_ptr<T>(), residual == 2};
          each_flat_thread([&](logic::Place place) {
            logic::add_to<T, kWide>(h.mutable_data_ptr<T>(), addends, 3, 35,
                                    static_cast<std::uint32_t>(channels / kWide), place);
          });
          CATCH_CHECK(largest(h, exact) < rounding(dtype));
        });
}

CATCH_TEST_CASE("cuda logic: doubling puts each pixel in its four places", "[nn][property]") {
  for (const bool wide : {true, false})
    for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {3, 5}, {4, 2}})
      each_type(wide, [&]<typename T, int kWide>(at::ScalarType dtype) {
        const std::int64_t channels = wide ? 16 : 3;
        const at::Tensor x = as_map(noise({2, channels, height, width}), dtype);
        at::Tensor y = untouched({2, channels, 2 * height, 2 * width}, dtype);
        each_flat_thread([&](logic::Place place) {
          logic::double_pixels<T, kWide>(x.const_data_ptr<T>(), static_cast<std::uint32_t>(2 * height * width),
                                         static_cast<std::uint32_t>(width),
                                         static_cast<std::uint32_t>(channels / kWide), place, y.mutable_data_ptr<T>());
        });
        CATCH_CHECK(y.equal(upsample_2x_by_aten(x)));
      });
}
