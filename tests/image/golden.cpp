// Golden rows of the image room: Pillow's operations, reading, PNG text.
#include <fmt/format.h>

#include "base/files.h"
#include "image/blur.h"
#include "image/color.h"
#include "image/composite.h"
#include "image/exif_text.h"
#include "image/png.h"
#include "image/read.h"
#include "image/resample.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

Failure pil_gaussian_blur(const Case& c) {
  return compare(gaussian_blur(c.image(c.inputs.at("grey")), c.inputs.at("radius")), c.image(c.expected.at("blurred")),
                 c.tolerance);
}

Failure pil_resize_bicubic(const Case& c) {
  return compare(resize_bicubic(c.image(c.inputs.at("grey")), {c.inputs.at("width"), c.inputs.at("height")}),
                 c.image(c.expected.at("image")), c.tolerance);
}

Failure flatten_row(const Case& c) {
  return compare(flatten(c.image(c.inputs.at("image")), parse_color(c.inputs.at("background").get<std::string>())),
                 c.image(c.expected.at("image")), c.tolerance);
}

Failure read_row(const Case& c) {
  const Image image = read_image(c.path(c.inputs.at("file")));
  return compare(flatten(image, parse_color(c.inputs.value("background", "#ffffff"))), c.image(c.expected.at("image")),
                 c.tolerance);
}

Failure mask_blur(const Case& c) {
  return compare(
      blur_mask(to_grey(c.image(c.inputs.at("mask"))), c.inputs.at("mask_blur_x"), c.inputs.at("mask_blur_y")),
      c.image(c.expected.at("mask")), c.tolerance);
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// What redraw writes for the same text must read as the same (it writes PNG).
Failure write_and_read(const std::string& text) {
  const TextChunk chunk{"parameters", text};
  const auto bytes = encode_png(Image(2, 2, 3), {&chunk, 1});
  return compare(Json(picture_infotext(std::string(bytes.begin(), bytes.end())).value_or("")), Json(text));
}

Failure read_info(const Case& c) {
  const std::string bytes = read_file(c.path(c.inputs.at("file")));
  const auto text = picture_infotext(bytes);
  if (Failure failure = compare(text ? Json(*text) : Json(), c.expected.at("infotext")); !failure.empty())
    return failure;
  if (c.expected.contains("user_comment_hex") &&
      user_comment(exif_block(bytes)) != bytes_of_hex(c.expected.at("user_comment_hex")))
    return "another user comment";
  const auto texts = png_texts(bytes);
  const Json other = c.expected.value("other", Json::object());
  for (const auto& [key, value] : other.items())
    if (!texts.contains(key) || texts.at(key) != value) return "another text \"" + key + "\"";
  return c.inputs.contains("written") ? write_and_read(c.inputs.at("written")) : "";
}

Failure premultiply_row(const Case& c) {
  return compare(premultiply(c.image(c.inputs.at("rgba"))), c.image(c.expected.at("premultiplied")), c.tolerance);
}

Failure unpremultiply_row(const Case& c) {
  return compare(unpremultiply(c.image(c.inputs.at("premultiplied"))), c.image(c.expected.at("rgba")), c.tolerance);
}

Failure alpha_composite_row(const Case& c) {
  return compare(alpha_composite(c.image(c.inputs.at("dst")), c.image(c.inputs.at("src"))),
                 c.image(c.expected.at("image")), c.tolerance);
}

Failure paste_mask_row(const Case& c) {
  Image target = c.image(c.inputs.at("dst"));
  paste(target, c.image(c.inputs.at("src")), 0, 0, c.image(c.inputs.at("mask")));
  return compare(target, c.image(c.expected.at("image")), c.tolerance);
}

Failure composite_row(const Case& c) {
  const auto image = [&](const char* name) { return c.image(c.inputs.at(name)); };
  return compare(composite(image("image1"), image("image2"), image("mask")), c.image(c.expected.at("image")),
                 c.tolerance);
}

Failure to_grey_row(const Case& c) {
  return compare(to_grey(c.image(c.inputs.at("rgb"))), c.image(c.expected.at("grey")), c.tolerance);
}

Failure invert_row(const Case& c) {
  return compare(invert(c.image(c.inputs.at("grey"))), c.image(c.expected.at("inverted")), c.tolerance);
}

Failure blur_premultiplied_row(const Case& c) {
  const Image blurred = gaussian_blur(premultiply(c.image(c.inputs.at("rgba"))), c.inputs.at("radius"));
  return compare(unpremultiply(blurred), c.image(c.expected.at("rgba_result")), c.tolerance);
}

Image image_of(const Array& array) {
  Image image(static_cast<int>(array.shape[1]), static_cast<int>(array.shape[0]), static_cast<int>(array.shape[2]));
  for (std::size_t i = 0; i < image.data.size(); ++i) image.data[i] = static_cast<std::uint8_t>(array.data[i]);
  return image;
}

/// Each stage from the expected result of the one before, then all at once.
Failure color_correction_row(const Case& c) {
  const auto array = [&](const char* name) { return image_of(c.array(c.expected.at(name))); };
  const Image target = c.image(c.inputs.at("target")), image = c.image(c.inputs.at("image"));
  const auto check = [&](const char* name, const Image& got, const Image& expected, const char* tolerance) {
    const Failure f = compare(got, expected, c.tolerance.at(tolerance));
    return f.empty() ? f : std::string(name) + ": " + f;
  };
  const Image target_lab = array("target_lab"), image_lab = array("image_lab"), matched_lab = array("matched_lab");
  for (const Failure& f :
       {check("target_lab", rgb_to_lab(target), target_lab, "target_lab"),
        check("image_lab", rgb_to_lab(image), image_lab, "image_lab"),
        check("matched_lab", match_histograms(image_lab, target_lab), matched_lab, "matched_lab_from_expected_labs"),
        check("matched_rgb", lab_to_rgb(matched_lab), c.image(c.expected.at("matched_rgb")),
              "matched_rgb_from_expected_matched_lab")})
    if (!f.empty()) return f;
  return check("image", correct_colors(image, target), c.image(c.expected.at("image")), "image");
}

}  // namespace

std::vector<Row> image_rows() {
  return {{"pil_gaussian_blur", pil_gaussian_blur}, {"pil_resize_bicubic", pil_resize_bicubic},
          {"flatten", flatten_row}, {"read_image", read_row}, {"mask_blur", mask_blur},
          {"read_info_from_image", read_info}, {"pil_premultiply", premultiply_row},
          {"pil_unpremultiply", unpremultiply_row}, {"pil_alpha_composite", alpha_composite_row},
          {"pil_paste_mask", paste_mask_row}, {"pil_composite", composite_row}, {"pil_to_grey", to_grey_row},
          {"pil_invert", invert_row}, {"pil_gaussian_blur_premultiplied", blur_premultiplied_row},
          {"color_correction", color_correction_row}};
}

}  // namespace redraw::golden
