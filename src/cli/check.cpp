// redraw check: reads recipes, runs nothing.
#include <fmt/format.h>

#include "base/report.h"
#include "batch/check_networks.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/request.h"

namespace redraw {

int check_recipes(const std::vector<std::string>& args) {
  CommandLine line = read_command_line(args, {});
  std::vector<Error> errors = line.errors;
  if (line.words.empty() && errors.empty())
    errors.emplace_back(ErrorKind::kRequest, "check names no recipe", "command line", "it takes one or more files",
                        "redraw check fix.yaml");
  for (const std::string& path : line.words) {
    Recipe recipe;
    const std::size_t before = errors.size();
    const int settings = lay_over(recipe, path, errors);
    if (errors.size() == before)
      for (Error& error : check_networks(recipe)) errors.push_back(std::move(error));
    if (errors.size() == before) fmt::print("{}: good, {} setting{}\n", path, settings, settings == 1 ? "" : "s");
  }
  return errors.empty() ? 0 : report_errors(errors);
}

}  // namespace redraw
