// Styles: named pieces of prompts out of A1111's styles.csv.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace redraw {

struct Style {
  std::string name, prompt, negative_prompt;
};

/// Columns name, prompt (or text, as older files have it) and negative_prompt; rows whose name begins
/// with # are comments. Errors: kFile; kRequest for a file without these columns.
/// source A1111 1.10 styles.StyleDatabase; golden: ui/prompt styles
std::vector<Style> read_styles(const std::filesystem::path& path);

/// Lays the named styles around both prompts, one after the other.
/// where  of the setting, for errors. Errors: kRequest for a name that no style has.
void apply_styles(std::span<const Style> styles, std::span<const std::string> names, const std::string& where,
                  std::string& prompt, std::string& negative_prompt);

}  // namespace redraw
