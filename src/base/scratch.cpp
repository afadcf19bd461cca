// Scratch: a folder for what is needed only now.
#include "base/scratch.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "redraw/error.h"

namespace redraw {

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "redraw-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorKind::kFile, "cannot make a temporary folder", name, std::strerror(errno),
                "set TMPDIR to a folder with room");
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace redraw
