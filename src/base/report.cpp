// What the user reads on stderr when something is wrong, and the log file beside it.
#include "base/report.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace redraw {
namespace {

constexpr std::size_t kMostErrors = 20;  // more of them help nobody

}  // namespace

int report_errors(const std::vector<Error>& errors) {
  std::vector<std::string> messages;
  for (const Error& error : errors) {
    // A recipe that two others extend is read twice.
    if (std::find(messages.begin(), messages.end(), error.message()) == messages.end())
      messages.push_back(error.message());
  }
  for (std::size_t i = 0; i < messages.size() && i < kMostErrors; ++i) {
    log_line(LogKind::kError, messages[i]);
    fmt::print(stderr, "{}\n", messages[i]);
  }
  if (messages.size() > kMostErrors) fmt::print(stderr, "redraw: and {} more\n", messages.size() - kMostErrors);
  if (messages.size() > 1) fmt::print(stderr, "redraw: {} errors, nothing was done\n", messages.size());
  return exit_code_of(errors);
}

int exit_code_of(const std::vector<Error>& errors) {
  const auto is_request = [](const Error& error) { return error.kind() == ErrorKind::kRequest; };
  const bool request = std::any_of(errors.begin(), errors.end(), is_request);
  return request ? static_cast<int>(ErrorKind::kRequest) : errors.front().exit_code();
}

void log_line(LogKind kind, const std::string& text) {
  const auto logger = spdlog::get(kFileLogger);
  if (!logger) return;
  logger->log(kind == LogKind::kError ? spdlog::level::err : spdlog::level::info, "{}", text);
}

}  // namespace redraw
