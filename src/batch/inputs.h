// Inputs: files, folders, patterns and lists to pictures in a stable order.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "redraw/error.h"
#include "redraw/recipe.h"

namespace redraw {

struct Input {
  std::filesystem::path path;
  std::filesystem::path rel_dir;    // below the folder that was named; empty for a file
  std::filesystem::path canonical;  // absolute, links resolved
};

struct Inputs {
  std::vector<Input> found;
  std::vector<Error> errors;       // of the request: all of them at once
  std::vector<std::string> notes;  // what was left out
  std::shared_ptr<const void> standard_input;  // owns the file that "-" was read into
};

/// recipe.inputs in their order. A folder gives its pictures (png jpg jpeg bmp tga) in natural order,
/// with `recursive` those of its subfolders too, but never the output folder's; a pattern (* ? [])
/// those of its matches; "@list.txt" one input a line, relative to the list; "-" is one picture on
/// standard input. What is named twice is taken once, with a note.
/// errors: kRequest (nothing named, folder or pattern without pictures), kFile (not there).
Inputs find_inputs(const Recipe& recipe);

}  // namespace redraw
