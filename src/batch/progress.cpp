// Progress: what a run says on stderr while it goes, and its summary.
#include "batch/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

std::string rate_text(double pictures, double seconds) {
  const double rate = pictures / std::max(seconds, 1e-9);
  return rate >= 1 || rate <= 0 ? fmt::format("{:.1f} pic/s", rate) : fmt::format("{:.1f} s/pic", 1 / rate);
}

/// A preview has no infotext, and none of the numbers of a run.
bool is_redrawn(const Result& result) { return !result.infotext.empty(); }

std::string facts_of(const Job& job, const Result& result) {
  if (!is_redrawn(result)) return "";
  return fmt::format("  {}x{}  seed {}", job.target_size.width, job.target_size.height, job.seed);
}

Json result_json(const Job& job, const Result& result) {
  Json json = {{"input", job.input_path.string()}, {"output", job.output_path.string()}, {"seed", job.seed}};
  if (result.error) json["error"] = result.error->what();
  else if (is_redrawn(result)) json["changed_outside_mask"] = result.changed_outside_mask;
  if (is_redrawn(result)) json["timings_ms"] = result.timings_ms;
  return json;
}

}  // namespace

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

Progress::Progress(const RunOptions& options, const Counts& counts)
    : options_(options), counts_(counts), terminal_(::isatty(STDERR_FILENO) == 1) {}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

Counts Progress::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Progress::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  fmt::print(stderr, "{}{}\n", line_open_ ? "\r\033[K" : "", text);
  line_open_ = false;
  std::fflush(stderr);
}

void Progress::note(const std::string& text) {
  if (!options_.quiet) line("redraw: " + text);
}

void Progress::error(const Error& error) { line(error.message()); }

void Progress::redraw_line() {
  if (!terminal_ || !options_.progress || options_.quiet) return;
  const double done = static_cast<double>(counts_.written + counts_.failed) + step_share_;
  const double left = static_cast<double>(counts_.total) - done;
  std::string text = fmt::format("\r\033[K{}/{}{}", counts_.written + counts_.failed, counts_.total, step_text_);
  if (done > 0)
    text += fmt::format("  {}  ETA {}", rate_text(done, seconds()), clock_text(seconds() / done * left));
  fmt::print(stderr, "{}", text);
  line_open_ = true;
  std::fflush(stderr);
}

void Progress::step(std::size_t pictures, int step, int of) {
  const std::lock_guard lock(mutex_);
  step_text_ = fmt::format("  step {}/{}", step, of);
  step_share_ = static_cast<double>(pictures) * step / std::max(of, 1);
  redraw_line();
}

void Progress::finished(const Job& job, const Result& result) {
  const std::lock_guard lock(mutex_);
  ++(result.error ? counts_.failed : counts_.written);
  step_share_ = 0;
  step_text_.clear();
  if (result.error) error(*result.error);
  else if (!terminal_ && options_.progress && !options_.quiet)
    line(fmt::format("{}/{}  {}{}", counts_.written + counts_.failed, counts_.total, job.output_path.string(),
                     facts_of(job, result)));
  redraw_line();
}

void Progress::summary(std::span<const Job> jobs, std::span<const Result> results, const Plan& plan, int exit_code) {
  std::string text = fmt::format("{} written", counts_.written);
  if (counts_.failed > 0) text += fmt::format(", {} failed", counts_.failed);
  if (counts_.skipped > 0) text += fmt::format(", {} skipped", counts_.skipped);
  note(fmt::format("{} in {:.1f} s", text, seconds()));
  if (!options_.json) return;
  Json json = {{"written", counts_.written}, {"failed", counts_.failed}, {"skipped", counts_.skipped},
               {"seconds", seconds()}, {"exit_code", exit_code}, {"results", Json::array()}};
  for (const PictureError& failure : plan.failures)
    json["results"].push_back({{"input", failure.input.string()}, {"error", failure.error.what()}});
  for (std::size_t i = 0; i < results.size(); ++i)
    if (!results[i].output_path.empty() || results[i].error)
      json["results"].push_back(result_json(jobs[i], results[i]));
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace redraw
