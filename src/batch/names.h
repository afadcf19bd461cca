// Names: the pattern of output names, A1111's words in square brackets.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "batch/inputs.h"
#include "redraw/job.h"

namespace redraw {

/// What a word can stand for.
struct NameContext {
  const Job& job;
  const Input& input;
  std::string model_name;
  std::size_t index = 1;  // of the result in the run, from 1
  int variant = 1;        // of the picture, 1 .. recipe.count
  int variants = 1;
};

struct NameWord {
  std::string_view word, help;
  std::string (*value)(const NameContext&);
};
std::span<const NameWord> name_words();

/// The path below the output folder, with .png; where a picture has several results and the pattern
/// tells them apart by none of [index], [generation_number], [seed], "-1", "-2" ... is added.
/// The pattern must have passed check_name.
std::filesystem::path expand_name(const std::string& pattern, const NameContext& context);

/// kRequest for an unknown word (naming all), another suffix than .png, or a path out of the folder.
std::optional<Error> check_name(const Recipe& recipe);

}  // namespace redraw
