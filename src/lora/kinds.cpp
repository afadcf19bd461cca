// TABLE of kinds of networks: LoRA, LoHa, LoKr, ...: the tensors of a layer -> what is added to its weight.
#include "lora/kinds.h"

#include <ATen/ATen.h>

#include <algorithm>

#include <fmt/format.h>

#include "redraw/error.h"

namespace redraw {
namespace {

/// The parts of one layer in f32 on the weight's device, and the weight itself.
class Layer {
 public:
  Layer(const LoraLayer& layer, const at::Tensor& own_weight, std::optional<int> ranks)
      : weight(own_weight), dim(ranks), layer_(layer) {}

  bool has(const char* part) const { return layer_.parts.contains(part); }
  at::Tensor get(const char* part) const {
    const auto found = layer_.parts.find(part);
    if (found == layer_.parts.end()) fail(fmt::format("its part {} is missing", part));
    return found->second.to(weight.device(), at::kFloat);
  }
  /// [rows, everything else]
  at::Tensor matrix(const char* part) const {
    const at::Tensor tensor = get(part);
    if (tensor.dim() < 2) fail(fmt::format("its part {} is no matrix", part));
    return tensor.flatten(1);
  }
  double number(const char* part) const {
    const at::Tensor tensor = get(part);
    if (tensor.numel() != 1) fail(fmt::format("its part {} is no single number", part));
    return tensor.item<double>();
  }
  /// Before anything is multiplied out: a small file must not ask for a huge result.
  void expect_at_most(std::int64_t elements) const {
    if (elements > weight.numel()) expect(elements);
  }
  void expect(std::int64_t elements) const {
    if (elements == weight.numel()) return;
    fail(fmt::format("it gives {} numbers, the weight has {}: {}", elements, weight.numel(), c10::str(weight.sizes())));
  }
  [[noreturn]] void fail(const std::string& why) const { reject_layer(layer_, why); }

  const at::Tensor& weight;
  std::optional<int> dim;

 private:
  const LoraLayer& layer_;
};

/// a [o, r], b [r, i] -> [o, i]
at::Tensor product(const Layer& layer, const at::Tensor& a, const at::Tensor& b) {
  if (a.size(1) != b.size(0)) layer.fail(fmt::format("its ranks {} and {} differ", a.size(1), b.size(0)));
  layer.expect_at_most(a.size(0) * b.size(1));
  return a.matmul(b);
}

/// core [r, s, h, w], a [r, o], b [s, i] -> [o, i, h, w]
at::Tensor rebuild(const Layer& layer, const at::Tensor& core, const at::Tensor& a, const at::Tensor& b) {
  if (core.dim() != 4 || core.size(0) != a.size(0) || core.size(1) != b.size(0))
    layer.fail("its core does not fit its matrices");
  layer.expect_at_most(a.size(1) * b.size(1) * core.size(2) * core.size(3));
  return at::einsum("rshw,ro,si->oihw", {core, a, b});
}

/// A LoRA for 4 channels on a model that takes more (inpainting): the other channels keep their weights.
at::Tensor widened(const Layer& layer, const at::Tensor& delta) {
  const at::Tensor& w = layer.weight;
  const bool narrow =
      w.dim() == 4 && w.size(1) > 4 && delta.size(0) == w.size(0) && delta.size(1) == 4 * w.size(2) * w.size(3);
  return narrow ? at::constant_pad_nd(delta, {0, w.numel() / w.size(0) - delta.size(1)}) : delta;
}

at::Tensor plain_lora(const Layer& layer) {
  at::Tensor up = layer.matrix("lora_up"), down = layer.matrix("lora_down");  // [o, r], [r, i * h * w]
  if (layer.has("lora_mid")) return rebuild(layer, layer.get("lora_mid"), up.t(), down);
  if (layer.dim) {
    const std::int64_t ranks = std::clamp<std::int64_t>(*layer.dim, 0, std::min(up.size(1), down.size(0)));
    up = up.narrow(1, 0, ranks);
    down = down.narrow(0, 0, ranks);
  }
  return widened(layer, product(layer, up, down));
}
std::int64_t lora_rank(const Layer& layer) { return layer.get("lora_down").size(0); }

/// One of the two matrices whose product, element by element, is a LoHa.
at::Tensor hadamard_half(const Layer& layer, const char* a_name, const char* b_name, const char* core_name) {
  const at::Tensor a = layer.matrix(a_name), b = layer.matrix(b_name);
  return layer.has(core_name) ? rebuild(layer, layer.get(core_name), a, b) : product(layer, a, b);
}
at::Tensor loha(const Layer& layer) {
  return hadamard_half(layer, "hada_w1_a", "hada_w1_b", "hada_t1") *
         hadamard_half(layer, "hada_w2_a", "hada_w2_b", "hada_t2");
}
std::int64_t loha_rank(const Layer& layer) { return layer.get("hada_w1_b").size(0); }

at::Tensor lokr(const Layer& layer) {
  const at::Tensor w1 = layer.has("lokr_w1") ? layer.matrix("lokr_w1")
                                             : product(layer, layer.matrix("lokr_w1_a"), layer.matrix("lokr_w1_b"));
  const at::Tensor w2 = layer.has("lokr_w2") ? layer.get("lokr_w2")
                        : layer.has("lokr_t2")
                            ? rebuild(layer, layer.get("lokr_t2"), layer.matrix("lokr_w2_a"), layer.matrix("lokr_w2_b"))
                            : product(layer, layer.matrix("lokr_w2_a"), layer.matrix("lokr_w2_b"));
  layer.expect(w1.numel() * w2.numel());
  return at::kron(w1, w2.flatten(1));
}
/// With neither factored the scale is 1 whatever alpha says.
std::int64_t lokr_rank(const Layer& layer) {
  for (const char* part : {"lokr_w2_b", "lokr_w1_b"})
    if (layer.has(part)) return layer.get(part).size(0);
  return 0;
}

at::Tensor full(const Layer& layer) { return layer.has("diff") ? layer.get("diff") : at::Tensor(); }

at::Tensor ia3(const Layer& layer) {
  const at::Tensor factors = layer.get("weight").flatten();
  const at::Tensor rows = layer.weight.flatten(1);
  const bool on_input = layer.number("on_input") != 0;
  const std::int64_t wanted = rows.size(on_input ? 1 : 0);
  if (factors.numel() != wanted) layer.fail(fmt::format("it has {} factors for {} channels", factors.numel(), wanted));
  return rows * (on_input ? factors : factors.unsqueeze(1));
}

at::Tensor glora(const Layer& layer) {
  const at::Tensor weight = layer.weight.flatten(1);
  const at::Tensor a2 = layer.matrix("a2.weight"), a1 = layer.matrix("a1.weight");
  const at::Tensor b2 = layer.matrix("b2.weight"), b1 = layer.matrix("b1.weight");
  return product(layer, b2, b1) + product(layer, product(layer, weight, a2), a1);
}

/// Blocks of output rows turned by the Cayley transform of what is learned; alpha bounds how far.
/// source  kohya's OFT
at::Tensor oft(const Layer& layer) {
  const at::Tensor blocks = layer.get("oft_blocks");  // [k, n, n]
  const at::Tensor rows = layer.weight.flatten(1);    // [k * n, i]
  if (blocks.dim() != 3 || blocks.size(1) != blocks.size(2) || blocks.size(0) * blocks.size(1) != rows.size(0))
    layer.fail("its blocks do not fit the weight");
  at::Tensor skew = blocks - blocks.transpose(1, 2);
  const double bound = layer.number("alpha") * static_cast<double>(rows.size(0));
  if (bound != 0) {
    const double norm = skew.norm().item<double>();
    skew = skew * ((std::min(norm, bound) + 1e-8) / (norm + 1e-8));
  }
  const at::Tensor one = at::eye(skew.size(1), skew.options());
  const at::Tensor turns = at::matmul(one + skew, at::linalg_inv(one - skew));
  const at::Tensor turned = at::matmul(turns.transpose(1, 2), rows.view({skew.size(0), skew.size(1), -1}));
  return turned.reshape(rows.sizes()) - rows;
}

std::int64_t no_rank(const Layer&) { return 0; }

struct KindRow {
  const char* part;  // its name begins so for this kind alone
  at::Tensor (*delta)(const Layer& layer);        // of as many numbers as the weight, or undefined
  std::int64_t (*rank)(const Layer& layer);       // 0: alpha means nothing
};

constexpr KindRow kKinds[] = {{"lora_", plain_lora, lora_rank}, {"hada_", loha, loha_rank},
                              {"lokr_", lokr, lokr_rank},       {"diff", full, no_rank},
                              {"on_input", ia3, no_rank},       {"b1.weight", glora, no_rank},
                              {"oft_blocks", oft, no_rank}};

const KindRow& kind_of(const LoraLayer& layer, const Layer& view) {
  for (const KindRow& row : kKinds) {
    const auto first = layer.parts.lower_bound(row.part);
    if (first != layer.parts.end() && first->first.starts_with(row.part)) return row;
  }
  view.fail(fmt::format("its parts ({}) are of no kind that redraw knows", layer.parts.begin()->first));
}

double scale_of(const Layer& layer, const KindRow& kind) {
  if (layer.has("scale")) return layer.number("scale");
  const std::int64_t rank = layer.has("alpha") ? kind.rank(layer) : 0;
  return rank == 0 ? 1 : layer.number("alpha") / static_cast<double>(rank);
}

/// W + delta brought to the learned length of each input column, or (newer LyCORIS, PEFT) of each output row.
at::Tensor decomposed(const Layer& layer, const at::Tensor& delta) {
  const at::Tensor scale = layer.get("dora_scale");
  const at::Tensor& w = layer.weight;
  const std::int64_t axis = scale.dim() > 1 && scale.size(0) == 1 ? 1 : 0;
  if (w.dim() < 2 || scale.numel() != w.size(axis))
    layer.fail(fmt::format("its dora_scale has {} numbers", scale.numel()));
  std::vector<std::int64_t> others, shape(static_cast<std::size_t>(w.dim()), 1);
  for (std::int64_t d = 0; d < w.dim(); ++d)
    if (d != axis) others.push_back(d);
  shape[static_cast<std::size_t>(axis)] = scale.numel();
  const at::Tensor sum = w + delta;
  return sum * (scale.reshape(shape) / at::linalg_vector_norm(sum, 2, others, true)) - w;
}

}  // namespace

void reject_layer(const LoraLayer& layer, const std::string& why) {
  throw Error(ErrorKind::kModel,
              fmt::format("the layer \"{}\" of \"{}\" cannot be used", layer.name, layer.file.path.filename().string()),
              layer.file.path.string(), why,
              "take a LoRA that was made for this kind of checkpoint, or fetch it again");
}

LoraDelta lora_delta(const LoraLayer& layer, const at::Tensor& weight, std::optional<int> dim) {
  const Layer view(layer, weight, dim);
  const KindRow& kind = kind_of(layer, view);
  LoraDelta delta;
  try {
    delta.weight = kind.delta(view);
    if (delta.weight.defined()) {
      view.expect(delta.weight.numel());
      delta.weight = delta.weight.reshape(weight.sizes()) * scale_of(view, kind);
    }
    if (view.has("dora_scale")) delta.weight = decomposed(view, delta.weight);
    if (view.has("diff_b")) delta.bias = view.get("diff_b");
  } catch (const c10::Error&) {
    view.fail("its tensors do not fit one another");
  }
  return delta;
}

}  // namespace redraw
