// redraw show: the text that a PNG carries about how it was made.
#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "base/report.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "image/png.h"

namespace redraw {
namespace {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

std::string kind_of(const std::string& bytes) {
  if (bytes.starts_with("\xff\xd8\xff")) return "a JPEG";
  if (bytes.starts_with("RIFF") && bytes.substr(std::min<std::size_t>(bytes.size(), 8), 4) == "WEBP") return "a WebP";
  return "";
}

[[noreturn]] void reject(const std::string& path, const std::string& kind) {
  if (kind.empty())
    throw Error(ErrorKind::kFile, fmt::format("\"{}\" is no PNG", path), path,
                "redraw writes how a picture was made into PNG files", "name a PNG that redraw or A1111 wrote");
  throw Error(ErrorKind::kFile, fmt::format("\"{}\" is {}, no PNG", path, kind), path,
              "show reads the text of PNG files; the EXIF text of JPEG and WebP files is not read",
              "name the PNG that it was made from");
}

std::map<std::string, std::string> texts_of(const std::string& path) {
  const std::string bytes = read_file(path);
  if (!bytes.starts_with(kPngSignature)) reject(path, kind_of(bytes));
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
                json && texts.contains("parameters") ? "it carries A1111's text: redraw show, without --json"
                                                     : "name a PNG that redraw or A1111 wrote");
  fmt::print("{}\n", found->second);
  return 0;
}

}  // namespace redraw
