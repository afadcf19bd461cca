// The one error type: what went wrong, where, why, and the smallest thing to do about it.
#pragma once

#include <stdexcept>
#include <string>

namespace redraw {

/// The value is the exit code of the program (70: our own mistake).
enum class ErrorKind {
  kSomeFailed = 1,
  kRequest = 2,
  kFile = 3,
  kModel = 4,
  kDevice = 5,
  kTimeLimit = 6,
  kInternal = 70,
  kInterrupted = 130,
};

class Error : public std::runtime_error {
 public:
  /// what: one line, values quoted. where: setting's origin, or file and key. why: the rule that was
  /// broken. fix: the smallest thing to do. Empty parts are not printed.
  Error(ErrorKind kind, std::string what, std::string where = "", std::string why = "",
        std::string fix = "");

  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }
  const std::string& where() const { return where_; }
  const std::string& why() const { return why_; }
  const std::string& fix() const { return fix_; }

  /// The four parts as printed on stderr: "redraw: error: WHAT\n  where: ...\n  why: ...\n  fix: ...";
  /// control characters in them are escaped.
  std::string message() const;

 private:
  ErrorKind kind_;
  std::string where_, why_, fix_;
};

[[noreturn]] void fail_check(const char* condition, const char* file, int line,
                             const std::string& detail);

}  // namespace redraw

/// For our own mistakes only, never for what a user typed.
#define REDRAW_CHECK(condition, detail)                                       \
  do {                                                                        \
    if (!(condition)) ::redraw::fail_check(#condition, __FILE__, __LINE__, detail); \
  } while (false)
