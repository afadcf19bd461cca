// Tests of lora/file and lora/kinds: spellings of parts, scales, ranks, and what is refused.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "lora/kinds.h"
#include "support/close.h"
#include "support/errors.h"

using namespace redraw;

namespace {

LoraDelta delta_of(const StateDict& tensors, const at::Tensor& weight, std::optional<int> dim = {}) {
  const LoraFile file = sort_lora("some/net.safetensors", tensors);
  const auto& [name, parts] = *file.layers.begin();
  return lora_delta({file, name, parts}, weight, dim);
}

bool is_close(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && at::allclose(a, b, test::kF32Cpu, test::kF32Cpu);
}

}  // namespace

CATCH_TEST_CASE("sort_lora: every spelling of a part is one part of one layer", "[lora]") {
  const at::Tensor t = at::zeros({1});
  struct Row { const char* key; const char* layer; const char* part; };
  for (const Row& row : {Row{"lora_unet_x.lora_up.weight", "lora_unet_x", "lora_up"},
                         Row{"unet.a.b.lora_A.weight", "unet.a.b", "lora_down"},
                         Row{"base_model.model.text_model.q.lora_B.default.weight", "text_model.q", "lora_up"},
                         Row{"unet.attn1.processor.to_q_lora.up.weight", "unet.attn1.to_q", "lora_up"},
                         Row{"unet.attn1.processor.to_out_lora.down.weight", "unet.attn1.to_out.0", "lora_down"},
                         Row{"text_encoder.q.lora_linear_layer.down.weight", "text_encoder.q", "lora_down"},
                         Row{"unet.a.to_out.0.lora.up.weight", "unet.a.to_out.0", "lora_up"},
                         Row{"x.hada_t2", "x", "hada_t2"}, Row{"x.lora_magnitude_vector", "x", "dora_scale"},
                         Row{"x.w_norm", "x", "diff"}, Row{"x.b_norm", "x", "diff_b"}}) {
    CATCH_INFO(row.key);
    const LoraFile file = sort_lora("net", {{row.key, t}});
    CATCH_REQUIRE(file.layers.contains(row.layer));
    CATCH_CHECK(file.layers.at(row.layer).contains(row.part));
  }
  const LoraFile other = sort_lora("net", {{"x.lora_up.bias", t}, {"model.weight", t}, {"y.lora_up.weight", t}});
  CATCH_CHECK(other.unread == std::vector<std::string>{"x.lora_up.bias", "model.weight"});
  CATCH_CHECK(other.layers.size() == 1);
}

CATCH_TEST_CASE("lora_delta: alpha is divided by the rank, scale overrules both, without either it is 1", "[lora]") {
  const at::Tensor up = at::randn({6, 2}), down = at::randn({2, 5}), w = at::randn({6, 5});
  StateDict tensors = {{"x.lora_up.weight", up}, {"x.lora_down.weight", down}};
  CATCH_CHECK(is_close(delta_of(tensors, w).weight, up.matmul(down)));
  tensors["x.alpha"] = at::tensor(3.0f);
  CATCH_CHECK(is_close(delta_of(tensors, w).weight, up.matmul(down) * 1.5));
  tensors["x.scale"] = at::tensor(0.25f);
  CATCH_CHECK(is_close(delta_of(tensors, w).weight, up.matmul(down) * 0.25));
}

CATCH_TEST_CASE("lora_delta: dyn keeps the first ranks of a plain LoRA", "[lora]") {
  const at::Tensor up = at::randn({6, 4}), down = at::randn({4, 5}), w = at::randn({6, 5});
  const StateDict tensors = {{"x.lora_up.weight", up}, {"x.lora_down.weight", down}};
  CATCH_CHECK(is_close(delta_of(tensors, w, 3).weight, up.narrow(1, 0, 3).matmul(down.narrow(0, 0, 3))));
  CATCH_CHECK(is_close(delta_of(tensors, w, 99).weight, up.matmul(down)));
}

CATCH_TEST_CASE("lora_delta: a LoRA for 4 channels leaves the 5 others of an inpainting model alone", "[lora]") {
  const at::Tensor up = at::randn({8, 2, 1, 1}), down = at::randn({2, 4, 3, 3}), w = at::randn({8, 9, 3, 3});
  const at::Tensor delta = delta_of({{"x.lora_up.weight", up}, {"x.lora_down.weight", down}}, w).weight;
  CATCH_CHECK(is_close(delta.narrow(1, 0, 4), up.flatten(1).matmul(down.flatten(1)).view({8, 4, 3, 3})));
  CATCH_CHECK(delta.narrow(1, 4, 5).abs().max().item<float>() == 0);
}

CATCH_TEST_CASE("lora_delta: DoRA gives the learned length to each column or row", "[lora][property]") {
  const at::Tensor up = at::randn({6, 2}), down = at::randn({2, 5}), w = at::randn({6, 5});
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{1, 5}, std::vector<std::int64_t>{6, 1}, std::vector<std::int64_t>{6}}) {
    const at::Tensor lengths = at::rand(shape) + 1;
    const at::Tensor merged =
        w + delta_of({{"x.lora_up.weight", up}, {"x.lora_down.weight", down}, {"x.dora_scale", lengths}}, w).weight;
    const std::int64_t along = shape[0] == 1 ? 0 : 1;
    CATCH_CHECK(is_close(at::linalg_vector_norm(merged, 2, at::IntArrayRef{along}), lengths.flatten()));
  }
}

CATCH_TEST_CASE("lora_delta: what cannot be used is named with its file, its layer and the reason", "[lora]") {
  const at::Tensor w = at::randn({6, 5}), a = at::randn({6, 2}), b = at::randn({2, 5});
  struct Row { StateDict tensors; const char* why; };
  for (const Row& row :
       {Row{{{"x.lora_up.weight", a}}, "lora_down is missing"},
        Row{{{"x.lora_up.weight", a}, {"x.lora_down.weight", at::randn({3, 5})}}, "ranks 2 and 3 differ"},
        Row{{{"x.lora_up.weight", at::randn({7, 2})}, {"x.lora_down.weight", b}}, "35 numbers, the weight has 30"},
        Row{{{"x.lora_up.weight", at::randn({90000, 1})}, {"x.lora_down.weight", at::randn({1, 90000})}},
            "8100000000 numbers"},
        Row{{{"x.hada_w1_a", a}, {"x.hada_w1_b", b}, {"x.hada_w2_a", a}}, "hada_w2_b is missing"},
        Row{{{"x.lokr_w1", at::randn({3, 1})}, {"x.lokr_w2", at::randn({3, 5})}}, "45 numbers"},
        Row{{{"x.diff", at::randn({3})}}, "3 numbers"},
        Row{{{"x.lora_up.weight", a}, {"x.lora_down.weight", b}, {"x.alpha", at::zeros({2})}},
            "alpha is no single number"},
        Row{{{"x.lora_up.weight", a}, {"x.lora_down.weight", b}, {"x.dora_scale", at::zeros({1, 4})}},
            "dora_scale has 4"},
        Row{{{"x.alpha", at::zeros({1})}}, "of no kind"}}) {
    CATCH_INFO(row.why);
    const auto error = test::error_of([&] { delta_of(row.tensors, w); });
    CATCH_REQUIRE(error);
    CATCH_CHECK(error->kind() == ErrorKind::kModel);
    for (const char* part : {row.why, "\"x\"", "\"net.safetensors\""}) CATCH_CHECK(test::mentions(*error, part));
  }
}
