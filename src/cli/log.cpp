// The log: diagnostics on stderr, silent unless asked for.
#include "cli/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "recipe/yaml.h"

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

void log_settings(const Recipe& recipe) {
  for (const auto& [key, origin] : recipe.origins) {
    const Option* option = find_option(key);  // none of stages, which are no single value
    spdlog::info("{}: {} ({})", key, option != nullptr ? yaml_value(*option, recipe) : "given", origin);
  }
}

}  // namespace redraw
