// Events: what happens in a run as JSON lines for other programs; docs/events.schema.json.
#include "batch/events.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "batch/progress.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

struct KindRow {
  ErrorKind kind;
  const char* name;
};
constexpr KindRow kKinds[] = {
    {ErrorKind::kSomeFailed, "some_failed"}, {ErrorKind::kRequest, "request"}, {ErrorKind::kFile, "file"},
    {ErrorKind::kModel, "model"}, {ErrorKind::kDevice, "device"}, {ErrorKind::kTimeLimit, "time_limit"},
    {ErrorKind::kInternal, "internal"}, {ErrorKind::kInterrupted, "interrupted"}};

Json event_of(const char* name) { return {{"event", name}, {"time", utc_now()}}; }

Json size_json(Size size) { return {size.width, size.height}; }

/// The picture that was asked for, also where a stage reads the one before it.
std::string input_of(const Job& job) { return job.stage > 0 ? job.recipe.inputs.at(0) : job.input_path.string(); }

/// The whole text, through interrupted and partial writes.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

EventLog::EventLog(const std::string& target) {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  fd_ = target == "-" ? ::dup(STDOUT_FILENO) : ::open(target.c_str(), flags, 0644);
  if (fd_ < 0)
    throw Error(ErrorKind::kFile, "cannot write events to \"" + target + "\"", "--events", std::strerror(errno),
                "check that the folder exists, is writable and has room");
}

EventLog::~EventLog() { ::close(fd_); }

void EventLog::write(const Json& event) {
  const std::string line = event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const std::lock_guard guard(mutex_);
  if (!broken_) broken_ = !write_all(fd_, line);
}

Json plan_event(const Plan& plan, const Counts& counts) {
  Json event = event_of("plan");
  event["schema"] = kSchema;
  event["version"] = REDRAW_VERSION;
  event["total"] = counts.total;
  event["skipped"] = counts.skipped;
  event["failed"] = counts.failed;
  event["model"] = plan.model_path.string();
  return event;
}

Json start_event(const Job& job) {
  Json event = event_of("start");
  event["index"] = job.index;
  event["input"] = input_of(job);
  event["output"] = job.output_path.string();
  event["seed"] = job.seed;
  event["target_size"] = size_json(job.target_size);
  event["work_size"] = size_json(job.work_size);
  event["steps"] = job.steps_run;
  return event;
}

Json step_event(std::span<const EngineTask> tasks, int step, int of) {
  Json event = event_of("step");
  event["indexes"] = Json::array();
  for (const EngineTask& task : tasks) event["indexes"].push_back(task.job->index);
  event["step"] = step;
  event["of"] = of;
  return event;
}

Json end_event(const Job& job, const Result& result) {
  Json event = event_of(result.error ? "failed" : "done");
  event["index"] = job.index;
  event["input"] = input_of(job);
  event["output"] = job.output_path.string();
  event["seed"] = job.seed;
  if (result.error) return event["error"] = error_json(*result.error), event;
  if (result.key.empty()) return event;  // a preview
  event["key"] = result.key;
  event["sha256"] = result.sha256;
  event["bytes"] = result.bytes;
  event["changed_outside_mask"] = result.changed_outside_mask;
  event["timings_ms"] = result.timings_ms;
  return event;
}

Json failure_event(const PictureError& failure) {
  Json event = event_of("failed");
  event["input"] = failure.input.string();
  event["error"] = error_json(failure.error);
  return event;
}

Json summary_event(const Counts& counts, double seconds, int exit_code, const char* stopped_by) {
  Json event = event_of("summary");
  event["written"] = counts.written;
  event["failed"] = counts.failed;
  event["skipped"] = counts.skipped;
  event["left"] = counts.left();
  event["seconds"] = seconds;
  event["exit_code"] = exit_code;
  event["stopped_by"] = stopped_by;
  return event;
}

Result result_of_event(const Json& event, const Job& job) {
  Result result;
  if (event.contains("error")) {
    result.error = error_of_json(event.at("error"));
    return result;
  }
  result.output_path = job.output_path;
  result.key = event.at("key");
  result.sha256 = event.at("sha256");
  result.bytes = event.at("bytes");
  result.changed_outside_mask = event.at("changed_outside_mask");
  result.timings_ms = event.at("timings_ms").get<std::map<std::string, double>>();
  return result;
}

Json error_json(const Error& error) {
  const char* kind = "internal";
  for (const KindRow& row : kKinds)
    if (row.kind == error.kind()) kind = row.name;
  return {{"kind", kind}, {"exit_code", error.exit_code()}, {"what", error.what()},
          {"where", error.where()}, {"why", error.why()}, {"fix", error.fix()}};
}

Error error_of_json(const Json& json) {
  return {static_cast<ErrorKind>(json.at("exit_code").get<int>()), json.at("what"), json.at("where"), json.at("why"),
          json.at("fix")};
}

}  // namespace redraw
