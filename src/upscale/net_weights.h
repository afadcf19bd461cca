// Weights of an upscaler by key: each is checked when it is taken, and none may be left over.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "nn/device.h"
#include "nn/layers.h"

namespace redraw {

/// How a residual connection ends: one convolution, or three with a narrow middle.
struct TailConv {
  std::vector<Conv> layers;
};

class NetWeights {
 public:
  NetWeights(StateDict tensors, std::filesystem::path file, at::Device device, at::ScalarType dtype);

  bool has(const std::string& key) const { return tensors_.contains(key); }
  /// Length of one dimension, for sizes that follow from shapes. Errors: kModel (missing, fewer dimensions).
  std::int64_t size(const std::string& key, std::int64_t dim);
  /// One more than the largest N of the keys PREFIX.N.
  int count(const std::string& prefix) const;

  /// The tensor on device and in format. Errors: kModel where it is missing, of another shape or type, or
  /// holds infinite or NaN numbers.
  at::Tensor take(const std::string& key, at::IntArrayRef shape);
  at::Tensor take_or_none(const std::string& key, at::IntArrayRef shape);
  /// A buffer that is made anew: all keys that end so.
  void pass_over(const std::string& suffix);
  /// Errors: kModel where a key was never asked for: another network than it seems.
  void check_all_taken() const;

  /// Square kernel, stride 1, the size kept.
  Conv conv(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel = 3);
  Linear linear(const std::string& name, std::int64_t in, std::int64_t out);
  Norm norm(const std::string& name, std::int64_t channels);
  /// NAME, or NAME.0, NAME.2, NAME.4.
  TailConv tail(const std::string& name, std::int64_t channels);

  [[noreturn]] void fail(const std::string& why) const;

 private:
  at::Tensor raw(const std::string& key);

  StateDict tensors_;
  std::filesystem::path file_;
  at::Device device_;
  at::ScalarType dtype_;
  std::set<std::string> left_;
};

at::Tensor leaky(at::Tensor x, double slope = 0.2);  // in place
at::Tensor forward(const TailConv& tail, const at::Tensor& x);
/// Nearest, both sides doubled.
at::Tensor doubled(const at::Tensor& x);

}  // namespace redraw
