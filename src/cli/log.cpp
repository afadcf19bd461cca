// The log: diagnostics on stderr, silent unless asked for.
#include "cli/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/report.h"
#include "recipe/yaml.h"

namespace redraw {

const std::vector<std::string>& log_levels() {
  static const std::vector<std::string> levels = {"off", "warn", "info", "debug"};
  return levels;
}

namespace {

/// A line is on its way to the disk when the call returns: a killed run's log is whole.
std::shared_ptr<spdlog::sinks::sink> open_file(const std::string& file, const std::string& level) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    sink->set_level(std::min(spdlog::level::info, spdlog::level::from_str(level)));
    sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l: %v");
    return sink;
  } catch (const spdlog::spdlog_ex& problem) {
    throw Error(ErrorKind::kFile, "cannot write the log file \"" + file + "\"", "--log-file", problem.what(),
                "check that the folder exists, is writable and has room");
  }
}

}  // namespace

void set_up_log(const std::string& level, const std::string& file) {
  auto logger = spdlog::stderr_logger_mt("redraw");
  logger->sinks()[0]->set_pattern("%n: %l: %v");
  logger->sinks()[0]->set_level(spdlog::level::from_str(level));
  logger->set_level(spdlog::level::from_str(level));
  if (!file.empty()) {
    const auto sink = open_file(file, level);
    logger->sinks().push_back(sink);
    logger->set_level(std::min(spdlog::level::info, spdlog::level::from_str(level)));
    const auto lines = std::make_shared<spdlog::logger>(kFileLogger, sink);
    lines->flush_on(spdlog::level::info);
    spdlog::register_logger(lines);
  }
  spdlog::set_default_logger(logger);
}

void log_settings(const Recipe& recipe) {
  for (const auto& [key, origin] : recipe.origins) {
    const Option* option = find_option(key);  // none of stages, which are no single value
    spdlog::info("{}: {} ({})", key, option != nullptr ? yaml_value(*option, recipe) : "given", origin);
  }
}

}  // namespace redraw
