// The log: diagnostics on stderr, silent unless asked for.
#include "cli/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace redraw {

const std::vector<std::string>& log_levels() {
  static const std::vector<std::string> levels = {"off", "warn", "info", "debug"};
  return levels;
}

void set_up_log(const std::string& level) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("redraw"));
  spdlog::set_pattern("%n: %l: %v");
  spdlog::set_level(spdlog::level::from_str(level));
}

}  // namespace redraw
