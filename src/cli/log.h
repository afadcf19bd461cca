// The log: diagnostics on stderr, silent unless asked for.
#pragma once

#include <string>
#include <vector>

#include "redraw/recipe.h"

namespace redraw {

/// "off", "warn", "info", "debug".
const std::vector<std::string>& log_levels();

/// Sets the process-wide spdlog logger up; level: one of log_levels(); file: empty, or a file that is
/// appended to, at least at level info, with what people read on stderr as well.
/// Errors: kFile.
void set_up_log(const std::string& level, const std::string& file);

/// At level info: every setting that was given, and where it came from.
void log_settings(const Recipe& recipe);

}  // namespace redraw
