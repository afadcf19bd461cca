// Stage 2: everything that happens to pixels before the VAE, and its way back after it.
#pragma once

#include <cstdint>
#include <optional>

#include "canvas/enlarge.h"
#include "image/composite.h"
#include "redraw/engine.h"
#include "redraw/job.h"

namespace redraw {

struct InpaintSettings {
  Size size;  // px of the picture that the model sees
  ResizeMode resize_mode = ResizeMode::kJust;
  bool only_masked = false;
  int padding = 32;
  bool invert_mask = false;
  int grow = 0;
  int blur_x = 4, blur_y = 4;
  bool fill = false;  // masked content other than original
  bool mask_round = true;
  Rgb background{255, 255, 255};
  Enlarge enlarge;  // A1111's upscaler_for_img2img; empty: Lanczos
};

/// Picture and mask to what enters the VAE, with the overlay that puts the rest back.
/// mask_for_overlay, when given, receives the mask that the overlay was cut with (RGB where the
/// original makes it RGB). An empty mask in only_masked goes on without a mask, as the original.
/// source A1111 1.10 StableDiffusionProcessingImg2Img.init; golden: ui/prepare
Prepared prepare_inpaint(const Image& image, const std::optional<Image>& mask,
                         const InpaintSettings& settings,
                         std::optional<Image>* mask_for_overlay = nullptr);

/// prepare_inpaint by the job; where target_size is no multiple of 8 the picture is padded with its
/// edge pixels to work_size.
/// sketch  strokes (of the source's size); with the mask source "sketch" they are the mask too
/// enlarge one pass of the job's upscaler; empty: Lanczos
Prepared prepare(const Job& job, const Image& source, const std::optional<Image>& mask,
                 const std::optional<Image>& sketch = std::nullopt, const Enlarge& enlarge = {});

/// The mask as prepare takes it before any resizing: rounded, inverted, grown and blurred by the recipe.
Mask blurred_mask_of(const Job& job, const Image& mask);

/// The region that prepare will take for only_masked; nullopt: the mask is blank. mask as Canvas::mask.
std::optional<Rect> crop_region_of(const Job& job, const Image& mask);

/// The generated picture cut to target_size, its colours corrected where the recipe says so, with the
/// original pixels laid back over it.
/// changed_outside_mask  receives how many pixels differ from the (resized) input where the mask is
///                       black; 0 by construction
Image paste_back(const Prepared& prepared, const Job& job, const Generated& generated,
                 std::int64_t* changed_outside_mask, const Enlarge& enlarge = {});

}  // namespace redraw
