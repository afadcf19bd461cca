// A weight of a layer that is laid out for its kernel when it is first used on the CPU, and what follows from changing
// it.
#include "nn/weight.h"

#include <ATen/ATen.h>

#include <utility>

#include "nn/onednn.h"
#include "nn/winograd.h"
#include "redraw/error.h"

namespace redraw {

struct Weight::State {
  at::Tensor dense, packed;  // one of the two is defined
  Layout layout = Layout::kDense;
  std::vector<std::int64_t> sizes;
  at::TensorOptions options;
  bool packable, narrow = false;
};

Weight::Weight(const at::Tensor& tensor) {
  if (tensor.defined())
    state_ = std::make_shared<State>(State{tensor, {}, Layout::kDense, tensor.sizes().vec(), tensor.options(), false});
}

Weight Weight::packable(const at::Tensor& tensor) {
  Weight weight(tensor);
  if (tensor.defined()) weight.state_->packable = true;
  return weight;
}

Weight Weight::narrow(const at::Tensor& tensor) {
  Weight weight = packable(tensor);
  weight.state_->narrow = true;
  return weight;
}

at::IntArrayRef Weight::sizes() const { return state_->sizes; }
at::TensorOptions Weight::options() const { return state_->options; }
at::ScalarType Weight::scalar_type() const { return c10::typeMetaToScalarType(state_->options.dtype()); }

at::Tensor Weight::tensor() const {
  if (!defined()) return {};
  switch (state_->layout) {
    case Layout::kDense: return state_->dense;
    case Layout::kOneDnn: return state_->packed.to_dense().reshape(state_->sizes);
    case Layout::kWinograd: return winograd::unpack(state_->packed);
  }
  return {};
}

void Weight::lie_in(const at::Tensor& place) const {
  REDRAW_CHECK(!state_->packed.defined() && place.sizes() == at::IntArrayRef(state_->sizes),
               "a weight that is laid out lies in no other");
  state_->packable = false;
  state_->dense = place.copy_(state_->dense);
}

void Weight::assign(const at::Tensor& values) const {
  if (state_->narrow) state_->options = state_->options.dtype(values.scalar_type());
  if (state_->packed.defined() || state_->narrow) {
    const bool image_like = state_->sizes.size() == 4 && state_->sizes[2] > 1;
    state_->dense = at::empty(state_->sizes, state_->options.memory_format(image_like ? at::MemoryFormat::ChannelsLast
                                                                                      : at::MemoryFormat::Contiguous));
    state_->packed.reset();
    state_->layout = Layout::kDense;
  }
  state_->dense.copy_(values);
}

template <typename Pack>
at::Tensor Weight::laid_out(Layout layout, Pack pack) const {
  if (state_->layout != layout) {
    state_->packed = pack(tensor());
    state_->layout = layout;
    state_->dense.reset();
  }
  return state_->packed;
}

at::Tensor Weight::for_conv(const at::Tensor& x, std::int64_t stride, std::int64_t padding) const {
  if (!defined() || !state_->packable || !onednn::takes_conv(x, sizes())) return {};
  return laid_out(Layout::kOneDnn,
                  [&](const at::Tensor& dense) { return onednn::pack_conv(dense, x, stride, padding); });
}

at::Tensor Weight::for_linear(const at::Tensor& x) const {
  if (!defined() || !state_->packable || scalar_type() != x.scalar_type() || !onednn::takes_linear(x, sizes()))
    return {};
  return laid_out(Layout::kOneDnn, [&](const at::Tensor& dense) {
    return onednn::pack_linear(dense.flatten(1), x.numel() / x.size(-1));
  });
}

at::Tensor Weight::for_winograd() const {
  if (!defined() || !state_->packable) return {};
  return laid_out(Layout::kWinograd, winograd::pack);
}

NamedWeights named(const std::map<std::string, at::Tensor>& tensors) {
  NamedWeights weights;
  for (const auto& [key, tensor] : tensors) weights.emplace(key, tensor);
  return weights;
}

}  // namespace redraw
