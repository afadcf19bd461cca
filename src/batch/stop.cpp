// Stop: why and when a run ends before its last picture.
#include "batch/stop.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "batch/interrupt.h"

namespace redraw {
namespace {

constexpr const char* kNames[] = {"", "interrupt", "time_limit", "output", "max_failures"};
constexpr int kLostOutput[] = {ENOSPC, EDQUOT, EROFS, EIO, ESTALE, ENODEV, ENXIO};

}  // namespace

const char* name_of(Stop stop) { return kNames[static_cast<int>(stop)]; }

bool is_output_lost(const Error& error) {
  return error.kind() == ErrorKind::kFile && std::any_of(std::begin(kLostOutput), std::end(kLostOutput), [&](int code) {
           return error.why() == std::strerror(code);
         });
}

StopRule::StopRule(const Recipe& recipe, std::size_t pictures, Clock::time_point start)
    : failures_(parse_failure_limit(recipe.max_failures)), time_limit_(parse_duration(recipe.time_limit)),
      pictures_(pictures), start_(start) {}

bool StopRule::is_over_limit(std::size_t failed) const {
  if (!failures_) return false;
  const double most =
      failures_->is_share ? failures_->amount / 100 * static_cast<double>(pictures_) : failures_->amount;
  return static_cast<double>(failed) > most;
}

Stop StopRule::before_batch(std::size_t failed) {
  const double passed = std::chrono::duration<double>(Clock::now() - start_).count();
  if (InterruptGuard::interrupted()) tell(Stop::kInterrupt);
  else if (time_limit_ && passed + longest_ > *time_limit_) tell(Stop::kTimeLimit);
  else if (is_over_limit(failed)) tell(Stop::kFailures);
  return reason();
}

void StopRule::batch_took(double seconds) { longest_ = std::max(longest_.load(), seconds); }

void StopRule::keep() {
  own_reason_ = reason_->load();
  reason_ = &own_reason_;
}

void StopRule::tell(Stop stop) {
  int none = 0;
  reason_->compare_exchange_strong(none, static_cast<int>(stop));
}

}  // namespace redraw
