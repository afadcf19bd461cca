// The main job as typed: recipe files and flags become one Recipe.
#include "cli/request.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/flags.h"
#include "cli/from.h"
#include "cli/log.h"
#include "cli/settings.h"
#include "recipe/manifest.h"
#include "recipe/options.h"
#include "recipe/sweep.h"
#include "recipe/yaml.h"

namespace redraw {
namespace {

struct RunFlag {
  const char* key;
  char short_name;
  const char* value;  // as in --help; empty: a switch
  const char* help;
};

constexpr RunFlag kRunFlags[] = {
    {"recipe", 'R', "FILE", "Settings from a YAML file; flags win over it, a later file over an earlier one."},
    {"from", '\0', "PICTURE",
     "Settings from the text that redraw or A1111 wrote into a PNG, JPEG or WebP; flags win over it."},
    {"resume", '\0', "", "The same as --existing resume: do only what is missing or changed."},
    {"dry_run", '\0', "", "Print the plan, load no model, write nothing."},
    {"json", '\0', "", "Plan or summary as JSON on stdout."},
    {"events", '\0', "FILE", "Append what happens as JSON lines to a file, - is stdout (docs/events.schema.json)."},
    {"shard", '\0', "I/N", "Do part I of N, the same split on every machine; slurm: as the job array's variables say."},
    {"quiet", 'q', "", "Only errors on stderr."},
    {"progress", '\0', "", "Progress on stderr; on unless --no-progress is given."},
    {"log_level", '\0', "LEVEL", "Diagnostics on stderr [off | warn | info | debug; default warn]"},
    {"log_file", '\0', "FILE", "Append notes, errors and diagnostics to a file, with times."},
    {"help", 'h', "", "This text."},
    {"version", 'V', "", "The version."},
};

Flag flag_of_option(const Option& option) {
  const auto value = text_of(option, Recipe{});
  const bool is_switch = std::holds_alternative<bool Recipe::*>(option.member);
  return {std::string(option.key),
          flag_of(option.key),
          option.short_flag,
          option.alias.empty() ? "" : flag_of(option.alias),
          is_switch,
          values_of(option),
          value && !value->empty() ? *value : "VALUE",
          std::holds_alternative<std::vector<std::string> Recipe::*>(option.member)};
}

constexpr const char* kSweepTakes = "SETTING=VALUE[,VALUE...]";

std::vector<Flag> known_flags() {
  std::vector<Flag> flags = {{"sweep", "--sweep", '\0', "", false, kSweepTakes, "\"denoise=0.2..0.6 step 0.1\"", true}};
  for (const Option& option : options())
    if (option.key != "inputs") flags.push_back(flag_of_option(option));
  for (const RunFlag& row : kRunFlags)
    flags.push_back({row.key, flag_of(row.key), row.short_name, "", *row.value == '\0', row.value, row.value});
  return flags;
}

void read_log_level(const CommandLine& line, Request& request) {
  const std::string* level = typed_value(line, "log_level");
  if (level == nullptr) return;
  const auto& levels = log_levels();
  if (std::find(levels.begin(), levels.end(), *level) == levels.end())
    request.errors.emplace_back(ErrorKind::kRequest, fmt::format("unknown log level \"{}\"", *level), "--log-level",
                                fmt::format("log levels are: {}", fmt::join(levels, " | ")), "--log-level info");
  else
    request.log_level = *level;
}

void read_run_options(CommandLine& line, Request& request) {
  request.run.dry_run = is_on(line, "dry_run");
  request.run.json = is_on(line, "json");
  request.run.quiet = is_on(line, "quiet");
  request.run.progress = typed_value(line, "progress") == nullptr || is_on(line, "progress");
  if (const std::string* events = typed_value(line, "events")) request.run.events = *events;
  if (const std::string* file = typed_value(line, "log_file")) request.log_file = *file;
  if (request.run.events == "-" && request.run.json)
    request.errors.emplace_back(ErrorKind::kRequest, "--json and --events - are both given", "command line",
                                "both would write to stdout", "write the events to a file");
  try {
    if (const std::string* shard = typed_value(line, "shard")) request.run.shard = parse_shard(*shard);
  } catch (const Error& error) {
    request.errors.push_back(error);
  }
  request.help = is_on(line, "help");
  request.version = is_on(line, "version");
}

/// The last one counts, of a list all.
std::vector<std::string> values_of(const Option& option, const TypedFlag& flag) {
  const bool is_list = std::holds_alternative<std::vector<std::string> Recipe::*>(option.member);
  return is_list ? flag.values : std::vector<std::string>{flag.values.back()};
}

/// Every --sweep is an axis; together they stand in place of the recipe's sweep.
void add_sweep(const CommandLine& line, std::vector<Setting>& settings, std::vector<Error>& errors) {
  for (const TypedFlag& flag : line.flags) {
    if (flag.key != "sweep") continue;
    Setting sweep{"sweep", {}, flag.origin, {}, {{}}};
    for (const std::string& text : flag.values) try {
      if (auto axis = read_axis(text, flag.origin)) sweep.parts[0].push_back(std::move(*axis));
    } catch (const Error& error) {
      errors.push_back(error);
    }
    settings.push_back(std::move(sweep));
  }
}

std::vector<Setting> settings_of(const CommandLine& line) {
  std::vector<Setting> settings;
  if (!line.words.empty()) settings.push_back({"inputs", line.words, "command line", {}});
  if (typed_value(line, "resume") != nullptr) settings.push_back({"existing", {"resume"}, "--resume", {}});
  for (const TypedFlag& flag : line.flags)
    if (const Option* option = find_option(flag.key))
      settings.push_back({flag.key, values_of(*option, flag), flag.origin, {}});
  return settings;
}

void append(std::vector<Error>& errors, const std::vector<Error>& more) {
  errors.insert(errors.end(), more.begin(), more.end());
}

/// Settings of a picture's text; of those that a flag sets too, the flag alone is read.
void lay_picture_over(Request& request, const std::string& path, const CommandLine& line) {
  try {
    PictureSettings found = settings_in(path);
    std::erase_if(found.settings, [&](const Setting& setting) { return typed_value(line, setting.key) != nullptr; });
    append(request.errors, apply_settings(request.recipe, std::move(found.settings)));
    for (const std::string& name : found.left_over)
      request.notes.push_back(fmt::format("\"{}\" also says \"{}\": that is left out", path, name));
  } catch (const Error& error) {
    request.errors.push_back(error);
  }
}

void forbid_notes(Request& request) {
  if (!request.recipe.strict) return;
  for (const std::string& note : request.notes)
    request.errors.emplace_back(ErrorKind::kRequest, note, "--from", "warnings are errors with --strict",
                                "give the settings that are meant as flags, or leave --strict out");
}

}  // namespace

int lay_over(Recipe& recipe, const std::filesystem::path& path, std::vector<Error>& errors) {
  std::size_t count = 0;
  const auto before = static_cast<std::ptrdiff_t>(errors.size());
  for (std::vector<Setting>& layer : read_recipe(path, errors)) {
    count += layer.size();
    append(errors, apply_settings(recipe, std::move(layer)));
  }
  std::stable_sort(errors.begin() + before, errors.end(),
                   [](const Error& a, const Error& b) { return natural_less(a.where(), b.where()); });
  return static_cast<int>(count);
}

Request read_request(const std::vector<std::string>& args) {
  Request request;
  const std::vector<Flag> known = known_flags();
  CommandLine line = read_command_line(args, known);
  read_run_options(line, request);
  read_log_level(line, request);
  for (const TypedFlag& flag : line.flags)
    if (flag.key == "recipe")
      for (const std::string& path : flag.values) lay_over(request.recipe, path, request.errors);
  for (const TypedFlag& flag : line.flags)
    if (flag.key == "from")
      for (const std::string& path : flag.values) lay_picture_over(request, path, line);
  append(request.errors, line.errors);
  std::vector<Setting> typed = settings_of(line);
  add_sweep(line, typed, request.errors);
  append(request.errors, apply_settings(request.recipe, std::move(typed)));
  request.recipe.flags = settings_of(line);
  std::erase_if(request.recipe.flags,
                [](const Setting& setting) { return !is_per_picture(*find_option(setting.key)); });
  forbid_notes(request);
  return request;
}

std::string run_flags_as_help() {
  std::string text = "\nThis run\n";
  text +=
      help_entry(std::string("      --sweep ") + kSweepTakes,
                 "Values that a setting takes, a range such as 0.2..0.6 step 0.1, or prompt_sr=WORD,OTHER[,OTHER...]; "
                 "one flag for each setting. The product of all is made, with a contact sheet, a table and a page.");
  for (const RunFlag& row : kRunFlags) {
    std::string left = row.short_name != '\0' ? fmt::format("  -{}, ", row.short_name) : "      ";
    left += flag_of(row.key);
    if (*row.value != '\0') left += std::string(" ") + row.value;
    text += help_entry(left, row.help);
  }
  return text;
}

}  // namespace redraw
