// libredraw_cuda.so: found beside the engine library, checked and put into the table of fused kernels.
#include "nn/cuda_plugin.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace redraw {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "libredraw_cuda.so";

struct Loaded {
  const CudaPlugin* plugin = nullptr;
  std::string problem = "the plugin was not asked for";
};
Loaded loaded;

/// Of the library or program that this code lies in.
fs::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr) return {};
  return fs::path(info.dli_fname).parent_path();
}

bool is_off(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && std::string_view(value) == "off";
}

Loaded load() {
  if (is_off("REDRAW_CUDA_PLUGIN")) return {nullptr, "REDRAW_CUDA_PLUGIN is off"};
  const fs::path path = own_folder() / kLibrary;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {nullptr, std::string(kLibrary) + " is not there"};
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {nullptr, std::string(kLibrary) + " does not load: " + dlerror()};
  using Get = const CudaPlugin* (*)();
  const auto get = reinterpret_cast<Get>(dlsym(library, "redraw_cuda_plugin"));
  const CudaPlugin* plugin = get == nullptr ? nullptr : get();
  if (plugin == nullptr || plugin->version != kCudaPluginVersion)
    return {nullptr, std::string(kLibrary) + " is of another version"};
  return {plugin, ""};
}

}  // namespace

void load_cuda_plugin() {
  static const bool once = [] {
    loaded = load();
    if (loaded.plugin != nullptr) set_fused_kernels(at::kCUDA, loaded.plugin->kernels);
    return true;
  }();
  (void)once;
}

const CudaPlugin* cuda_plugin() { return loaded.plugin; }

Record recorder_of(const at::Device& device) {
  return device.is_cuda() && loaded.plugin != nullptr && !is_off("REDRAW_CUDA_GRAPHS") ? loaded.plugin->record
                                                                                       : nullptr;
}

std::string cuda_kernels_text(const at::Device& device) {
  if (!device.is_cuda()) return "";
  return loaded.plugin != nullptr ? kLibrary : "ATen: " + loaded.problem;
}

}  // namespace redraw
