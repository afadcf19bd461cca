// TABLE of mask sources: a file, the input's alpha, a colour in the picture, the strokes of a sketch.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "redraw/image.h"
#include "redraw/recipe.h"

namespace redraw {

struct MaskInput {
  const Image& source;   // as read, with its alpha
  const Image& picture;  // RGB, with the strokes
  const Image& plain;    // RGB, without them
  std::string_view argument;  // what follows "color:"
  double mask_transparency;   // %
};

struct MaskSourceRow {
  std::string_view name;  // of the setting `mask`, before a colon
  std::string_view help;
  bool needs_argument, needs_sketch;
  Mask (*make)(const MaskInput&);
};

std::span<const MaskSourceRow> mask_sources();
/// The row that the setting `mask` names; nullptr for a file or pattern. Errors: kRequest for a colour
/// that is none or missing, for anything behind "alpha" or "sketch", and for "sketch" without a sketch.
const MaskSourceRow* find_mask_source(std::string_view mask, bool has_sketch);

struct Canvas {
  Image image;                // RGB, flattened, with the strokes on it
  std::optional<Image> mask;  // as create_binary_mask takes it
};

/// Picture and mask before any resizing. `mask: sketch` is A1111's inpaint sketch, the other masks with
/// a sketch are its sketch mode. mask_file counts where `mask` is no row of the table.
Canvas make_canvas(const Recipe& recipe, const Image& source, const std::optional<Image>& mask_file,
                   const std::optional<Image>& sketch);

}  // namespace redraw
