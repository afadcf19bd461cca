// Interrupt: Ctrl-C once ends after the running batch, twice at once, never with half a file.
#include "batch/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "redraw/error.h"

namespace redraw {
namespace {

std::atomic<int> g_interrupts{0};
std::atomic<int> g_writing{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch such atomics");

void on_interrupt(int) {
  if (++g_interrupts > 1 && g_writing == 0) ::_exit(static_cast<int>(ErrorKind::kInterrupted));
}

}  // namespace

InterruptGuard::InterruptGuard() {
  g_interrupts = 0;
  before_ = std::signal(SIGINT, on_interrupt);
}

InterruptGuard::~InterruptGuard() { std::signal(SIGINT, before_); }

bool InterruptGuard::interrupted() { return g_interrupts > 0; }

WritingGuard::WritingGuard() { ++g_writing; }

WritingGuard::~WritingGuard() {
  if (--g_writing == 0 && g_interrupts > 1) ::_exit(static_cast<int>(ErrorKind::kInterrupted));
}

}  // namespace redraw
