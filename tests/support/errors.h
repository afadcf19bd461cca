// Catching redraw::Error so that a test can look at its parts.
#pragma once

#include <optional>
#include <string>

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

}  // namespace redraw::test
