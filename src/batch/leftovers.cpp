// Leftovers: the temporary files of a run that was killed while it wrote.
#include "batch/leftovers.h"

#include <cerrno>
#include <csignal>
#include <map>
#include <set>

#include "base/text.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = ".tmp";

struct Temporary {
  std::string target;
  long long pid = 0;
};

/// ".NAME.PID.tmp", as write_file_atomically calls them.
std::optional<Temporary> temporary_of(const std::string& name) {
  if (!name.starts_with('.') || !name.ends_with(kSuffix)) return std::nullopt;
  const std::string inner = name.substr(1, name.size() - 1 - kSuffix.size());
  const std::size_t dot = inner.rfind('.');
  const auto pid = dot == std::string::npos ? std::nullopt : parse_integer(inner.substr(dot + 1));
  if (!pid || *pid < 1) return std::nullopt;
  return Temporary{inner.substr(0, dot), *pid};
}

bool lives(long long pid) { return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM; }

}  // namespace

std::size_t remove_leftovers(const Plan& plan) {
  std::map<fs::path, std::set<std::string>> names;
  for (const Job& job : plan.jobs) names[job.output_path.parent_path()].insert(job.output_path.filename().string());
  std::size_t removed = 0;
  std::error_code ignored;
  for (const auto& [folder, targets] : names)
    for (const auto& entry : fs::directory_iterator(folder.empty() ? fs::path(".") : folder, ignored)) {
      const auto temporary = temporary_of(entry.path().filename().string());
      if (temporary && targets.contains(temporary->target) && !lives(temporary->pid))
        removed += fs::remove(entry.path(), ignored);
    }
  return removed;
}

}  // namespace redraw
