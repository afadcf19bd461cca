// TABLE of mask sources: a file, the input's alpha, a colour in the picture, the strokes of a sketch.
#include "canvas/mask_sources.h"

#include <string>

#include "canvas/sketch.h"
#include "image/composite.h"
#include "redraw/error.h"

namespace redraw {
namespace {

/// What is transparent is redrawn: an erased place asks to be filled.
Mask alpha_mask(const MaskInput& input) {
  Mask mask(input.source.width, input.source.height, 1);
  if (input.source.channels != 4) return mask;
  for (std::size_t i = 0; i < mask.data.size(); ++i)
    mask.data[i] = static_cast<std::uint8_t>(255 - input.source.data[4 * i + 3]);
  return mask;
}

Mask color_mask(const MaskInput& input) {
  const Rgb color = parse_color(input.argument);
  Mask mask(input.picture.width, input.picture.height, 1);
  for (std::size_t i = 0; i < mask.data.size(); ++i) {
    const std::uint8_t* pixel = &input.picture.data[3 * i];
    mask.data[i] = Rgb{pixel[0], pixel[1], pixel[2]} == color ? 255 : 0;
  }
  return mask;
}

Mask sketch_mask(const MaskInput& input) {
  return inpaint_sketch(input.plain, input.picture, input.mask_transparency, 0).mask;
}

constexpr MaskSourceRow kMaskSources[] = {
    {"alpha", "what is transparent in the input", false, false, alpha_mask},
    {"color", "what has exactly this colour in the input: color:#ff00ff", true, false, color_mask},
    {"sketch", "the strokes of the sketch (A1111: inpaint sketch)", false, true, sketch_mask},
};

std::string_view argument_of(std::string_view mask) {
  const std::size_t colon = mask.find(':');
  return colon == std::string_view::npos ? std::string_view() : mask.substr(colon + 1);
}

void check_argument(const MaskSourceRow& row, std::string_view mask) {
  const std::string quoted = "\"" + std::string(mask) + "\"", name(row.name);
  if (!row.needs_argument && mask.size() > row.name.size())
    throw Error(ErrorKind::kRequest, "mask cannot be " + quoted, "mask", "\"" + name + "\" takes nothing after it",
                "mask: " + name + " (a file of that name: ./" + std::string(mask) + ")");
  if (row.needs_argument && argument_of(mask).empty())
    throw Error(ErrorKind::kRequest, "mask is " + quoted + " and names no colour", "mask",
                "what has exactly one colour is to be the mask", "mask: \"" + name + ":#ff00ff\"");
  if (row.needs_argument) parse_color(argument_of(mask));
}

}  // namespace

std::span<const MaskSourceRow> mask_sources() { return kMaskSources; }

const MaskSourceRow* find_mask_source(std::string_view mask, bool has_sketch) {
  for (const MaskSourceRow& row : kMaskSources) {
    if (mask.substr(0, mask.find(':')) != row.name) continue;
    check_argument(row, mask);
    if (row.needs_sketch && !has_sketch)
      throw Error(ErrorKind::kRequest, "mask is \"sketch\" and there is no sketch", "mask",
                  "the strokes of a sketch are to be the mask",
                  "give the strokes with --sketch FILE, or name a mask file");
    return &row;
  }
  return nullptr;
}

Canvas make_canvas(const Recipe& recipe, const Image& source, const std::optional<Image>& mask_file,
                   const std::optional<Image>& sketch) {
  const Image plain = flatten(source, parse_color(recipe.background));
  Canvas canvas{sketch ? apply_sketch(plain, *sketch) : plain, mask_file};
  const MaskSourceRow* row = recipe.mask.empty() ? nullptr : find_mask_source(recipe.mask, sketch.has_value());
  if (row == nullptr) return canvas;
  canvas.mask = row->make({source, canvas.image, plain, argument_of(recipe.mask), recipe.mask_transparency});
  if (row->needs_sketch)
    canvas.image = inpaint_sketch(plain, canvas.image, recipe.mask_transparency, recipe.mask_blur_x).image;
  return canvas;
}

}  // namespace redraw
