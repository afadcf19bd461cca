// libredraw_cuda.so: own kernels and recorded calls for CUDA, loaded beside libtorch's CUDA side where it lies.
#pragma once

#include <string>
#include <vector>

#include "nn/fused.h"
#include "nn/recorded_call.h"

namespace redraw {

constexpr int kCudaPluginVersion = 2;  // raised with every change of CudaPlugin or FusedKernels

/// Bytes of the CPU's memory that go to a place in a device's.
struct Upload {
  const void* from;
  void* to;
  std::size_t bytes;
};

/// What the plugin's function redraw_cuda_plugin gives.
struct CudaPlugin {
  int version;
  const FusedKernels* kernels;
  Record record;
  /// Copies all of them by several threads; done when it returns. Errors: what CUDA says.
  void (*upload)(const std::vector<Upload>& work, int device);
};

/// Loads the plugin from the engine's folder and fills CUDA's row of the table of fused kernels. Where that does not
/// work, or REDRAW_CUDA_PLUGIN is "off", ATen does all. Comes after libtorch_cuda and before any tensor operation;
/// further calls do nothing.
void load_cuda_plugin();

/// nullptr: none is loaded.
const CudaPlugin* cuda_plugin();

/// What records the calls of a network on this device; nullptr: nothing does, or REDRAW_CUDA_GRAPHS is "off".
Record recorder_of(const at::Device& device);

/// Which kernels run on the device, for people: "libredraw_cuda.so", "ATen: " and why, or "" on the CPU.
std::string cuda_kernels_text(const at::Device& device);

}  // namespace redraw
