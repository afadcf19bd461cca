// The tensors of a model file of any format, as libtorch sees them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "formats/model_file.h"

namespace redraw {

using StateDict = std::map<std::string, at::Tensor>;

/// All tensors of a .safetensors, .ckpt, .pt, .pth or .bin file, told by content (formats/model_file), as
/// views into the mapped file, which lives as long as any of them; only data that is not aligned to its
/// numbers is copied. Tensors that share a storage in the file share it here.
/// Errors: those of read_model_file.
StateDict load_tensors(const std::filesystem::path& path);
StateDict load_tensors(const ModelFile& file);

/// The same with all big tensors in a CUDA device's memory, as they lie in the file, brought there by several threads
/// (nn/cuda_plugin.h). Unchanged on another device, without the plugin, or where the device has not twice as much
/// memory to spare. Keys that begin with `unused` stay where they are.
StateDict brought_to(const at::Device& device, StateDict tensors, std::string_view unused);

/// Says that the numbers of a tensor of load_tensors have been used: the pages of the map behind it are
/// given back, so that a checkpoint that is copied tensor by tensor is never twice in memory. They can
/// still be read. Other tensors are left alone.
void release(const at::Tensor& tensor);

}  // namespace redraw
