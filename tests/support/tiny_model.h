// The tiny SD 1.x checkpoint of tests/golden, unpacked once below build/.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace redraw::test {

/// Real layout and classes, random weights, fp16 on disk: 32 channels, 64-wide text encoder.
inline std::filesystem::path tiny_checkpoint() {
  namespace fs = std::filesystem;
  const char* given = std::getenv("REDRAW_SOURCE");  // a program that was built elsewhere
  const fs::path source = given != nullptr ? given : REDRAW_SOURCE_DIR;
  const fs::path pack = source / "tests/golden/models/packs/models.tar.xz";
  const fs::path target = source / "build/test_models/sd15_fp16.safetensors";
  if (fs::exists(target) && fs::last_write_time(target) >= fs::last_write_time(pack)) return target;
  const fs::path scratch = target.parent_path() / ("unpack." + std::to_string(::getpid()));
  fs::create_directories(scratch);
  const std::string member = "files/sd15_fp16.safetensors";
  const std::string command =
      "cd '" + scratch.string() + "' && cmake -E tar xf '" + pack.string() + "' " + member + " && touch " + member;
  if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot unpack " + pack.string());
  fs::rename(scratch / member, target);  // whole or not at all, also when two programs do it at once
  fs::remove_all(scratch);
  return target;
}

}  // namespace redraw::test
