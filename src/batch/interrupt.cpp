// Interrupt: Ctrl-C or SIGTERM once ends after the running batch, twice at once, never with half a file.
#include "batch/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iterator>

#include "redraw/error.h"

namespace redraw {
namespace {

std::atomic<int> g_interrupts{0};
std::atomic<int> g_writing{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch such atomics");

void on_interrupt(int) {
  const int times = ++g_interrupts;
  if (times > 2 || (times > 1 && g_writing == 0)) ::_exit(static_cast<int>(ErrorKind::kInterrupted));
}

using Handler = void (*)(int);
struct SignalRow {
  int signal;
  Handler handler;
};
const SignalRow kSignals[] = {{SIGINT, on_interrupt}, {SIGTERM, on_interrupt}, {SIGPIPE, SIG_IGN}, {SIGXFSZ, SIG_IGN}};

}  // namespace

InterruptGuard::InterruptGuard() {
  g_interrupts = 0;
  for (std::size_t i = 0; i < std::size(kSignals); ++i)
    before_[i] = std::signal(kSignals[i].signal, kSignals[i].handler);
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) std::signal(kSignals[i].signal, before_[i]);
}

bool InterruptGuard::interrupted() { return g_interrupts > 0; }

WritingGuard::WritingGuard() { ++g_writing; }

WritingGuard::~WritingGuard() {
  if (--g_writing == 0 && g_interrupts > 1) ::_exit(static_cast<int>(ErrorKind::kInterrupted));
}

}  // namespace redraw
