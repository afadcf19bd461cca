// redraw list: the names of one kind, and the table of settings in three formats.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/report.h"
#include "cli/settings.h"
#include "recipe/options.h"

namespace redraw {
namespace {

/// A topic lists the choices of a setting; the one without a key lists the settings.
struct Topic { std::string_view name, key; };

constexpr Topic kTopics[] = {
    {"settings", ""},
    {"samplers", "sampler"},
    {"schedulers", "scheduler"},
    {"resize-modes", "resize_mode"},
    {"mask-modes", "mask_mode"},
    {"masked-contents", "masked_content"},
    {"inpaint-areas", "inpaint_area"},
    {"existing", "existing"},
    {"seed-modes", "seed_mode"},
    {"dtypes", "dtype"},
};

struct Format { std::string_view name; std::string (*text)(); };
constexpr Format kFormats[] = {
    {"text", settings_as_help}, {"yaml", settings_as_yaml}, {"markdown", settings_as_markdown}};

/// The row of that name. Errors: kRequest with the nearest name.
template <typename Rows>
const auto& find_row(const Rows& rows, const char* kind, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) {
    if (row.name == name) return row;
    names.push_back(row.name);
  }
  const auto nearest = nearest_name(name, names);
  throw Error(ErrorKind::kRequest, fmt::format("unknown {} \"{}\"", kind, name), "redraw list",
              fmt::format("{} is one of: {}", kind, fmt::join(names, " | ")),
              nearest ? fmt::format("did you mean {}?", *nearest) : "take one of them");
}

void print_choices(const Topic& topic) {
  for (const Choice& choice : choices_of(*find_option(topic.key)))
    fmt::print("{}\n", choice.label.empty() ? std::string(choice.name)
                                            : fmt::format("{:<18}{}", choice.name, choice.label));
}

}  // namespace

int list_names(const std::vector<std::string>& args) {
  const Flag known[] = {{"format", "--format", '\0', "", false, "text | yaml | markdown", "yaml"}};
  const CommandLine line = read_command_line(args, known);
  if (!line.errors.empty()) return report_errors(line.errors);
  const std::string* format = typed_value(line, "format");
  if (line.words.empty())
    for (const Topic& topic : kTopics) fmt::print("redraw list {}\n", topic.name);
  for (const std::string& word : line.words) {
    const Topic& topic = find_row(kTopics, "topic", word);
    if (!topic.key.empty()) print_choices(topic);
    else fmt::print("{}", find_row(kFormats, "format", format != nullptr ? *format : "text").text());
  }
  return 0;
}

}  // namespace redraw
