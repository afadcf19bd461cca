// Named weights of a network: tensors by key below a prefix, brought to device and format once.
#pragma once

#include <string>

#include <ATen/core/Tensor.h>

#include "nn/load_tensors.h"
#include "nn/weight.h"

namespace redraw {

struct WeightsSource {
  const StateDict* state_dict = nullptr;
  std::string file;  // for errors
  at::Device device{at::kCPU};
  at::ScalarType dtype = at::kFloat;
  NamedWeights* loaded = nullptr;  // where given: keeps what get() and get_weight() gave, by key
};

class Weights {
 public:
  Weights(const WeightsSource& source, std::string prefix) : source_(&source), prefix_(std::move(prefix)) {}
  Weights at(const std::string& name) const { return {*source_, prefix_ + name + "."}; }
  bool has(const std::string& name) const { return source_->state_dict->contains(prefix_ + name); }
  /// The tensor as the network needs it. Errors: kModel naming the key that is missing.
  at::Tensor get(const std::string& name) const { return kept(name, own(name, source_->dtype)); }
  /// The same as a layer's own weight, which may be laid out anew.
  Weight get_weight(const std::string& name) const { return kept(name, Weight::packable(own(name, source_->dtype))); }
  /// The same two in the file's number format where that is a half: for large tables and layers that run seldom.
  at::Tensor get_narrow(const std::string& name) const { return kept(name, own(name, narrow_format(name))); }
  Weight get_narrow_weight(const std::string& name) const {
    return kept(name, Weight::narrow(own(name, narrow_format(name))));
  }
  at::Tensor get_or_none(const std::string& name) const { return has(name) ? get(name) : at::Tensor(); }
  /// As it lies in the file, without conversion; for shapes.
  const at::Tensor& raw(const std::string& name) const;
  const std::string& prefix() const { return prefix_; }

 private:
  at::Tensor own(const std::string& name, at::ScalarType dtype) const;
  at::ScalarType narrow_format(const std::string& name) const;
  template <typename T>
  T kept(const std::string& name, T weight) const {
    if (source_->loaded != nullptr) source_->loaded->insert_or_assign(prefix_ + name, weight);
    return weight;
  }

  const WeightsSource* source_;
  std::string prefix_;
};

}  // namespace redraw
