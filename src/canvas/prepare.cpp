// Stage 2: everything that happens to pixels before the VAE, and its way back after it.
#include "canvas/prepare.h"

#include <algorithm>

#include "canvas/crop_region.h"
#include "canvas/fill.h"
#include "canvas/mask.h"
#include "canvas/mask_sources.h"
#include "canvas/overlay.h"
#include "canvas/resize_modes.h"
#include "image/blur.h"
#include "image/color.h"

namespace redraw {
namespace {

/// The masks of one picture: what the latent gets, what the overlay gets, where the crop lies.
struct Masks {
  std::optional<Image> latent, overlay;
  std::optional<Rect> crop_region;
};

Image doubled(Image mask) {
  for (std::uint8_t& value : mask.data) value = static_cast<std::uint8_t>(std::min(255, 2 * value));
  return mask;
}

Mask blurred_mask(const Image& picture, const InpaintSettings& settings) {
  Mask mask = create_binary_mask(picture, settings.mask_round);
  if (settings.invert_mask) mask = invert(mask);
  if (settings.grow != 0) mask = grow_mask(mask, settings.grow);
  return blur_mask(mask, settings.blur_x, settings.blur_y);
}

std::optional<Rect> region_of(const Mask& mask, const InpaintSettings& settings) {
  const auto region = get_crop_region(mask, settings.padding);
  if (!region) return std::nullopt;
  return expand_crop_region(*region, settings.size, mask.size());
}

Masks prepare_masks(const Image& picture, const InpaintSettings& settings) {
  const Mask mask = blurred_mask(picture, settings);
  Masks masks;
  if (!settings.only_masked) {
    masks.latent = resize_image(mask, settings.resize_mode, settings.size);
    masks.overlay = doubled(*masks.latent);
    return masks;
  }
  masks.crop_region = region_of(mask, settings);
  if (!masks.crop_region) return masks;
  masks.latent = resize_image(crop(mask, *masks.crop_region), ResizeMode::kFill, settings.size);
  masks.overlay = mask;
  return masks;
}

Image padded(const Image& image, Size size) {
  Image result(size.width, size.height, image.channels);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      std::copy_n(image.at(std::min(x, image.width - 1), std::min(y, image.height - 1)), image.channels,
                  result.at(x, y));
  return result;
}

InpaintSettings settings_of(const Job& job) {
  const Recipe& recipe = job.recipe;
  InpaintSettings settings;
  settings.only_masked = recipe.inpaint_area == InpaintArea::kOnlyMasked;
  settings.size = settings.only_masked && !recipe.mask.empty() ? job.work_size : job.target_size;
  settings.resize_mode = recipe.resize_mode;
  settings.padding = recipe.padding;
  settings.invert_mask = recipe.mask_mode == MaskMode::kNotMasked;
  settings.grow = recipe.mask_grow;
  settings.blur_x = recipe.mask_blur_x;
  settings.blur_y = recipe.mask_blur_y;
  settings.fill = recipe.masked_content != MaskedContent::kOriginal;
  settings.mask_round = !recipe.soft_inpainting;
  settings.background = parse_color(recipe.background);
  return settings;
}

Rect whole_of(Size size) { return {0, 0, size.width, size.height}; }

/// Latent mode leaves the picture in its own size; the overlay has to have the result's. (A1111 lays the small
/// one into the corner.)
Prepared with_target_overlay(Prepared prepared, const InpaintSettings& settings) {
  prepared.base = resize_image(prepared.base, ResizeMode::kJust, settings.size);
  if (prepared.latent_mask) prepared.overlay = make_overlay(prepared.base, doubled(*prepared.latent_mask));
  return prepared;
}

}  // namespace

Prepared prepare_inpaint(const Image& image, const std::optional<Image>& mask,
                         const InpaintSettings& settings, std::optional<Image>* mask_for_overlay) {
  Masks masks = mask ? prepare_masks(*mask, settings) : Masks{};
  Prepared prepared;
  prepared.base = flatten(image, settings.background);
  if (!masks.crop_region && settings.resize_mode != ResizeMode::kLatent)
    prepared.base = resize_image(prepared.base, settings.resize_mode, settings.size, settings.enlarge);
  if (masks.overlay) {
    if (masks.overlay->size() != prepared.base.size())
      masks.overlay = resize_image(*masks.overlay, settings.resize_mode, prepared.base.size());
    prepared.overlay = make_overlay(prepared.base, *masks.overlay);
    if (mask_for_overlay != nullptr) *mask_for_overlay = masks.overlay;
  }
  prepared.init_image = prepared.base;
  if (masks.crop_region) {
    prepared.crop_region = prepared.paste_to = masks.crop_region;
    prepared.init_image =
        resize_image(crop(prepared.base, *masks.crop_region), ResizeMode::kFill, settings.size, settings.enlarge);
  }
  if (masks.latent) {
    prepared.latent_mask = to_grey(*masks.latent);
    if (settings.fill) prepared.init_image = fill_masked(prepared.init_image, *prepared.latent_mask);
  }
  return prepared;
}

Mask blurred_mask_of(const Job& job, const Image& mask) { return blurred_mask(mask, settings_of(job)); }

std::optional<Rect> crop_region_of(const Job& job, const Image& mask) {
  const InpaintSettings settings = settings_of(job);
  return region_of(blurred_mask(mask, settings), settings);
}

Prepared prepare(const Job& job, const Image& source, const std::optional<Image>& mask,
                 const std::optional<Image>& sketch, const Enlarge& enlarge) {
  InpaintSettings settings = settings_of(job);
  settings.enlarge = enlarge;
  Canvas canvas = make_canvas(job.recipe, source, mask, sketch);
  Prepared prepared = prepare_inpaint(canvas.image, canvas.mask, settings);
  if (settings.resize_mode == ResizeMode::kLatent && !prepared.crop_region)
    return with_target_overlay(std::move(prepared), settings);
  if (prepared.init_image.size() != job.work_size) {
    prepared.init_image = padded(prepared.init_image, job.work_size);
    if (prepared.latent_mask) prepared.latent_mask = padded(*prepared.latent_mask, job.work_size);
  }
  return prepared;
}

Image paste_back(const Prepared& prepared, const Job& job, const Generated& generated,
                 std::int64_t* changed_outside_mask, const Enlarge& enlarge) {
  *changed_outside_mask = 0;
  Image image = generated.image;
  if (job.recipe.color_correction) image = correct_colors(image, prepared.init_image);
  if (!prepared.paste_to && image.size() != job.target_size) image = crop(image, whole_of(job.target_size));
  if (!prepared.overlay) return image;
  const Image overlay = generated.overlay_mask
                            ? make_overlay(prepared.base, crop(*generated.overlay_mask, whole_of(prepared.base.size())))
                            : *prepared.overlay;
  image = apply_overlay(image, prepared.paste_to, overlay, enlarge);
  for (std::size_t i = 0; i < image.data.size() / 3; ++i) {
    const bool outside = overlay.data[4 * i + 3] == 255;
    const bool same = std::equal(&image.data[3 * i], &image.data[3 * i] + 3, &prepared.base.data[3 * i]);
    *changed_outside_mask += outside && !same;
  }
  return image;
}

}  // namespace redraw
