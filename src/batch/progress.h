// Progress: what a run says while it goes, to people on stderr and to programs as events.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "batch/events.h"
#include "batch/plan.h"
#include "batch/runner.h"
#include "batch/stop.h"
#include "redraw/engine.h"
#include "redraw/result.h"

namespace redraw {

struct Counts {
  std::size_t total = 0, written = 0, failed = 0, skipped = 0;
  std::size_t left() const { return total - written - failed; }
};

/// May be called from any thread. On a terminal one line is redrawn as a bar, elsewhere each finished
/// picture gets a line. Names are printed with their control characters escaped.
class Progress {
 public:
  /// Errors: kFile where the events cannot be written.
  Progress(const RunOptions& options, const Counts& counts);
  /// Of a worker process: events and notes go to a pipe, nothing to the terminal.
  Progress(const Counts& counts, int pipe);
  virtual ~Progress() = default;

  virtual void note(const std::string& text);  // not with quiet
  void error(const Error& error);              // always
  void planned(const Plan& plan);
  virtual void started(const Job& job);
  /// tasks  empty: pictures that the run's events do not know
  virtual void step(std::span<const EngineTask> tasks, int step, int of);
  virtual void finished(const Job& job, const Result& result);
  virtual Counts counts() const;
  /// Of a worker: what keeps it from working at all.
  void fatal(const Error& error);
  /// An event of a worker, as the worker told it; place: of its job in plan.jobs and in results.
  void relay(const nlohmann::ordered_json& event, const Plan& plan, std::size_t place, std::vector<Result>& results);
  double seconds() const;
  bool keeps_results() const { return options_.json; }
  /// The counts, the failures and the time by stage; with json the same on stdout.
  void summary(std::span<const Job> jobs, std::span<const Result> results, const Plan& plan, int exit_code, Stop stop);

 private:
  void line(const std::string& text);
  void redraw_line();
  void send(const nlohmann::ordered_json& event);
  void add_timings(const Result& result);
  std::string bar_text() const;
  void stage_table();
  void print_json(std::span<const Job> jobs, std::span<const Result> results, const Plan& plan, int exit_code,
                  Stop stop);

  RunOptions options_;
  Counts counts_;
  std::unique_ptr<EventLog> events_;
  bool worker_ = false;
  std::vector<std::string> failures_;  // a line each, for the summary
  std::map<std::string, double> stage_ms_;
  double batch_share_ = 0;  // pictures' worth of the running batches
  std::string step_text_;
  bool terminal_ = false, line_open_ = false, told_broken_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  mutable std::recursive_mutex mutex_;
};

/// "0:12", "1:02:03".
std::string clock_text(double seconds);

}  // namespace redraw
