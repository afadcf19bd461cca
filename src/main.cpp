// Runs one command; prints what stopped it and returns the exit code.
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "base/report.h"
#include "cli/commands.h"
#include "redraw/error.h"

int main(int argc, char** argv) {
  using redraw::Error;
  using redraw::ErrorKind;
  try {
    return redraw::run_command(argc > 1 ? std::vector<std::string>(argv + 1, argv + argc)
                                        : std::vector<std::string>());
  } catch (const Error& error) {
    return redraw::report_errors({error});
  } catch (const std::bad_alloc&) {
    return redraw::report_errors({Error(ErrorKind::kDevice, "out of memory", "", "the system gives no more memory",
                                        "use a smaller size or batch, or close other programs")});
  } catch (const std::exception& problem) {
    return redraw::report_errors({Error(ErrorKind::kInternal, "a mistake of redraw itself", "", problem.what(),
                                        "please report this with the command that you ran")});
  }
}
