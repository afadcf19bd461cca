// A weight of a layer that is laid out for its kernel when it is first used on the CPU, and what follows from changing
// it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

namespace redraw {

/// A handle: all its copies are one weight. A weight is held once: as it was given, or laid out, never both.
class Weight {
 public:
  Weight() = default;
  /// A tensor that others may hold too; it keeps its layout.
  Weight(const at::Tensor& tensor);  // NOLINT: as a tensor of a layer
  /// A tensor that nobody else holds.
  static Weight packable(const at::Tensor& tensor);
  /// The same, in a narrower number format than its layer computes in: widened at each use, which is exact. It takes
  /// over the number format of what is assigned.
  static Weight narrow(const at::Tensor& tensor);

  bool defined() const { return state_ != nullptr; }
  at::IntArrayRef sizes() const;
  std::int64_t size(std::int64_t dim) const { return sizes().at(static_cast<std::size_t>(dim)); }
  at::TensorOptions options() const;
  at::ScalarType scalar_type() const;
  std::size_t element_size() const { return c10::elementSize(scalar_type()); }

  /// The numbers in the weight's shape; bit for bit those that were given. A copy where they are laid out.
  at::Tensor tensor() const;
  /// The same numbers in another place, a view of a larger tensor; for weights that are not laid out.
  void lie_in(const at::Tensor& place) const;
  /// Other numbers of this shape, from now on for all copies of the handle.
  void assign(const at::Tensor& values) const;

  /// Laid out for a convolution or a linear layer of x; undefined where ATen is to take tensor() (nn/onednn.h).
  at::Tensor for_conv(const at::Tensor& x, std::int64_t stride, std::int64_t padding) const;
  at::Tensor for_linear(const at::Tensor& x) const;
  /// Laid out for winograd::conv; undefined where the tensor is not to be laid out.
  at::Tensor for_winograd() const;

 private:
  enum class Layout { kDense, kOneDnn, kWinograd };
  struct State;
  template <typename Pack>
  at::Tensor laid_out(Layout layout, Pack pack) const;

  std::shared_ptr<State> state_;
};

/// Weights and biases of networks by their keys in the checkpoint.
using NamedWeights = std::map<std::string, Weight>;
NamedWeights named(const std::map<std::string, at::Tensor>& tensors);

}  // namespace redraw
