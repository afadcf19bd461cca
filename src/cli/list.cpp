// redraw list: the names of one kind, and the table of settings in three formats.
#include <fmt/format.h>

#include "base/report.h"
#include "base/text.h"
#include "batch/names.h"
#include "batch/upscalers.h"
#include "canvas/mask_sources.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/settings.h"
#include "recipe/options.h"

namespace redraw {
namespace {

void print_choices(const Option& option) {
  for (const Choice& choice : choices_of(option))
    fmt::print("{}\n", choice.label.empty() ? std::string(choice.name)
                                            : fmt::format("{:<18}{}", choice.name, choice.label));
}

void print_mask_sources() {
  fmt::print("{:<18}{}\n", "FILE", "a mask picture: white is redrawn");
  fmt::print("{:<18}{}\n", "masks/{stem}*.png", "the one file of this name for each picture");
  for (const MaskSourceRow& row : mask_sources())
    fmt::print("{:<18}{}\n", fmt::format("{}{}", row.name, row.needs_argument ? ":#rrggbb" : ""), row.help);
}

void print_upscalers() {
  for (const PixelUpscaler& row : pixel_upscalers()) fmt::print("{:<28}{}\n", row.name, row.help);
  for (const auto& file : known_upscaler_files()) fmt::print("{:<28}{}\n", file.stem().string(), file.string());
}

void print_name_words() {
  for (const NameWord& row : name_words()) fmt::print("{:<20}{}\n", fmt::format("[{}]", row.word), row.help);
}

/// A topic lists the choices of the setting `key`, or what `print` prints; neither: the settings.
struct Topic {
  std::string_view name, key;
  void (*print)() = nullptr;
};

constexpr Topic kTopics[] = {
    {"settings", ""},
    {"samplers", "sampler"},
    {"schedulers", "scheduler"},
    {"noise-schedules", "noise_schedule"},
    {"unipc-variants", "unipc_variant"},
    {"unipc-skip-types", "unipc_skip_type"},
    {"resize-modes", "resize_mode"},
    {"tile-modes", "tile_mode"},
    {"mask-modes", "mask_mode"},
    {"masked-contents", "masked_content"},
    {"inpaint-areas", "inpaint_area"},
    {"existing", "existing"},
    {"seed-modes", "seed_mode"},
    {"rngs", "rng"},
    {"prompt-froms", "prompt_from"},
    {"emphasis", "emphasis"},
    {"determinism", "determinism"},
    {"dtypes", "dtype"},
    {"vae-dtypes", "vae_dtype"},
    {"mask-sources", "", print_mask_sources},
    {"upscalers", "", print_upscalers},
    {"name-words", "", print_name_words},
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
    if (topic.print != nullptr) topic.print();
    else if (!topic.key.empty()) print_choices(*find_option(topic.key));
    else fmt::print("{}", find_row(kFormats, "format", format != nullptr ? *format : "text").text());
  }
  return 0;
}

}  // namespace redraw
