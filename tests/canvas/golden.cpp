// Golden rows of the canvas room: sizes, masks, fill, overlay, preparation.
#include <cmath>

#include <fmt/format.h>

#include "canvas/crop_region.h"
#include "canvas/fill.h"
#include "canvas/mask.h"
#include "canvas/overlay.h"
#include "canvas/prepare.h"
#include "canvas/resize_modes.h"
#include "canvas/sketch.h"
#include "canvas/soft_overlay.h"
#include "image/composite.h"
#include "image/resample.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

ResizeMode mode_of(const Json& number) { return static_cast<ResizeMode>(number.get<int>()); }

Failure resize_row(const Case& c) {
  Enlarge enlarge;
  if (const Json& name = c.inputs.at("upscaler"); name.is_string() && name != "None") {
    const PixelUpscaler* row = find_pixel_upscaler(name.get<std::string>());
    enlarge = row != nullptr ? Enlarge(row->pass)
                             : [](const Image& image, double) { return image; };  // an unknown name does nothing
  }
  return compare(resize_image(c.image(c.inputs.at("image")), mode_of(c.inputs.at("resize_mode")),
                              {c.inputs.at("width"), c.inputs.at("height")}, enlarge),
                 c.image(c.expected.at("image")), c.tolerance);
}

Failure binary_mask(const Case& c) {
  return compare(create_binary_mask(c.image(c.inputs.at("image")), c.inputs.at("round")),
                 c.image(c.expected.at("mask")), c.tolerance);
}

Json to_json(const Rect& r) { return Json::array({r.x1, r.y1, r.x2, r.y2}); }

const Json& results_of(const Case& c) { return c.expected.is_array() ? c.expected : c.expected.at("results"); }

Failure crop_region_row(const Case& c) {
  Json got = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    const auto region = get_crop_region(to_grey(c.image(c.inputs.at("masks").at(call[0].get<std::string>()))), call[1]);
    got.push_back(region ? to_json(*region) : Json());
  }
  return compare(got, results_of(c));
}

Failure expand_row(const Case& c) {
  Json got = Json::array();
  for (const Json& call : c.inputs.at("calls"))
    got.push_back(to_json(
        expand_crop_region({call[0][0], call[0][1], call[0][2], call[0][3]}, {call[1], call[2]}, {call[3], call[4]})));
  return compare(got, results_of(c));
}

Failure fill_row(const Case& c) {
  return compare(fill_masked(to_rgb(c.image(c.inputs.at("image"))), c.image(c.inputs.at("mask"))),
                 c.image(c.expected.at("image")), c.tolerance);
}

/// Without an overlay the result stays as it was generated.
Failure no_overlay(const Case& c) {
  Job job;
  const Generated generated = Generated::of(c.image(c.inputs.at("image")));
  job.target_size = generated.image.size();
  std::int64_t changed = 0;
  return compare(paste_back(Prepared{}, job, generated, &changed), c.image(c.expected.at("image")), c.tolerance);
}

Failure overlay_row(const Case& c) {
  if (c.inputs.at("overlay").is_null()) return no_overlay(c);
  std::optional<Rect> paste_to;
  if (const Json& p = c.inputs.at("paste_to"); !p.is_null()) {
    const int x = p[0], y = p[1], w = p[2], h = p[3];
    paste_to = Rect{x, y, x + w, y + h};
  }
  return compare(apply_overlay(c.image(c.inputs.at("image")), paste_to, c.image(c.inputs.at("overlay"))),
                 c.image(c.expected.at("image")), c.tolerance);
}

InpaintSettings settings_of(const Json& in) {
  InpaintSettings s;
  s.size = {in.at("width"), in.at("height")};
  s.resize_mode = mode_of(in.at("resize_mode"));
  s.only_masked = in.at("only_masked");
  s.padding = in.at("padding");
  s.invert_mask = in.at("invert_mask");
  s.blur_x = in.at("mask_blur_x");
  s.blur_y = in.at("mask_blur_y");
  s.fill = in.at("masked_content") != "original";
  s.mask_round = in.at("mask_round");
  return s;
}

Failure compare_latent_mask(const Prepared& prepared, const Case& c, bool round) {
  if (!c.expected.contains("nmask") || c.expected.at("nmask").is_null()) return "";
  const Array expected = c.array(c.expected.at("nmask"));
  const Size size{static_cast<int>(expected.shape.back()), static_cast<int>(expected.shape[expected.shape.size() - 2])};
  std::vector<float> got;
  for (const std::uint8_t value : resize_bicubic(*prepared.latent_mask, size).data)
    got.push_back(round ? (value >= 128 ? 1.0F : 0.0F) : static_cast<float>(value) / 255);
  return compare(got, expected.shape, expected, c.tolerance.value("latent_masks", Json::object()));
}

Failure prepare_row(const Case& c) {
  const InpaintSettings settings = settings_of(c.inputs);
  std::optional<Image> mask_for_overlay, mask;
  if (!c.inputs.at("mask").is_null()) mask = c.image(c.inputs.at("mask"));
  const Prepared prepared = prepare_inpaint(c.image(c.inputs.at("image")), mask, settings, &mask_for_overlay);
  const Json images = c.tolerance.value("images", Json::object());
  Json paste;
  if (const auto& p = prepared.paste_to) paste = Json::array({p->x1, p->y1, p->width(), p->height()});
  if (Failure f = compare(paste, c.expected.value("paste_to", Json())); !f.empty()) return "paste_to: " + f;
  const auto check = [&](const char* name, const std::optional<Image>& got) -> Failure {
    if (!c.expected.contains(name)) return "";
    if (c.expected.at(name).is_null() || !got)
      return c.expected.at(name).is_null() && !got ? "" : std::string(name) + " is there or not";
    const Failure f = compare(*got, c.image(c.expected.at(name)), images);
    return f.empty() ? f : std::string(name) + ": " + f;
  };
  if (Failure f = check("mask_for_overlay", mask_for_overlay); !f.empty()) return f;
  if (Failure f = check("overlay", prepared.overlay); !f.empty()) return f;
  if (Failure f = check("encoder_input", prepared.init_image); !f.empty()) return f;
  return prepared.latent_mask ? compare_latent_mask(prepared, c, settings.mask_round) : "";
}

Failure scale_row(const Case& c) {
  Json got = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    const Size size = scaled_by({call[0], call[1]}, call[2]);
    got.push_back({size.width, size.height});
  }
  return compare(got, results_of(c));
}

Failure paste_premultiplied_row(const Case& c) {
  const Image rgba = c.image(c.inputs.at("rgba"));
  return compare(unpremultiply(premultiplied_outside(rgba, invert(c.image(c.inputs.at("mask"))))),
                 c.image(c.expected.at("rgba_result")), c.tolerance);
}

Failure mask_input_row(const Case& c) {
  const bool brushed = c.inputs.at("mode") == "inpaint";
  const Image mask = c.image(c.inputs.at("mask"));
  return compare(brushed ? create_binary_mask(create_binary_mask(mask)) : create_binary_mask(mask),
                 c.image(c.expected.at("mask")), c.tolerance);
}

Failure inpaint_sketch_row(const Case& c) {
  const InpaintSketch got =
      inpaint_sketch(to_rgb(c.image(c.inputs.at("image"))), to_rgb(c.image(c.inputs.at("sketch"))),
                     c.inputs.at("mask_transparency"), c.inputs.at("mask_blur"));
  if (Failure f = compare(got.mask, c.image(c.expected.at("mask")), c.tolerance.at("mask")); !f.empty())
    return "mask: " + f;
  return compare(got.image, c.image(c.expected.at("image")), c.tolerance.at("image"));
}

SoftInpainting soft_of(const Json& s) {
  return {s.at("schedule_bias"),  s.at("preservation_strength"), s.at("transition_contrast_boost"),
          s.at("mask_influence"), s.at("difference_threshold"),  s.at("difference_contrast")};
}

Failure kernel_row(const Case& c) {
  const int radius = c.inputs.at("max_radius");
  const std::vector<double> kernel = gaussian_kernel(c.inputs.at("stddev_radius"), radius);
  Json rows = Json::array();
  for (std::size_t i = 0, side = static_cast<std::size_t>(2 * radius + 1); i < kernel.size(); i += side)
    rows.push_back(std::vector<double>(&kernel[i], &kernel[i] + side));
  return compare(rows, c.expected.at("kernel"), c.tolerance);
}

Field field_of(const Array& array) {
  const std::size_t rank = array.shape.size();
  Field field{static_cast<int>(array.shape[rank - 1]), static_cast<int>(array.shape[rank - 2]), array.data};
  field.values.resize(static_cast<std::size_t>(field.width * field.height));  // the first channel
  return field;
}

Failure histogram_row(const Case& c) {
  const int radius = c.inputs.at("kernel_max_radius");
  const std::vector<double> kernel = gaussian_kernel(c.inputs.at("kernel_stddev_radius"), radius);
  const Array expected = c.array(c.expected.at("image"));
  const Field got =
      weighted_histogram_filter(field_of(c.array(c.inputs.at("image"))), kernel, radius, c.inputs.at("percentile_min"),
                                c.inputs.at("percentile_max"), c.inputs.at("min_width"));
  return compare(got.values, expected.shape, expected, c.tolerance);
}

Failure smootherstep_row(const Case& c) {
  Json got = Json::array();
  for (const Json& x : c.inputs.at("x")) got.push_back(smootherstep(x));
  return compare(got, c.expected.at("smootherstep"), c.tolerance);
}

/// Length over the channels of the difference of two latents [N, C, h, w], picture n.
Field distance_of(const Array& a, const Array& b, std::size_t n) {
  const auto channels = static_cast<std::size_t>(a.shape[1]), area = static_cast<std::size_t>(a.shape[2] * a.shape[3]);
  Field field{static_cast<int>(a.shape[3]), static_cast<int>(a.shape[2]), std::vector<float>(area)};
  for (std::size_t i = 0; i < area; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < channels; ++k) {
      const std::size_t at = (n * channels + k) * area + i;
      sum += std::pow(static_cast<double>(a.data[at]) - static_cast<double>(b.data[at]), 2);
    }
    field.values[i] = static_cast<float>(std::sqrt(sum));
  }
  return field;
}

Failure adaptive_row(const Case& c) {
  const Array before = c.array(c.inputs.at("latent_original")), after = c.array(c.inputs.at("latent_processed"));
  const Array nmasks = c.array(c.inputs.at("nmask"));
  std::optional<Rect> paste_to;
  if (const Json& p = c.inputs.at("paste_to"); !p.is_null())
    paste_to = Rect{p[0], p[1], p[0].get<int>() + p[2].get<int>(), p[1].get<int>() + p[3].get<int>()};
  for (std::size_t n = 0; n < c.inputs.at("overlays").size(); ++n) {
    const Image original = c.image(c.inputs.at("overlays")[n]);
    Field nmask = field_of(nmasks);
    if (nmasks.shape.size() == 4 && nmasks.shape[0] > 1) {
      const std::size_t from = n * static_cast<std::size_t>(nmasks.shape[1] * nmasks.shape[2] * nmasks.shape[3]);
      nmask.values.assign(&nmasks.data[from], &nmasks.data[from] + nmask.values.size());
    }
    const Mask mask = adaptive_mask(soft_of(c.inputs.at("settings")), nmask, distance_of(before, after, n),
                                    {c.inputs.at("width"), c.inputs.at("height")}, paste_to, original.size());
    if (Failure f = compare(mask, to_grey(c.image(c.expected.at("masks")[n])), c.tolerance); !f.empty())
      return "mask: " + f;
    if (Failure f = compare(make_overlay(to_rgb(original), mask), c.image(c.expected.at("overlays")[n]), c.tolerance);
        !f.empty())
      return "overlay: " + f;
  }
  return "";
}

}  // namespace

std::vector<Row> canvas_rows() {
  return {
      {"resize_image", resize_row}, {"create_binary_mask", binary_mask},
      {"get_crop_region_v2", crop_region_row}, {"expand_crop_region", expand_row}, {"fill", fill_row},
      {"apply_overlay", overlay_row}, {"prepare_inpaint", prepare_row}, {"scale_by", scale_row},
      {"pil_paste_premultiplied", paste_premultiplied_row}, {"mask_input", mask_input_row},
      {"inpaint_sketch", inpaint_sketch_row}, {"get_gaussian_kernel", kernel_row},
      {"weighted_histogram_filter", histogram_row}, {"smootherstep", smootherstep_row},
      {"apply_adaptive_masks", adaptive_row}};
}

}  // namespace redraw::golden
