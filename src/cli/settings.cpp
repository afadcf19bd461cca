// The table of settings as text: for --help, as a recipe with every default, as a reference.
#include "cli/settings.h"

#include <fmt/format.h>

#include "recipe/options.h"
#include "recipe/yaml.h"

namespace redraw {
namespace {

constexpr std::size_t kColumn = 30, kWidth = 98;

constexpr const char* kYamlHead =
    R"(# Every setting of redraw with its default, made by: redraw list settings --format yaml
# A recipe holds only what differs, so each line here is commented out: copy it and take the # away.
# Order of precedence: defaults < extends < this file < sidecar < manifest < flags. Paths start from the recipe's folder.

# Recipes whose settings hold where this one says nothing (a path or a list of paths).
#extends: other.yaml

# Passes one on another: each lays its settings over the rest of this file and redraws the picture before it.
#stages:
#  - denoise: 0.85
#  - {denoise: 0.7, mask: seam.png, soft_inpainting: true}

# Settings that take several values: the product of all is made, with a contact sheet, a table and a page to compare.
#sweep:
#  denoise: 0.2..0.6 step 0.1
#  sampler: [euler, dpmpp_2m]
#  prompt: {lake: [river, sea]}
)";

constexpr const char* kMarkdownHead = R"(# Recipes

Made from the table of settings by `redraw list settings --format markdown`.

A recipe is a flat YAML file of `key: value` lines: `redraw photo.png --recipe fix.yaml`. It holds only what differs
from the defaults; [configs/default.yaml](../configs/default.yaml) has every line to copy.

- Each setting is also a flag. What is given later wins: defaults, then `extends`, then the recipe, then flags.
- `extends: other.yaml` (or a list) takes over another recipe's settings.
- A single picture can have settings of its own (prompts, size, mask, sampling): in `photo.redraw.yaml` beside `photo.png`,
  or in a `manifest`, a CSV table or JSON lines with a column `path`. Order: defaults, recipe, the picture's infotext
  (`png_info`), its prompt file (`prompt_from`), its sidecar, its row of the manifest, flags.
- Paths in a recipe start from the recipe's folder, paths on the command line from the current one.
- An unknown key, a wrong type or a value out of range is an error with line and column; `redraw check fix.yaml`
  reports all of them and does nothing else.
- `true | false` settings are switches on the command line: `--exact-steps`, `--no-exact-steps`.
- Names are read by A1111's labels too: `resize_mode: Crop and resize`.

## Stages

`stages:` is a list of partial recipes (`extends` too), passes one on another: each lays its settings over the rest
of the recipe and redraws the picture of the one before it. Masks and sketches may differ from stage to stage;
patterns with `{stem}` go by the name of the first picture. A flag holds in every stage. The seed counts on by one
from stage to stage, as in A1111's loopback, unless a stage has its own. Pictures between the stages are kept in
`.redraw-stages/` beside the results, named by everything that makes them: a change in the third stage runs the
third stage alone. Inputs, output, device and the like are one for all stages. The result's infotext is the last
stage's, its `redraw` chunk tells of all. Example: [examples/sketch_to_wallpaper](../examples/sketch_to_wallpaper).

## Sweeps

`sweep:` is a map of settings that take several values; the product of all makes the cells, and every picture is made in
every cell. `--sweep "denoise=0.2..0.6 step 0.1" --sweep sampler=euler,heun` does the same and stands in place of the
recipe's sweep; a value that holds a comma stands in double quotes.

- Values: a list, a range `1..4` or `0.2..0.6 step 0.1` (also downwards, the end with it), or a list with ranges in it.
  Any setting that is not one for the whole run: seeds, masks, sizes, models, whole prompts.
- `prompt: {lake: [river, sea]}` is search and replace: each of the words stands in place of `lake`, in prompt and
  negative prompt. `prompt_sr: [lake, river, sea]` is A1111's way to say it: the first word is searched, and is a value too.
- A flag of the same setting fixes it: that axis is left out, and a note says so. A cell's values win over a picture's own.
- Each cell is an ordinary result, `[stem]_denoise-0.2_sampler-euler.png`: `--dry-run`, `--resume`, the ledger and exit
  codes know nothing of sweeps. All cells share the seed unless it is swept. Cells of one model run one after the other.
- After the run `sweep.png` (first axis: columns, second: rows, further axes and pictures: `sweep-2.png` ...), `sweep.csv`
  (state, seed, seconds, and the difference to the input at the result's size: largest, PSNR, SSIM, FLIP) and `sweep.html`
  (two cells under a slider; opens without network) lie beside the results. Failed cells stand there as failed.
- 10,000 cells at most, no `stages` beside them. Shards write no report: run once more with `--resume`.

Example: [examples/sweep](../examples/sweep).
)";

/// What stands for the value in --help.
struct ValueWord {
  const Option& option;
  std::string operator()(bool Recipe::*) const { return ""; }
  std::string operator()(int Recipe::*) const { return "N"; }
  std::string operator()(std::int64_t Recipe::*) const { return "N"; }
  std::string operator()(std::optional<int> Recipe::*) const { return "N"; }
  std::string operator()(double Recipe::*) const { return "X"; }
  std::string operator()(std::optional<double> Recipe::*) const { return "X"; }
  std::string operator()(double SoftInpainting::*) const { return "X"; }
  std::string operator()(BlurPair) const { return "N"; }
  std::string operator()(SizePair) const { return "WxH"; }
  std::string operator()(std::vector<std::string> Recipe::*) const {
    if (option.kind == TextKind::kLora) return "NAME:WEIGHT";
    return option.kind == TextKind::kPath ? "PATH..." : "NAME";
  }
  std::string operator()(std::string Recipe::*) const {
    if (option.kind == TextKind::kPath || option.kind == TextKind::kMask || option.kind == TextKind::kPathOrName)
      return "PATH";
    return choices_of(option).empty() ? "TEXT" : "NAME";
  }
  template <typename E>
  std::string operator()(E Recipe::*) const { return "NAME"; }
};

std::string default_of(const Option& option) { return text_of(option, Recipe{}).value_or(""); }

std::string wrap(const std::string& text, std::size_t indent) {
  std::string wrapped;
  std::size_t column = indent;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    if (column > indent && column + end - i >= kWidth) {
      wrapped += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (i > 0) {
      wrapped += ' ';
      ++column;
    }
    wrapped += text.substr(i, end - i);
    column += end - i;
    i = end + 1;
  }
  return wrapped;
}

std::string help_of(const Option& option) {
  if (option.key == "inputs") return help_entry("      INPUT...", std::string(option.help));
  std::string left = option.short_flag != '\0' ? fmt::format("  -{}, ", option.short_flag) : "      ";
  left += flag_of(option.key);
  if (!option.alias.empty()) left += ", " + flag_of(option.alias);
  const std::string word = std::visit(ValueWord{option}, option.member);
  if (!word.empty()) left += " " + word;
  const bool plain = word.empty() || word == "PATH" || (word == "TEXT" && values_of(option) == "text");
  std::string note = plain ? "" : values_of(option);
  const std::string value = word.empty() ? "" : default_of(option);
  if (!value.empty()) note += (note.empty() ? "default " : "; default ") + value;
  return help_entry(left, std::string(option.help) + (note.empty() ? "" : " [" + note + "]"));
}

std::string markdown_values(const Option& option) {
  std::string text;
  for (const Choice& choice : choices_of(option)) {
    text += (text.empty() ? "`" : ", `") + std::string(choice.name) + "`";
    if (!choice.label.empty() && choice.label != choice.name) text += fmt::format(" ({})", choice.label);
  }
  if (!text.empty()) return text;
  for (const char c : values_of(option)) text += c == '|' ? "\\|" : std::string(1, c);
  return text;
}

std::string markdown_row(const Option& option) {
  std::string flags = option.key == "inputs" ? "none" : "`" + flag_of(option.key) + "`";
  if (option.short_flag != '\0') flags += fmt::format(", `-{}`", option.short_flag);
  if (!option.alias.empty()) flags += ", `" + flag_of(option.alias) + "`";
  const std::string value = default_of(option);
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", option.key, flags, markdown_values(option),
                     value.empty() ? "" : "`" + value + "`", option.help);
}

/// row(option) for each setting, heading(group) before each group.
template <typename Heading, typename Row>
std::string by_group(Heading heading, Row row) {
  std::string text;
  std::string_view group;
  for (const Option& option : options()) {
    if (option.group != group) text += heading(option.group);
    group = option.group;
    text += row(option);
  }
  return text;
}

}  // namespace

std::string help_entry(const std::string& left, const std::string& text) {
  const std::string gap = left.size() + 2 > kColumn ? "\n" + std::string(kColumn, ' ')
                                                    : std::string(kColumn - left.size(), ' ');
  return left + gap + wrap(text, kColumn) + "\n";
}

std::string settings_as_help() {
  return by_group([](std::string_view group) { return fmt::format("\n{}\n", group); }, help_of);
}

std::string settings_as_yaml() {
  const auto heading = [](std::string_view group) { return fmt::format("\n# ---- {} ----\n", group); };
  return kYamlHead + by_group(heading, [](const Option& option) {
    return fmt::format("\n# {}\n# ({})\n#{}: {}\n", option.help, values_of(option), option.key,
                       yaml_value(option, Recipe{}));
  });
}

std::string settings_as_markdown() {
  const auto heading = [](std::string_view group) {
    return fmt::format("\n## {}\n\n| key | flag | values | default | meaning |\n|---|---|---|---|---|\n", group);
  };
  return kMarkdownHead + by_group(heading, markdown_row);
}

}  // namespace redraw
