// redraw compare: pictures against those that they should be, for people and for CI.
#include <cstdio>

#include <fmt/format.h>

#include "base/files.h"
#include "base/report.h"
#include "batch/compare.h"
#include "batch/compare_report.h"
#include "batch/masks.h"
#include "batch/outputs.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/tolerance.h"
#include "image/png.h"
#include "image/read.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

std::vector<Flag> known_flags() {
  std::vector<Flag> flags = {
    {"inside", "--inside", '\0', "", false, "mask file or pattern with {stem}", "mask.png"},
    {"outside", "--outside", '\0', "", false, "mask file or pattern with {stem}", "mask.png"},
    {"diff", "--diff", '\0', "", false, "folder", "diff/"},
    {"junit", "--junit", '\0', "", false, "file", "report.xml"},
    {"json", "--json", '\0', "", true, "", ""},
    {"quiet", "--quiet", 'q', "", true, "", ""},
    {"update_golden", "--update-golden", '\0', "", true, "", ""}};
  add_tolerance_flags(flags);
  return flags;
}

struct Asked {
  fs::path golden, made, diff, junit;
  Tolerance tolerance;
  std::string mask;
  bool outside = false, json = false, quiet = false, update = false;
};

std::string text_of(const CommandLine& line, std::string_view key) {
  const std::string* value = typed_value(line, key);
  return value == nullptr ? "" : *value;
}

Asked asked_of(CommandLine& line) {
  Asked asked;
  asked.tolerance = tolerance_of(line);
  const std::string inside = text_of(line, "inside"), outside = text_of(line, "outside");
  if (!inside.empty() && !outside.empty())
    line.errors.emplace_back(ErrorKind::kRequest, "--inside and --outside are both given", "command line",
                             "one part of the pictures is compared", "keep one");
  asked.mask = inside.empty() ? outside : inside;
  asked.outside = inside.empty();
  asked.diff = text_of(line, "diff");
  asked.junit = text_of(line, "junit");
  asked.json = is_on(line, "json");
  asked.quiet = is_on(line, "quiet");
  asked.update = is_on(line, "update_golden");
  if (line.words.size() == 2) {
    asked.golden = line.words[0];
    asked.made = line.words[1];
  } else if (line.errors.empty()) {
    line.errors.emplace_back(ErrorKind::kRequest, fmt::format("compare takes two names, not {}", line.words.size()),
                             "command line", "the first is what the second should be",
                             "redraw compare golden/ redrawn/");
  }
  return asked;
}

void compare_all(std::vector<Comparison>& pairs, const Asked& asked) {
  MaskFinder masks("mask", asked.mask, asked.outside ? "--outside" : "--inside");
  for (Comparison& pair : pairs) {
    try {
      const fs::path named = pair.made.empty() ? pair.golden : pair.made;
      compare(pair, {masks.mask_of(named), asked.outside}, asked.tolerance);
    } catch (const Error& error) {
      pair.error = error;
    }
  }
}

void write_text(const fs::path& path, const std::string& text) {
  make_folder(path.parent_path());
  write_file_atomically(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// Of every pair that could be measured and differs.
void write_pictures(const std::vector<Comparison>& pairs, const Asked& asked) {
  for (const Comparison& pair : pairs) {
    if (!pair.metrics || pair.metrics->difference.changed == 0) continue;
    const fs::path path = (asked.diff / pair.name).replace_extension(".diff.png");
    make_folder(path.parent_path());
    write_file_atomically(path, encode_png(picture_of(pair, {}), {}));
  }
}

/// What differs or is new takes the golden one's place; nothing is deleted.
int update_golden(std::vector<Comparison>& pairs, const Asked& asked) {
  std::size_t updated = 0, kept = 0;
  for (const Comparison& pair : pairs) {
    if (pair.made.empty() || (pair.metrics && pair.metrics->difference.changed == 0)) {
      ++kept;
      continue;
    }
    read_image(pair.made);  // a file that is no picture never becomes the golden one
    const fs::path target = pair.golden.empty() ? asked.golden / pair.name : pair.golden;
    write_text(target, read_file(pair.made));
    if (!asked.quiet) fmt::print("updated  {}\n", target.string());
    ++updated;
  }
  if (!asked.quiet) fmt::print("{} updated, {} kept\n", updated, kept);
  return 0;
}

int code_of(const std::vector<Comparison>& pairs) {
  bool different = false;
  for (const Comparison& pair : pairs) different = different || !pair.good();
  if (pairs.size() == 1 && pairs[0].error) return pairs[0].error->exit_code();
  return different ? static_cast<int>(ErrorKind::kSomeFailed) : 0;
}

}  // namespace

int compare_pictures(const std::vector<std::string>& args) {
  CommandLine line = read_command_line(args, known_flags());
  const Asked asked = asked_of(line);
  if (!line.errors.empty()) return report_errors(line.errors);
  std::vector<Comparison> pairs = pair_up(asked.golden, asked.made);
  compare_all(pairs, asked);
  if (asked.update) return update_golden(pairs, asked);
  if (!asked.diff.empty()) write_pictures(pairs, asked);
  if (!asked.junit.empty()) write_text(asked.junit, comparisons_as_junit(pairs));
  const std::string text = asked.json ? comparisons_as_json(pairs) : comparisons_as_text(pairs);
  if (asked.json || !asked.quiet) std::fwrite(text.data(), 1, text.size(), stdout);
  return code_of(pairs);
}

}  // namespace redraw
