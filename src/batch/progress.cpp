// Progress: what a run says while it goes, to people on stderr and to programs as events.
#include "batch/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/report.h"
#include "base/text.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostFailures = 20;  // in the summary; the ledger and the events have all
constexpr int kWidestBar = 30;

std::string rate_text(double pictures, double seconds) {
  const double rate = pictures / std::max(seconds, 1e-9);
  return rate >= 1 || rate <= 0 ? fmt::format("{:.1f} pic/s", rate) : fmt::format("{:.1f} s/pic", 1 / rate);
}

/// A preview has no key, and none of the numbers of a run.
bool is_redrawn(const Result& result) { return !result.key.empty(); }

std::string facts_of(const Job& job, const Result& result) {
  if (!is_redrawn(result)) return "";
  return fmt::format("  {}x{}  seed {}", job.target_size.width, job.target_size.height, job.seed);
}

Json result_json(const Job& job, const Result& result) {
  Json json = {{"input", job.input_path.string()}, {"output", job.output_path.string()}, {"seed", job.seed}};
  if (result.error) json["error"] = result.error->what();
  if (result.error || !is_redrawn(result)) return json;
  json["key"] = result.key;
  json["changed_outside_mask"] = result.changed_outside_mask;
  json["timings_ms"] = result.timings_ms;
  return json;
}

int terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

Progress::Progress(const RunOptions& options, const Counts& counts)
    : options_(options), counts_(counts), terminal_(::isatty(STDERR_FILENO) == 1) {
  if (!options.events.empty()) events_ = std::make_unique<EventLog>(options.events);
}

Progress::Progress(const Counts& counts, int pipe)
    : counts_(counts), events_(std::make_unique<EventLog>(pipe)), worker_(true) {
  options_.quiet = true;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

Counts Progress::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Progress::send(const Json& event) {
  const std::lock_guard lock(mutex_);
  if (!events_) return;
  events_->write(event);
  if (!events_->broken() || told_broken_ || worker_) return;
  told_broken_ = true;
  line("redraw: events can no longer be written; the run goes on without them");
}

void Progress::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (worker_) return;
  fmt::print(stderr, "{}{}\n", line_open_ ? "\r\033[K" : "", text);
  line_open_ = false;
  std::fflush(stderr);
}

void Progress::note(const std::string& text) {
  if (worker_) return send({{"note", text}});
  log_line(LogKind::kNote, printable(text));
  if (!options_.quiet) line("redraw: " + printable(text));
}

void Progress::error(const Error& error) {
  log_line(LogKind::kError, error.message());
  line(error.message());
}

void Progress::fatal(const Error& error) { send({{"fatal", error_json(error)}}); }

void Progress::planned(const Plan& plan) {
  send(plan_event(plan, counts()));
  for (const PictureError& failure : plan.failures) {
    error(failure.error);
    send(failure_event(failure));
    failures_.push_back(fmt::format("{}: {}", failure.input.string(), failure.error.what()));
  }
}

std::string Progress::bar_text() const {
  const double done = static_cast<double>(counts_.written + counts_.failed) + batch_share_;
  const double total = static_cast<double>(std::max<std::size_t>(counts_.total, 1));
  std::string tail = fmt::format(" {}/{}{}", counts_.written + counts_.failed, counts_.total, step_text_);
  if (counts_.failed > 0) tail += fmt::format("  {} failed", counts_.failed);
  if (done > 0)
    tail += fmt::format("  {}  ETA {}", rate_text(done, seconds()), clock_text(seconds() / done * (total - done)));
  const int width = std::min(kWidestBar, terminal_width() - static_cast<int>(tail.size()) - 3);
  if (width < 5) return tail.substr(0, static_cast<std::size_t>(std::max(1, terminal_width() - 1)));
  const int filled = static_cast<int>(width * std::min(1.0, done / total));
  return fmt::format("[{}{}]{}", std::string(static_cast<std::size_t>(filled), '#'),
                     std::string(static_cast<std::size_t>(width - filled), '-'), tail);
}

void Progress::redraw_line() {
  if (!terminal_ || worker_ || !options_.progress || options_.quiet) return;
  fmt::print(stderr, "\r\033[K{}", bar_text());
  line_open_ = true;
  std::fflush(stderr);
}

void Progress::started(const Job& job) { send(start_event(job)); }

void Progress::step(std::span<const EngineTask> tasks, int step, int of) {
  const std::lock_guard lock(mutex_);
  if (!tasks.empty()) send(step_event(tasks, step, of));
  step_text_ = fmt::format("  step {}/{}", step, of);
  batch_share_ = static_cast<double>(tasks.size()) * step / std::max(of, 1);
  redraw_line();
}

void Progress::finished(const Job& job, const Result& result) {
  const std::lock_guard lock(mutex_);
  ++(result.error ? counts_.failed : counts_.written);
  batch_share_ = 0;
  step_text_.clear();
  send(end_event(job, result));
  if (worker_) return;
  add_timings(result);
  const std::string text = fmt::format("{}/{}  {}{}", counts_.written + counts_.failed, counts_.total,
                                       printable(job.output_path.string()), facts_of(job, result));
  if (result.error) {
    error(*result.error);
    failures_.push_back(fmt::format("{}: {}", job.input_path.string(), result.error->what()));
  } else {
    log_line(LogKind::kNote, text);
    if (!terminal_ && options_.progress && !options_.quiet) line(text);
  }
  redraw_line();
}

void Progress::relay(const Json& event, const Plan& plan, std::size_t place, std::vector<Result>& results) {
  const std::string name = event.value("event", "");
  if (event.contains("note")) return note(event.at("note"));
  if (name == "start") return started(plan.jobs.at(place));
  if (name == "step") return send(event);
  if (name != "done" && name != "failed") return;
  results.at(place) = result_of_event(event, plan.jobs.at(place));
  finished(plan.jobs[place], results[place]);
}

void Progress::add_timings(const Result& result) {
  for (const auto& [stage, ms] : result.timings_ms) stage_ms_[stage] += ms;
}

void Progress::stage_table() {
  double all = 0;
  for (const auto& [stage, ms] : stage_ms_) all += ms;
  if (all <= 0 || counts_.written < 2) return;
  std::string text;
  for (const auto& [stage, ms] : stage_ms_)
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", stage, 100 * ms / all);
  note("model time: " + text);
}

void Progress::summary(std::span<const Job> jobs, std::span<const Result> results, const Plan& plan, int exit_code,
                       Stop stop) {
  std::string text = fmt::format("{} written", counts_.written);
  if (counts_.failed > 0) text += fmt::format(", {} failed", counts_.failed);
  if (counts_.skipped > 0) text += fmt::format(", {} skipped", counts_.skipped);
  if (counts_.left() > 0) text += fmt::format(", {} left", counts_.left());
  stage_table();
  if (failures_.size() > 1) note("failed:");
  for (std::size_t i = 0; failures_.size() > 1 && i < std::min(failures_.size(), kMostFailures); ++i)
    note("  " + failures_[i]);
  if (failures_.size() > kMostFailures) note(fmt::format("  and {} more", failures_.size() - kMostFailures));
  const std::string rate = counts_.written > 1 ? ", " + rate_text(static_cast<double>(counts_.written), seconds()) : "";
  note(fmt::format("{} in {:.1f} s{}", text, seconds(), rate));
  send(summary_event(counts_, seconds(), exit_code, name_of(stop)));
  if (options_.json) print_json(jobs, results, plan, exit_code, stop);
}

void Progress::print_json(std::span<const Job> jobs, std::span<const Result> results, const Plan& plan, int exit_code,
                          Stop stop) {
  Json json = {{"written", counts_.written}, {"failed", counts_.failed}, {"skipped", counts_.skipped},
               {"left", counts_.left()}, {"seconds", seconds()}, {"exit_code", exit_code},
               {"stopped_by", name_of(stop)}, {"results", Json::array()}};
  for (const PictureError& failure : plan.failures)
    json["results"].push_back({{"input", failure.input.string()}, {"error", failure.error.what()}});
  for (std::size_t i = 0; i < results.size(); ++i)
    if (!results[i].output_path.empty() || results[i].error)
      json["results"].push_back(result_json(jobs[i], results[i]));
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace redraw
