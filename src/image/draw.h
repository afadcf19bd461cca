// Drawing: filled rectangles, frames and small text on RGB pictures.
#pragma once

#include <string>

#include "image/composite.h"
#include "redraw/image.h"

namespace redraw {

/// What lies outside the picture is cut off.
void fill_rect(Image& image, const Rect& rect, Rgb color);

/// The border of the rectangle, width px wide, inside it.
void draw_frame(Image& image, const Rect& rect, int width, Rgb color);

/// Height of one line of text, px.
constexpr int kTextLine = 24;

/// One line in a fixed font; letters outside printable ASCII become "?". x, y: top left corner.
void draw_text(Image& image, int x, int y, const std::string& text, Rgb color);
int text_width(const std::string& text);

/// Lines (split by "\n") one below the other.
void draw_lines(Image& image, int x, int y, const std::string& text, Rgb color);
int count_lines(const std::string& text);

/// The text in lines (split by "\n") of at most width px: cut at spaces, too long words anywhere.
std::string wrap_text(const std::string& text, int width);

}  // namespace redraw
