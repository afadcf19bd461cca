// Engine loader: finds libredraw_engine.so and makes the Engine in it.
#include <dlfcn.h>

#include <algorithm>

#include "base/files.h"
#include "base/heap.h"
#include "base/threads.h"
#include "redraw/engine.h"
#include "redraw/upscaler.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr const char *kLibrary = "libredraw_engine.so", *kCudaPlugin = "libredraw_cuda.so";
constexpr const char* kFolders[] = {".", "../lib/redraw"};  // from the program's
using CreateEngine = Engine* (*)(const EngineSpec*);
using CreateUpscaler = Upscaler* (*)(const UpscalerSpec*);

[[noreturn]] void fail(const std::string& what, const fs::path& where, const std::string& why) {
  throw Error(ErrorKind::kInternal, what, where.string(), why, "build it: scripts/build.sh");
}

fs::path find_library() {
  const fs::path own = executable_folder();
  for (const char* folder : kFolders) {
    std::error_code ignored;
    if (fs::exists(own / folder / kLibrary, ignored)) return (own / folder / kLibrary).lexically_normal();
  }
  fail(std::string("the engine library ") + kLibrary + " is missing", own,
       "it lies beside the program or in ../lib/redraw");
}

/// The library stays loaded until the process ends: libtorch's threads outlive any Engine.
void* load_library() {
  const fs::path path = find_library();
  choose_how_to_wait();
  keep_freed_memory();
  ask_for_large_pages();
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail("cannot load the engine library", path, ::dlerror());
  return library;
}

template <typename Function>
Function symbol(const char* name) {
  static void* const library = load_library();
  void* found = ::dlsym(library, name);
  if (found == nullptr) fail("the engine library is of another version", find_library(), ::dlerror());
  return reinterpret_cast<Function>(found);
}

}  // namespace

std::unique_ptr<Engine> load_engine(const EngineSpec& spec) {
  return std::unique_ptr<Engine>(symbol<CreateEngine>("redraw_create_engine")(&spec));
}

bool has_cuda_plugin() {
  std::error_code ignored;
  const fs::path own = executable_folder();
  return std::any_of(std::begin(kFolders), std::end(kFolders),
                     [&](const char* folder) { return fs::exists(own / folder / kCudaPlugin, ignored); });
}

std::unique_ptr<Upscaler> load_upscaler(const UpscalerSpec& spec) {
  return std::unique_ptr<Upscaler>(symbol<CreateUpscaler>("redraw_create_upscaler")(&spec));
}

}  // namespace redraw
