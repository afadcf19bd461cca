// Progress: what a run says on stderr while it goes, and its summary.
#pragma once

#include <chrono>
#include <mutex>
#include <span>
#include <string>

#include "batch/plan.h"
#include "batch/runner.h"
#include "redraw/result.h"

namespace redraw {

struct Counts {
  std::size_t total = 0, written = 0, failed = 0, skipped = 0;
};

/// Lines for people on stderr; may be called from any thread. On a terminal one line is redrawn,
/// elsewhere each finished picture gets a line.
class Progress {
 public:
  Progress(const RunOptions& options, const Counts& counts);
  virtual ~Progress() = default;

  virtual void note(const std::string& text);  // not with quiet
  void error(const Error& error);              // always
  virtual void step(std::size_t pictures, int step, int of);
  virtual void finished(const Job& job, const Result& result);
  Counts counts() const;
  double seconds() const;
  /// "3 written, 1 failed in 4.2 s", or the same as JSON on stdout.
  void summary(std::span<const Job> jobs, std::span<const Result> results, const Plan& plan, int exit_code);

 private:
  void line(const std::string& text);
  void redraw_line();

  RunOptions options_;
  Counts counts_;
  std::string step_text_;
  double step_share_ = 0;  // pictures' worth of the running batch
  bool terminal_ = false, line_open_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  mutable std::recursive_mutex mutex_;
};

/// "0:12", "1:02:03".
std::string clock_text(double seconds);

}  // namespace redraw
