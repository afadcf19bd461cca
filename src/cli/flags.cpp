// A command line cut into flags, their values and words; the only file that knows CLI11.
#include "cli/flags.h"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/text.h"

namespace redraw {
namespace {

using Args = std::vector<std::string>;

Error request(const std::string& what, const std::string& where, const std::string& why, const std::string& fix) {
  return {ErrorKind::kRequest, what, where, why, fix};
}

std::string negated(const Flag& flag) { return "--no-" + flag.name.substr(2); }

/// Every way to write the flag.
Args names_of(const Flag& flag) {
  Args names = {flag.name};
  if (flag.short_name != '\0') names.push_back(std::string("-") + flag.short_name);
  if (!flag.alias.empty()) names.push_back(flag.alias);
  if (flag.is_switch) names.push_back(negated(flag));
  return names;
}

const Flag* find_flag(std::span<const Flag> known, const std::string& name) {
  for (const Flag& flag : known) {
    const Args names = names_of(flag);
    if (std::find(names.begin(), names.end(), name) != names.end()) return &flag;
  }
  return nullptr;
}

Error unknown_flag(const std::string& typed, std::span<const Flag> known) {
  const std::string name = typed.substr(0, typed.find('='));
  Args all;
  for (const Flag& flag : known)
    for (const std::string& each : names_of(flag))
      if (each.rfind("--", 0) == 0) all.push_back(each);
  const std::vector<std::string_view> candidates(all.begin(), all.end());
  const bool is_long = name.size() > 2;
  const auto nearest = is_long ? nearest_name(name[1] == '-' ? name : "-" + name, candidates) : std::nullopt;
  return request(fmt::format("unknown flag \"{}\"", name), "command line", "no flag has this name",
                 nearest ? fmt::format("did you mean {}? (all flags: redraw --help)", *nearest)
                         : "all flags: redraw --help");
}

Error no_value(const Flag& flag, const std::string& typed) {
  return request(fmt::format("{} has no value", typed), typed, fmt::format("{} takes: {}", flag.key, flag.takes),
                 fmt::format("{} {}", typed, flag.example));
}

/// Mends what CLI11 would read otherwise than it was meant: a flag that stands where a value should,
/// an empty value ("--mask="), and a long name with one dash ("-steps" is not "-s teps").
/// What stands behind "--" goes to the words at once.
Args mend(const Args& args, std::span<const Flag> known, CommandLine& line,
          std::map<std::string, std::string>& origins) {
  Args mended;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (arg == "--") {
      line.words.assign(args.begin() + static_cast<std::ptrdiff_t>(i) + 1, args.end());
      break;
    }
    const std::string name = arg.substr(0, arg.find('='));
    const bool one_dash = name.size() > 2 && name[0] == '-' && name[1] != '-';
    const Flag* flag = find_flag(known, name);
    if (flag != nullptr) origins[flag->key] = name;
    if (one_dash && find_flag(known, "-" + name) != nullptr) {
      line.errors.push_back(unknown_flag(arg, known));
    } else if (flag == nullptr || flag->is_switch || (name != arg && arg.size() > name.size() + 1)) {
      mended.push_back(arg);
    } else if (name != arg) {
      mended.insert(mended.end(), {name, ""});
    } else if (i + 1 == args.size() || find_flag(known, args[i + 1]) != nullptr) {
      line.errors.push_back(no_value(*flag, name));
    } else {
      mended.insert(mended.end(), {name, args[++i]});
    }
  }
  return mended;
}

CLI::Option* add_flag(CLI::App& app, const Flag& flag) {
  std::string names = flag.name;
  if (flag.short_name != '\0') names += std::string(",-") + flag.short_name;
  if (!flag.alias.empty()) names += "," + flag.alias;
  CLI::Option* option =
      flag.is_switch ? app.add_flag(names + ",!" + negated(flag)) : app.add_option(names);
  return option->multi_option_policy(flag.is_list ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace

CommandLine read_command_line(const Args& args, std::span<const Flag> known) {
  CommandLine line;
  std::map<std::string, std::string> origins;
  Args reversed = mend(args, known, line, origins);
  std::reverse(reversed.begin(), reversed.end());  // as CLI11 wants them

  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<CLI::Option*> options;
  for (const Flag& flag : known) options.push_back(add_flag(app, flag));
  try {
    app.parse(reversed);
  } catch (const CLI::Error& problem) {
    line.errors.push_back(
        request("the command line cannot be read", "command line", problem.what(), "see redraw --help"));
  }
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i]->results().empty()) continue;
    const auto origin = origins.find(known[i].key);  // missing for "-d0.5" and "-rq"
    line.flags.push_back({known[i].key, origin == origins.end() ? known[i].name : origin->second,
                          options[i]->results()});
  }
  std::vector<std::string> words;
  for (const std::string& extra : app.remaining())
    if (extra.size() > 1 && extra[0] == '-') line.errors.push_back(unknown_flag(extra, known));
    else words.push_back(extra);
  line.words.insert(line.words.begin(), words.begin(), words.end());
  return line;
}

const std::string* typed_value(const CommandLine& line, std::string_view key) {
  for (const TypedFlag& flag : line.flags)
    if (flag.key == key) return &flag.values.back();
  return nullptr;
}

bool is_on(CommandLine& line, std::string_view key) {
  const std::string* value = typed_value(line, key);
  if (value == nullptr || *value == "false") return false;
  if (*value != "true")
    line.errors.push_back(request(fmt::format("{} cannot be \"{}\"", key, *value), "command line",
                                  fmt::format("{} is a switch: true | false", key), "leave the value out"));
  return true;
}

}  // namespace redraw
