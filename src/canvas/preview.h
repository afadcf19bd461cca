// Preview: what will happen to a picture, side by side in one picture, without a model.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "canvas/mask_sources.h"
#include "redraw/job.h"

namespace redraw {

struct PreviewPanel {
  std::string title;
  Image picture;  // grey or RGB, at its own size
  std::string caption;
  std::optional<Rect> frame = std::nullopt;  // px of the picture
};

/// Longer side of a panel at most, px; smaller pictures keep their size.
constexpr int kPanelSide = 512;
constexpr int kPanelMargin = 16;  // px between panels and around them
constexpr int kPanelTop = 48;     // px above the pictures: margin and title
constexpr int kPanelLeast = 320;  // px of width that a panel takes, for its caption

/// The picture with its strokes, the mask, the redrawn part as a red tint (with the crop region), and
/// what enters the model. Without a mask, or with an empty one that counts as none, less of them.
/// job       as asked
/// prepared  of the job as it is run
std::vector<PreviewPanel> preview_panels(const Job& job, const Canvas& canvas, const Prepared& prepared);

/// RGB: the panels from left to right with titles and captions, the footer below.
Image draw_preview(std::span<const PreviewPanel> panels, const std::string& footer);

}  // namespace redraw
