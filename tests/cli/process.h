// A running program: the real binary beside the stand-in engine, to be watched and killed.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/program.h"

namespace redraw::test {

/// Runs in the folder; stderr and stdout go to the files err and out beside it.
class Process {
 public:
  Process(const Folder& folder, std::vector<std::string> args, const std::string& milliseconds = "") {
    args.insert(args.begin(), REDRAW_STAND_IN);
    std::vector<char*> pointers;
    for (std::string& arg : args) pointers.push_back(arg.data());
    pointers.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    if (::chdir(folder.path().c_str()) != 0) ::_exit(99);
    redirect("out.txt", STDOUT_FILENO);
    redirect("err.txt", STDERR_FILENO);
    if (!milliseconds.empty()) ::setenv("REDRAW_STAND_IN_MS", milliseconds.c_str(), 1);
    ::execv(pointers[0], pointers.data());
    ::_exit(98);
  }
  ~Process() { if (pid_ > 0) { send(SIGKILL); wait(); } }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void send(int signal) const { ::kill(pid_, signal); }
  /// The exit code; 128 + signal where one ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static void redirect(const char* name, int fd) {
    const int file = ::open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(file, fd);
  }
  pid_t pid_ = -1;
};

inline void sleep_ms(long long ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

/// Until the condition holds, 20 seconds at most.
template <typename F>
bool wait_until(F condition) {
  for (int i = 0; i < 2000; ++i, sleep_ms(10))
    if (condition()) return true;
  return false;
}

}  // namespace redraw::test
