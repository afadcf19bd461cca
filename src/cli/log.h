// The log: diagnostics on stderr, silent unless asked for.
#pragma once

#include <string>
#include <vector>

namespace redraw {

/// "off", "warn", "info", "debug".
const std::vector<std::string>& log_levels();

/// Sets the process-wide spdlog logger up; level: one of log_levels().
void set_up_log(const std::string& level);

}  // namespace redraw
