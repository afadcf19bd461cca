// redraw show: the text that a picture carries about how it was made.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/from.h"
#include "base/report.h"

namespace redraw {
namespace {

std::string chunk_of(const std::string& path) {
  if (auto chunk = chunk_in(path)) return *chunk;
  infotext_in(path);  // where even that is missing, its own error
  throw Error(ErrorKind::kFile, fmt::format("\"{}\" has no text called \"redraw\"", path), path,
              "only PNG files that redraw wrote carry it", "its A1111 text: redraw show, without --json");
}

int print_recipe(const std::string& path) {
  std::vector<Error> errors;
  const std::string recipe = recipe_in(path, errors);
  if (!errors.empty()) return report_errors(errors);
  fmt::print("{}", recipe);
  return 0;
}

}  // namespace

int show_file(const std::vector<std::string>& args) {
  const Flag known[] = {{"json", "--json", '\0', "", true, "", ""}, {"recipe", "--recipe", '\0', "", true, "", ""}};
  CommandLine line = read_command_line(args, known);
  const bool json = is_on(line, "json"), recipe = is_on(line, "recipe");
  if (json && recipe)
    line.errors.emplace_back(ErrorKind::kRequest, "--json and --recipe are both given", "command line",
                             "show prints one of them", "keep one");
  if (line.words.size() != 1 && line.errors.empty())
    line.errors.emplace_back(ErrorKind::kRequest, fmt::format("show takes one file, not {}", line.words.size()),
                             "command line", "it prints what one picture carries", "redraw show picture.png");
  if (!line.errors.empty()) return report_errors(line.errors);
  if (recipe) return print_recipe(line.words[0]);
  fmt::print("{}\n", json ? chunk_of(line.words[0]) : infotext_in(line.words[0]));
  return 0;
}

}  // namespace redraw
