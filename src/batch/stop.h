// Stop: why and when a run ends before its last picture.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "recipe/limits.h"
#include "redraw/error.h"
#include "redraw/recipe.h"

namespace redraw {

enum class Stop { kNone, kInterrupt, kTimeLimit, kOutput, kFailures };

/// "interrupt", "time_limit", "output", "max_failures"; empty for kNone.
const char* name_of(Stop stop);

/// No further result can be written (disk full, gone or read-only): the other pictures would be made for nothing.
bool is_output_lost(const Error& error);

/// Thread-safe.
class StopRule {
 public:
  using Clock = std::chrono::steady_clock;

  /// pictures  all of the request, for shares; start: from when the time limit counts
  StopRule(const Recipe& recipe, std::size_t pictures, Clock::time_point start);

  /// Whether the next batch may begin; the first reason found stays. The time limit is reached where
  /// the batch would end behind it, if it takes as long as the longest so far.
  Stop before_batch(std::size_t failed);
  void batch_took(double seconds);
  void output_lost() { tell(Stop::kOutput); }
  Stop reason() const { return static_cast<Stop>(reason_->load()); }
  /// Shares the reason with other processes, through memory that they share.
  void share(std::atomic<int>* reason) { reason_ = reason; }
  /// Takes the shared reason over, before the memory goes.
  void keep();
  bool is_over_limit(std::size_t failed) const;

 private:
  void tell(Stop stop);

  std::optional<FailureLimit> failures_;
  std::optional<double> time_limit_;
  std::size_t pictures_;
  Clock::time_point start_;
  std::atomic<double> longest_{0};
  std::atomic<int> own_reason_{0};
  std::atomic<int>* reason_ = &own_reason_;
};

}  // namespace redraw
