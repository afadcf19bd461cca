// Engine loader: finds libredraw_engine.so and makes the Engine in it.
#include <dlfcn.h>

#include "base/files.h"
#include "redraw/engine.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLibrary = "libredraw_engine.so";
using CreateEngine = Engine* (*)(const EngineSpec*);

[[noreturn]] void fail(const std::string& what, const fs::path& where, const std::string& why) {
  throw Error(ErrorKind::kInternal, what, where.string(), why, "build it: scripts/build.sh");
}

fs::path find_library() {
  const fs::path own = executable_folder();
  for (const fs::path& folder : {own, own / "../lib/redraw"}) {
    std::error_code ignored;
    if (fs::exists(folder / kLibrary, ignored)) return (folder / kLibrary).lexically_normal();
  }
  fail(std::string("the engine library ") + kLibrary + " is missing", own,
       "it lies beside the program or in ../lib/redraw");
}

/// The library stays loaded until the process ends: libtorch's threads outlive any Engine.
CreateEngine load_library() {
  const fs::path path = find_library();
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail("cannot load the engine library", path, ::dlerror());
  void* symbol = ::dlsym(library, "redraw_create_engine");
  if (symbol == nullptr) fail("the engine library is of another version", path, ::dlerror());
  return reinterpret_cast<CreateEngine>(symbol);
}

}  // namespace

std::unique_ptr<Engine> load_engine(const EngineSpec& spec) {
  static const CreateEngine create = load_library();
  return std::unique_ptr<Engine>(create(&spec));
}

}  // namespace redraw
