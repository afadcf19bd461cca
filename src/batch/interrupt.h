// Interrupt: Ctrl-C once ends after the running batch, twice at once, never with half a file.
#pragma once

namespace redraw {

/// Catches SIGINT while it lives; one at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Ctrl-C was pressed.
  static bool interrupted();

 private:
  void (*before_)(int);
};

/// While one lives, a second Ctrl-C waits for the file that is being written.
class WritingGuard {
 public:
  WritingGuard();
  ~WritingGuard();
  WritingGuard(const WritingGuard&) = delete;
  WritingGuard& operator=(const WritingGuard&) = delete;
};

}  // namespace redraw
