// A command line cut into flags, their values and words; nothing is understood yet.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "redraw/error.h"

namespace redraw {

/// One flag that a command knows. A switch takes no value and also answers to --no-NAME.
struct Flag {
  std::string key;    // what the command calls it: "mask_blur"
  std::string name;   // "--mask-blur"
  char short_name;    // '\0': none
  std::string alias;  // second name, "--cfg"; empty: none
  bool is_switch;
  std::string takes;    // "integer, 0 to 64 px"; for errors
  std::string example;  // a value that it would take; for errors
  bool is_list = false;  // each time it is given adds a value; else the last one counts
};

struct TypedFlag {
  std::string key;
  std::string origin;               // as typed: "-d", "--mask-blur", "--no-strict"
  std::vector<std::string> values;  // one for each time it was given, in that order
};

struct CommandLine {
  std::vector<TypedFlag> flags;    // in the order of the known ones
  std::vector<std::string> words;  // what stands without a flag
  std::vector<Error> errors;       // unknown flags, flags without a value
};

/// args: without the program's and the command's name. After "--" everything is a word.
CommandLine read_command_line(const std::vector<std::string>& args, std::span<const Flag> known);

/// The last value that was typed for the key; nullptr where the flag was not given.
const std::string* typed_value(const CommandLine& line, std::string_view key);
/// A switch; appends an error for --quiet=maybe.
bool is_on(CommandLine& line, std::string_view key);

}  // namespace redraw
