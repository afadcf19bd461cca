// Golden rows of the upscale room: what a file is, the networks, A1111's tiles and scales.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <map>

#include "canvas/enlarge.h"
#include "image/composite.h"
#include "image/row_streams.h"
#include "support/tensors.h"
#include "upscale/torch_upscaler.h"

namespace redraw::golden {
namespace {

namespace fs = std::filesystem;

/// A file of the packs, or one of the package's where it is set up.
fs::path file_of(const Case& c) {
  if (!c.inputs.contains("package_model")) return c.path(c.inputs.at("model"));
  const fs::path file = fs::path(REDRAW_SOURCE_DIR) / ".deps/upscalers" /
                        fs::path(c.inputs.at("package_model").get<std::string>()).filename();
  if (!fs::exists(file)) throw Skip{"the package is not set up"};
  return file;
}

const Network& network_of(const Case& c) {
  static std::map<std::string, std::unique_ptr<Network>> loaded;
  std::unique_ptr<Network>& network = loaded[file_of(c).string()];
  if (!network) network = load_network(file_of(c), {at::kCPU, at::kFloat});
  return *network;
}

Image image_of(const Case& c) {
  const Array array = c.array(c.inputs.at("image_u8"));
  Image image(static_cast<int>(array.shape[1]), static_cast<int>(array.shape[0]), 3);
  std::transform(array.data.begin(), array.data.end(), image.data.begin(),
                 [](float v) { return static_cast<std::uint8_t>(v); });
  return image;
}

Failure compare_image(const Image& got, const Case& c) {
  const std::vector<float> values(got.data.begin(), got.data.end());
  return compare(values, {got.height, got.width, got.channels}, c.array(c.expected.at("image_u8")), c.tolerance);
}

Failure info_row(const Case& c) {
  const NetworkTraits& t = network_of(c).traits;
  return compare(Json{{"architecture", t.architecture},
                      {"scale", t.scale},
                      {"input_channels", t.input_channels},
                      {"tags", t.tags},
                      {"minimum", t.minimum},
                      {"multiple_of", t.multiple_of}},
                 c.expected, c.tolerance);
}

Failure upscale_row(const Case& c) {
  const c10::InferenceMode guard;
  const at::Tensor x = to_tensor(c.array(c.inputs.at("image_u8"))).permute({2, 0, 1}).unsqueeze(0) / 255;
  return compare(run_network(network_of(c), x), c.array(c.expected.at("image")), c.tolerance);
}

Enlarge webui_pass(const Case& c) {
  const Network& network = network_of(c);
  const Tiling tiling{c.inputs.at("tile"), c.inputs.at("overlap"), TileRule::kWebui, {}};
  return [&network, tiling](const Image& image, double) {
    Image result(image.width * network.traits.scale, image.height * network.traits.scale, 3);
    push_rows(image, *network_rows(network, image.size(), tiling, collector(result)));
    return result;
  };
}

Failure webui_row(const Case& c) {
  const c10::InferenceMode guard;
  return compare_image(webui_pass(c)(image_of(c), 1), c);
}

Failure to_scale_row(const Case& c) {
  const c10::InferenceMode guard;
  return compare_image(enlarge_by(image_of(c), c.inputs.at("scale"), webui_pass(c)), c);
}

}  // namespace

std::vector<Row> upscale_rows() {
  return {{"upscaler_info", info_row},
          {"upscale", upscale_row},
          {"upscale_webui", webui_row},
          {"upscale_webui_weighted", webui_row},
          {"upscale_to_scale", to_scale_row}};
}

}  // namespace redraw::golden
