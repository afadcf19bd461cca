// Device and number format by name; the CUDA side of libtorch is loaded at run time.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "redraw/error.h"

namespace redraw {

struct DeviceChoice {
  at::Device device{at::kCPU};
  std::optional<at::ScalarType> dtype;  // nullopt: by device and size of the model (auto_dtype)
  std::optional<at::ScalarType> vae_dtype = std::nullopt;  // nullopt: by device and dtype
};

/// name   "auto", "cpu", "cuda" or "cuda:N"; auto takes CUDA where a driver answers with a device
/// dtype, vae_dtype  "auto", "f32", "f16", "bf16"
/// Must come before any tensor operation of the process: afterwards CUDA stays dead in it.
/// Errors: kRequest for an unknown name, kDevice where CUDA was asked for and is not there.
DeviceChoice choose_device(const std::string& name, const std::string& dtype, const std::string& vae_dtype = "auto");

/// CUDA: f16. CPU: bf16 where the processor multiplies it in hardware (AVX512-BF16 or AMX) and the
/// UNet has 100 M parameters or more, else f32: small nets spend their time outside the products.
at::ScalarType auto_dtype(const at::Device& device, std::int64_t unet_parameters);

/// "f32" of at::kFloat, and so on.
std::string name_of(at::ScalarType dtype);

/// As the driver says it, "NVIDIA H100 80GB HBM3"; empty: the CPU, or a driver that does not say.
std::string name_of(const at::Device& device);

/// libtorch's attention kernels in the order in which they are tried: cuDNN's first on the H100 and its kin and on data
/// centres' Blackwell (compute capability 9 and 10), where it is the fastest; flash attention elsewhere. Named in full,
/// so that no default of a version of libtorch decides.
std::vector<std::int64_t> attention_order(int capability_major);

/// What is wrong in words, for anything libtorch throws.
Error translate(const std::exception& error);

/// Runs f; what libtorch throws leaves as redraw::Error (out of memory: kDevice).
template <typename F>
auto translate_torch_errors(F f) -> decltype(f()) {
  try {
    return f();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw translate(error);
  }
}

}  // namespace redraw
