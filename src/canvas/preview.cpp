// Preview: what will happen to a picture, side by side in one picture, without a model.
#include "canvas/preview.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "canvas/mask.h"
#include "canvas/prepare.h"
#include "image/draw.h"
#include "image/resample.h"

namespace redraw {
namespace {

constexpr Rgb kGround{40, 40, 44}, kText{225, 225, 225}, kFrame{255, 220, 0};
constexpr Rgb kTint{255, 0, 0};
constexpr int kTintShare = 160;  // of 255, where the mask is white
constexpr int kFrameWidth = 2;   // px

std::string size_text(Size size) { return fmt::format("{}x{}", size.width, size.height); }

Rect whole_of(Size size) { return {0, 0, size.width, size.height}; }

bool is_blank(const Mask& mask) {
  return std::none_of(mask.data.begin(), mask.data.end(), [](std::uint8_t value) { return value > 0; });
}

double percent_of(const Mask& mask) {
  const auto kept = std::count(mask.data.begin(), mask.data.end(), std::uint8_t{0});
  return 100 - 100 * static_cast<double>(kept) / static_cast<double>(mask.data.size());
}

Image tinted(Image picture, const Mask& mask) {
  const std::uint8_t tint[] = {kTint.r, kTint.g, kTint.b};
  for (std::size_t i = 0; i < mask.data.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      std::uint8_t& value = picture.data[3 * i + c];
      const int share = mask.data[i] * kTintShare / 255;
      value = static_cast<std::uint8_t>((value * (255 - share) + tint[c] * share + 127) / 255);
    }
  return picture;
}

PreviewPanel picture_panel(const Job& job, const Canvas& canvas) {
  std::string caption = size_text(canvas.image.size());
  if (!job.sketch_path.empty()) caption += ", strokes of " + job.sketch_path.filename().string();
  if (!job.has_mask()) caption += "\nno mask: the whole picture is redrawn";
  return {job.sketch_path.empty() ? "picture" : "picture with strokes", canvas.image, caption};
}

std::string mask_name(const Job& job) {
  return job.mask_path.empty() ? job.recipe.mask : job.mask_path.filename().string();
}

PreviewPanel mask_panel(const Job& job, const Image& mask, bool blank) {
  std::string caption = fmt::format("{}, {}", mask_name(job), size_text(mask.size()));
  caption += job.recipe.mask_mode == MaskMode::kMasked ? "" : "\nnot_masked: black is redrawn";
  if (blank) caption += job.only_masked() ? "\nempty: the whole picture is redrawn" : "\nempty: nothing is redrawn";
  return {"mask", create_binary_mask(mask, !job.recipe.soft_inpainting), caption};
}

std::string blur_text(const Recipe& recipe) {
  const std::string blur = recipe.mask_blur_x == recipe.mask_blur_y
                               ? fmt::format("blur {}", recipe.mask_blur_x)
                               : fmt::format("blur {} x {}", recipe.mask_blur_x, recipe.mask_blur_y);
  return recipe.mask_grow == 0 ? blur : fmt::format("grow {}, {}", recipe.mask_grow, blur);
}

/// mask: of the size of prepared.base.
PreviewPanel tint_panel(const Job& job, const Mask& mask, const Prepared& prepared) {
  std::string caption = fmt::format("{}, touches {:.1f} %", blur_text(job.recipe), percent_of(mask));
  if (const auto& r = prepared.crop_region)
    caption +=
        fmt::format("\ncrop {}x{} at {},{}, padding {}", r->width(), r->height(), r->x1, r->y1, job.recipe.padding);
  return {"redrawn part", tinted(prepared.base, mask), caption, prepared.crop_region};
}

constexpr const char* kContents[] = {"original", "fill", "latent noise", "latent nothing"};  // by MaskedContent

PreviewPanel model_panel(const Job& job, const Prepared& prepared) {
  std::string caption = size_text(prepared.init_image.size());
  if (prepared.init_image.size() != job.work_size) caption += ", its latent resized for " + size_text(job.work_size);
  const MaskedContent content = job.recipe.masked_content;
  if (prepared.latent_mask) caption += fmt::format("\nmasked content {}", kContents[static_cast<std::size_t>(content)]);
  if (prepared.latent_mask && content > MaskedContent::kFill) caption += ": put under the mask behind the encoder";
  return {"enters the model", prepared.init_image, caption};
}

/// A panel as it is drawn.
struct Cell {
  Image picture;
  std::optional<Rect> frame;
  std::string caption;
  int width, caption_y;
};

Rect scaled(const Rect& rect, double factor) {
  const auto at = [&](int value) { return static_cast<int>(std::lround(value * factor)); };
  return {at(rect.x1), at(rect.y1), at(rect.x2), at(rect.y2)};
}

Cell cell_of(const PreviewPanel& panel) {
  const Size size = panel.picture.size();
  const double factor = std::min(1.0, static_cast<double>(kPanelSide) / std::max(size.width, size.height));
  const auto side = [&](int value) { return std::max(1, static_cast<int>(std::lround(value * factor))); };
  Cell cell{to_rgb(resize_lanczos(panel.picture, {side(size.width), side(size.height)})), std::nullopt, "", 0, 0};
  cell.width = std::max(cell.picture.width, kPanelLeast);
  cell.caption_y = kPanelTop + cell.picture.height + kPanelMargin / 2;
  cell.caption = wrap_text(panel.caption, cell.width);
  if (panel.frame) cell.frame = scaled(*panel.frame, factor);
  return cell;
}

void draw_cell(Image& image, int x, const std::string& title, const Cell& cell) {
  draw_text(image, x, kPanelMargin, title, {255, 255, 255});
  paste(image, cell.picture, x, kPanelTop);
  if (const auto& f = cell.frame)
    draw_frame(image, {x + f->x1, kPanelTop + f->y1, x + f->x2, kPanelTop + f->y2}, kFrameWidth, kFrame);
  draw_lines(image, x, cell.caption_y, cell.caption, kText);
}

}  // namespace

std::vector<PreviewPanel> preview_panels(const Job& job, const Canvas& canvas, const Prepared& prepared) {
  std::vector<PreviewPanel> panels = {picture_panel(job, canvas)};
  if (canvas.mask) {
    const Mask mask = prepared.latent_mask && !prepared.crop_region
                          ? crop(*prepared.latent_mask, whole_of(prepared.base.size()))
                          : blurred_mask_of(job, *canvas.mask);
    panels.push_back(mask_panel(job, *canvas.mask, is_blank(mask)));
    if (prepared.latent_mask) panels.push_back(tint_panel(job, mask, prepared));
  }
  panels.push_back(model_panel(job, prepared));
  return panels;
}

Image draw_preview(std::span<const PreviewPanel> panels, const std::string& footer) {
  std::vector<Cell> cells;
  int width = kPanelMargin, footer_y = 0;
  for (const PreviewPanel& panel : panels) {
    const Cell& cell = cells.emplace_back(cell_of(panel));
    width += cell.width + kPanelMargin;
    footer_y = std::max(footer_y, cell.caption_y + count_lines(cell.caption) * kTextLine + kPanelMargin);
  }
  const std::string wrapped = wrap_text(footer, width - 2 * kPanelMargin);
  Image image(width, footer_y + count_lines(wrapped) * kTextLine + kPanelMargin / 2, 3);
  fill_rect(image, whole_of(image.size()), kGround);
  int x = kPanelMargin;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    draw_cell(image, x, panels[i].title, cells[i]);
    x += cells[i].width + kPanelMargin;
  }
  draw_lines(image, kPanelMargin, footer_y, wrapped, kText);
  return image;
}

}  // namespace redraw
