// Catching redraw::Error so that a test can look at its parts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "redraw/error.h"

namespace redraw::test {

/// The Error that f throws; nullopt if it throws none. Other exceptions pass.
template <typename F>
std::optional<Error> error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

inline bool mentions(const Error& error, const std::string& words) {
  return error.message().find(words) != std::string::npos;
}

/// The text as messages quote it.
inline std::string quoted(std::string_view text) {
  std::string result = "\"";
  return result.append(text).append("\"");
}

}  // namespace redraw::test
