// Golden rows of the image room: Pillow's operations, reading, PNG text.
#include <fmt/format.h>

#include "base/files.h"
#include "image/blur.h"
#include "image/composite.h"
#include "image/png.h"
#include "image/read.h"
#include "image/resample.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

Failure pil_gaussian_blur(const Case& c) {
  return compare(gaussian_blur(c.image(c.inputs.at("grey")), c.inputs.at("radius")), c.image(c.expected.at("blurred")), c.tolerance);
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
  return compare(flatten(image, parse_color(c.inputs.value("background", "#ffffff"))), c.image(c.expected.at("image")), c.tolerance);
}

Failure mask_blur(const Case& c) {
  return compare(blur_mask(to_grey(c.image(c.inputs.at("mask"))), c.inputs.at("mask_blur_x"), c.inputs.at("mask_blur_y")),
                 c.image(c.expected.at("mask")), c.tolerance);
}

Failure read_info(const Case& c) {
  const std::string file = c.inputs.at("file");
  if (!file.ends_with(".png")) throw Skip{"reads PNG only"};
  if (!c.expected.contains("infotext") || c.expected.at("infotext").is_null()) throw Skip{"no infotext expected"};
  const auto texts = png_texts(read_file(c.path(file)));
  const auto found = texts.find("parameters");
  if (found == texts.end()) return "no parameters chunk";
  if (Failure failure = compare(Json(found->second), c.expected.at("infotext")); !failure.empty()) return failure;
  if (!c.inputs.contains("written")) return "";
  const TextChunk chunk{"parameters", c.inputs.at("written")};
  const auto again = png_texts([&] {
    const auto bytes = encode_png(Image(2, 2, 3), {&chunk, 1});
    return std::string(bytes.begin(), bytes.end());
  }());
  return compare(Json(again.at("parameters")), c.expected.at("infotext"));
}

}  // namespace

std::vector<Row> image_rows() {
  return {{"pil_gaussian_blur", pil_gaussian_blur}, {"pil_resize_bicubic", pil_resize_bicubic},
          {"flatten", flatten_row}, {"read_image", read_row}, {"mask_blur", mask_blur},
          {"read_info_from_image", read_info}};
}

}  // namespace redraw::golden
