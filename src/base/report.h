// What the user reads on stderr when something is wrong, and the log file beside it.
#pragma once

#include <string>
#include <vector>

#include "redraw/error.h"

namespace redraw {

/// Prints each error once, at most 20, and their number where there are several. Returns the exit
/// code: 2 where any of them is a wrong request, else the first one's. errors: at least one.
int report_errors(const std::vector<Error>& errors);

/// That exit code alone. errors: at least one.
int exit_code_of(const std::vector<Error>& errors);

/// The spdlog logger of --log-file.
constexpr const char* kFileLogger = "redraw-file";
enum class LogKind { kNote, kError };
/// What people read on stderr, for the log file too; nothing where there is none.
void log_line(LogKind kind, const std::string& text);

}  // namespace redraw
