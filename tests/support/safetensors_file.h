// Writes small safetensors files for tests.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "nn/load_tensors.h"

namespace redraw::test {

/// All tensors as f32.
inline std::filesystem::path write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                                               const nlohmann::json& metadata = nlohmann::json::object()) {
  nlohmann::json header;
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::string data;
  for (const auto& [key, tensor] : tensors) {
    const at::Tensor plain = tensor.to(at::kFloat).contiguous();
    const std::size_t begin = data.size();
    data.append(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
    header[key] = {{"dtype", "F32"}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length) << text << data;
  return path;
}

}  // namespace redraw::test
