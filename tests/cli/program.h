// Runs the real program in a fresh folder: exit code, both outputs, files.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace redraw::test {

namespace fs = std::filesystem;

struct Outcome {
  int code = -1;
  std::string out, err;
};

/// An empty folder that goes away with the object.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "redraw_cli_XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path_ / name, std::ios::binary).rdbuf();
    return text.str();
  }
  /// args as a shell takes them; the folder is the current one.
  Outcome run(const std::string& args) const {
    const Folder outputs;
    const char* set = std::getenv("REDRAW_BIN");
    const std::string out = (outputs.path() / "out").string(), err = (outputs.path() / "err").string();
    const std::string command = "cd '" + path_.string() + "' && '" + (set != nullptr ? set : REDRAW_BINARY) +
                                "' " + args + " >'" + out + "' 2>'" + err + "'";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, outputs.read("out"), outputs.read("err")};
  }

 private:
  fs::path path_;
};

}  // namespace redraw::test
