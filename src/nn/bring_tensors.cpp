// Tensors of a file to a CUDA device, many at once.
#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>

#include <algorithm>

#include "nn/cuda_plugin.h"
#include "nn/load_tensors.h"

namespace redraw {
namespace {

constexpr std::size_t kBig = 32768;  // bytes; what is smaller costs no time, and some of it is read on the CPU

bool goes(const std::string& key, const at::Tensor& tensor, std::string_view unused) {
  return tensor.nbytes() >= kBig && tensor.is_contiguous() && tensor.is_cpu() && !key.starts_with(unused);
}

bool has_room(const at::Device& device, std::size_t bytes) {
  return at::accelerator::getMemoryInfo(device.index()).first / 2 > bytes;
}

}  // namespace

StateDict brought_to(const at::Device& device, StateDict tensors, std::string_view unused) {
  if (!device.is_cuda() || cuda_plugin() == nullptr) return tensors;
  std::size_t bytes = 0;
  for (const auto& [key, tensor] : tensors) bytes += goes(key, tensor, unused) ? tensor.nbytes() : 0;
  if (!has_room(device, bytes)) return tensors;
  std::vector<Upload> work;
  StateDict there = tensors;
  for (auto& [key, tensor] : there) {
    if (!goes(key, tensor, unused)) continue;
    const at::Tensor place = at::empty(tensor.sizes(), tensor.options().device(device));
    work.push_back({tensor.const_data_ptr(), place.mutable_data_ptr(), tensor.nbytes()});
    tensor = place;
  }
  // As they lie in the file.
  std::sort(work.begin(), work.end(), [](const Upload& a, const Upload& b) { return a.from < b.from; });
  cuda_plugin()->upload(work, device.index());
  for (const auto& [key, tensor] : tensors)
    if (goes(key, tensor, unused)) release(tensor);
  return there;
}

}  // namespace redraw
