// What is wrong with a model file, thrown with the file's name.
#include "formats/fault.h"

#include "redraw/error.h"

namespace redraw {

void Fault::fail(const std::string& why, const std::string& fix) const {
  throw Error(ErrorKind::kModel, "\"" + path_.filename().string() + "\" is not a usable model file", path_.string(),
              why, fix);
}

std::string quoted_name(std::string_view name) {
  std::string text = "\"";
  for (const char c : name.substr(0, 200)) text += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
  return text + (name.size() > 200 ? "...\"" : "\"");
}

}  // namespace redraw
