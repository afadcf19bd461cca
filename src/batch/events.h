// Events: what happens in a run as JSON lines for other programs; docs/events.schema.json.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "batch/plan.h"
#include "redraw/engine.h"
#include "redraw/result.h"

namespace redraw {

struct Counts;

/// A file that lines are appended to, or standard output ("-"). Thread-safe. Where a line cannot be
/// written, the run goes on and `broken` says so from then on.
class EventLog {
 public:
  /// Errors: kFile.
  explicit EventLog(const std::string& target);
  /// Takes the descriptor over.
  explicit EventLog(int fd) : fd_(fd) {}
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void write(const nlohmann::ordered_json& event);
  bool broken() const { return broken_; }

 private:
  int fd_ = -1;
  bool broken_ = false;
  std::mutex mutex_;
};

nlohmann::ordered_json plan_event(const Plan& plan, const Counts& counts);
nlohmann::ordered_json start_event(const Job& job);
nlohmann::ordered_json step_event(std::span<const EngineTask> tasks, int step, int of);
/// "done" or "failed".
nlohmann::ordered_json end_event(const Job& job, const Result& result);
/// Of a picture that never became a job.
nlohmann::ordered_json failure_event(const PictureError& failure);
nlohmann::ordered_json summary_event(const Counts& counts, double seconds, int exit_code, const char* stopped_by);

/// The Result that end_event told, without its pixels.
Result result_of_event(const nlohmann::ordered_json& event, const Job& job);
nlohmann::ordered_json error_json(const Error& error);
Error error_of_json(const nlohmann::ordered_json& json);

}  // namespace redraw
