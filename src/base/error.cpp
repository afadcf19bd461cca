// The one error type: its text, and the failed check of our own code.
#include "redraw/error.h"

#include <utility>

#include "base/text.h"

namespace redraw {
namespace {

void append_part(std::string& text, const char* label, const std::string& part) {
  if (!part.empty()) text += std::string("\n  ") + label + printable(part);
}

}  // namespace

Error::Error(ErrorKind kind, std::string what, std::string where, std::string why, std::string fix)
    : std::runtime_error(what), kind_(kind), where_(std::move(where)), why_(std::move(why)),
      fix_(std::move(fix)) {}

std::string Error::message() const {
  std::string text = "redraw: error: " + printable(what());
  append_part(text, "where: ", where_);
  append_part(text, "why:   ", why_);
  append_part(text, "fix:   ", fix_);
  return text;
}

void fail_check(const char* condition, const char* file, int line, const std::string& detail) {
  throw Error(ErrorKind::kInternal, "a check of redraw itself failed: " + detail,
              std::string(file) + ":" + std::to_string(line), condition,
              "please report this with the command that you ran");
}

}  // namespace redraw
