// Workers: one process for each device over one shared plan.
#include "batch/workers.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <new>
#include <set>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "batch/batches.h"
#include "batch/interrupt.h"
#include "recipe/limits.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;
using Places = std::vector<std::size_t>;

constexpr std::size_t kMostPerClaim = 16, kClaimsPerWorker = 8;

/// What all processes see.
struct Shared {
  std::atomic<int> stop{0};
  std::atomic<std::size_t> next{0};
};

/// Memory that stays shared after a fork.
class SharedMemory {
 public:
  SharedMemory() {
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      throw Error(ErrorKind::kDevice, "cannot share memory with workers", "devices", std::strerror(errno),
                  "use one device");
    shared_ = new (memory) Shared;
  }
  ~SharedMemory() { ::munmap(shared_, sizeof(Shared)); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  Shared& operator*() const { return *shared_; }
  Shared* operator->() const { return shared_; }

 private:
  Shared* shared_;
};

struct Worker {
  std::string device;
  pid_t pid = -1;
  int pipe = -1;
  std::string unread;             // a line that has not come whole
  std::set<std::size_t> in_hand;  // started, not ended
};

class Pool {
 public:
  Pool(const Recipe& recipe, const Plan& plan, Progress& progress, StopRule& stops, const Factories& make)
      : recipe_(recipe), plan_(plan), progress_(progress), stops_(stops), make_(make),
        devices_(*parse_devices(recipe.devices)), results_(plan.jobs.size()) {
    stops_.share(&memory_->stop);
  }

  /// Rounds, because a worker that dies leaves what it had read ahead.
  std::vector<Result> run() {
    Places left = unfinished();
    while (!left.empty() && stops_.reason() == Stop::kNone) {
      run_round(left);
      if (fatal_) throw *fatal_;
      const Places before = std::exchange(left, unfinished());
      if (left.size() == before.size() && stops_.reason() == Stop::kNone)
        throw Error(ErrorKind::kDevice, "every worker ended before its first picture", "devices",
                    fmt::format("workers: {}", fmt::join(devices_, ", ")), "try one of them alone with --device");
    }
    stops_.keep();
    return std::move(results_);
  }

 private:
  Places unfinished() const {
    Places left;
    for (std::size_t i = 0; i < results_.size(); ++i)
      if (results_[i].output_path.empty() && !results_[i].error) left.push_back(i);
    return left;
  }

  void run_round(const Places& left) {
    cut(left);
    memory_->next = 0;
    std::vector<Worker> workers;
    for (const std::string& device : devices_) workers.push_back(start(device, workers));
    while (std::any_of(workers.begin(), workers.end(), [](const Worker& w) { return w.pipe >= 0; })) listen(workers);
  }

  /// Claims of pictures of one size, small enough that all workers end at about the same time.
  void cut(const Places& left) {
    const std::size_t fair = left.size() / (devices_.size() * kClaimsPerWorker);
    const std::size_t most =
        recipe_.batch > 0 ? static_cast<std::size_t>(recipe_.batch) : std::clamp<std::size_t>(fair, 1, kMostPerClaim);
    std::vector<Job> jobs;
    for (const std::size_t place : left) jobs.push_back(plan_.jobs[place]);
    claims_ = make_batches(jobs, [&](Size) { return static_cast<int>(most); });
    for (Places& claim : claims_)
      for (std::size_t& place : claim) place = left[place];
  }

  Worker start(const std::string& device, const std::vector<Worker>& others) {
    int ends[2];
    if (::pipe(ends) != 0)
      throw Error(ErrorKind::kDevice, "cannot start a worker", "devices", std::strerror(errno), "use fewer devices");
    const pid_t parent = ::getpid(), pid = ::fork();
    if (pid < 0)
      throw Error(ErrorKind::kDevice, "cannot start a worker", "devices", std::strerror(errno), "use fewer devices");
    if (pid == 0) {
      ::close(ends[0]);
      for (const Worker& other : others)
        if (other.pipe >= 0) ::close(other.pipe);
      ::_exit(work(device, ends[1], parent));
    }
    ::close(ends[1]);
    return {device, pid, ends[0], "", {}};
  }

  // ---- in the worker ----

  int work(const std::string& device, int pipe, pid_t parent) {
    ::setpgid(0, 0);  // Ctrl-C goes to the parent alone, which tells its workers
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) return static_cast<int>(ErrorKind::kInterrupted);
    Progress progress(progress_.counts(), pipe);
    try {
      UpscalerCache upscalers(make_.upscaler, progress);
      upscalers.load_all(plan_.jobs);
      const std::unique_ptr<Engine> engine = make_.engine(spec(device));
      progress.note(fmt::format("worker {}: {} on {}, {}", ::getpid(), engine->info().model_name, engine->info().device,
                                engine->info().dtype));
      std::deque<Places> mine;
      run_batches(plan_, *engine, progress, stops_, [&] { return next_batch(*engine, mine); }, upscalers.by_job());
      return 0;
    } catch (const Error& error) {
      progress.fatal(error);
      return error.exit_code();
    } catch (const std::exception& error) {
      progress.fatal(Error(ErrorKind::kInternal, "a worker failed", device, error.what(), "please report this"));
      return static_cast<int>(ErrorKind::kInternal);
    }
  }

  EngineSpec spec(const std::string& device) const {
    EngineSpec spec = spec_of(plan_.jobs[0].recipe);
    spec.device = device;
    const auto on_cpu = std::count(devices_.begin(), devices_.end(), "cpu");
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    if (device == "cpu" && spec.threads == 0) spec.threads = std::max(1, cores / static_cast<int>(on_cpu));
    return spec;
  }

  std::optional<Places> next_batch(const Engine& engine, std::deque<Places>& mine) {
    if (mine.empty()) {
      const std::size_t claim = memory_->next++;
      if (claim >= claims_.size()) return std::nullopt;
      const Places& places = claims_[claim];
      const auto most =
          static_cast<std::size_t>(std::max(1, batch_size(recipe_, engine, plan_.jobs[places[0]].work_size)));
      for (std::size_t i = 0; i < places.size(); i += most)
        mine.emplace_back(places.begin() + static_cast<std::ptrdiff_t>(i),
                          places.begin() + static_cast<std::ptrdiff_t>(std::min(places.size(), i + most)));
    }
    Places batch = std::move(mine.front());
    mine.pop_front();
    return batch;
  }

  // ---- in the parent ----

  void listen(std::vector<Worker>& workers) {
    std::vector<pollfd> pipes;
    for (const Worker& worker : workers) pipes.push_back({worker.pipe, POLLIN, 0});  // -1 is left out
    ::poll(pipes.data(), pipes.size(), 500);
    forward_interrupt(workers);
    for (std::size_t i = 0; i < workers.size(); ++i)
      if (workers[i].pipe >= 0 && pipes[i].revents != 0) read_lines(workers[i]);
    stops_.before_batch(progress_.counts().failed);
  }

  /// Once; where Ctrl-C comes again this process ends, and its end is their second signal.
  void forward_interrupt(const std::vector<Worker>& workers) {
    if (!InterruptGuard::interrupted() || std::exchange(forwarded_, true)) return;
    for (const Worker& worker : workers)
      if (worker.pipe >= 0) ::kill(worker.pid, SIGTERM);
  }

  void read_lines(Worker& worker) {
    char buffer[1 << 16];
    const ssize_t size = ::read(worker.pipe, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) return;
    if (size <= 0) return bury(worker);
    worker.unread.append(buffer, static_cast<std::size_t>(size));
    std::size_t at = 0;
    for (std::size_t end; (end = worker.unread.find('\n', at)) != std::string::npos; at = end + 1)
      take(worker, Json::parse(worker.unread.substr(at, end - at)));
    worker.unread.erase(0, at);
  }

  void take(Worker& worker, const Json& event) {
    if (event.contains("fatal")) {
      if (!fatal_) fatal_ = error_of_json(event.at("fatal"));
      memory_->stop = static_cast<int>(Stop::kOutput);
      return;
    }
    const std::string name = event.value("event", "");
    const std::size_t place = event.contains("index") ? place_of(event.at("index")) : 0;
    if (name == "start") worker.in_hand.insert(place);
    if (name == "done" || name == "failed") worker.in_hand.erase(place);
    progress_.relay(event, plan_, place, results_);
  }

  /// Of a part of a plan the places are not the indexes.
  std::size_t place_of(std::size_t index) const {
    const auto found = std::lower_bound(plan_.jobs.begin(), plan_.jobs.end(), index,
                                        [](const Job& job, std::size_t wanted) { return job.index < wanted; });
    REDRAW_CHECK(found != plan_.jobs.end() && found->index == index, "workers tell of jobs of their plan");
    return static_cast<std::size_t>(found - plan_.jobs.begin());
  }

  void bury(Worker& worker) {
    ::close(std::exchange(worker.pipe, -1));
    int status = 0;
    while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {}
    if (WIFEXITED(status)) return;
    const std::string why = fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
    progress_.note(fmt::format("the worker on {} was ended by {}", worker.device, why));
    for (const std::size_t place : worker.in_hand) {
      const Job& job = plan_.jobs[place];
      results_[place].error =
          Error(ErrorKind::kDevice, fmt::format("\"{}\": its worker died", job.input_path.string()), worker.device, why,
                "run again with --resume; if it dies again, try a smaller size");
      progress_.finished(job, results_[place]);
    }
  }

  const Recipe& recipe_;
  const Plan& plan_;
  Progress& progress_;
  StopRule& stops_;
  const Factories& make_;
  std::vector<std::string> devices_;
  std::vector<Result> results_;
  std::vector<Places> claims_;
  SharedMemory memory_;
  std::optional<Error> fatal_;
  bool forwarded_ = false;
};

}  // namespace

std::vector<Result> run_workers(const Recipe& recipe, const Plan& plan, Progress& progress, StopRule& stops,
                                const Factories& make) {
  return Pool(recipe, plan, progress, stops, make).run();
}

}  // namespace redraw
