// redraw show: the text that a PNG carries about how it was made.
#include <fmt/format.h>

#include "base/files.h"
#include "base/report.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "image/png.h"

namespace redraw {
namespace {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

std::map<std::string, std::string> texts_of(const std::string& path) {
  const std::string bytes = read_file(path);
  if (bytes.rfind(kPngSignature, 0) != 0)
    throw Error(ErrorKind::kFile, fmt::format("\"{}\" is no PNG", path), path,
                "redraw writes how a picture was made into PNG files", "name a PNG that redraw wrote");
  return png_texts(bytes);
}

}  // namespace

int show_file(const std::vector<std::string>& args) {
  const Flag known[] = {{"json", "--json", '\0', "", true, "", ""}};
  CommandLine line = read_command_line(args, known);
  const bool json = is_on(line, "json");
  if (line.words.size() != 1 && line.errors.empty())
    line.errors.emplace_back(ErrorKind::kRequest, fmt::format("show takes one file, not {}", line.words.size()),
                             "command line", "it prints what one PNG carries", "redraw show picture.png");
  if (!line.errors.empty()) return report_errors(line.errors);
  const auto texts = texts_of(line.words[0]);
  const auto found = texts.find(json ? "redraw" : "parameters");
  if (found == texts.end())
    throw Error(ErrorKind::kFile, fmt::format("\"{}\" does not say how it was made", line.words[0]), line.words[0],
                fmt::format("the PNG has no text called \"{}\"", json ? "redraw" : "parameters"),
                json && texts.count("parameters") != 0 ? "its A1111 text: redraw show, without --json"
                                                       : "name a PNG that redraw or A1111 wrote");
  fmt::print("{}\n", found->second);
  return 0;
}

}  // namespace redraw
