// Interrupt: Ctrl-C or SIGTERM once ends after the running batch, twice at once, never with half a file.
#pragma once

namespace redraw {

/// Catches SIGINT and SIGTERM while it lives, and ignores SIGPIPE and SIGXFSZ, whose writes fail instead;
/// one at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Ctrl-C was pressed, or SIGTERM came.
  static bool interrupted();

 private:
  void (*before_[4])(int);
};

/// While one lives, a second Ctrl-C waits for the file that is being written; a third does not.
class WritingGuard {
 public:
  WritingGuard();
  ~WritingGuard();
  WritingGuard(const WritingGuard&) = delete;
  WritingGuard& operator=(const WritingGuard&) = delete;
};

}  // namespace redraw
