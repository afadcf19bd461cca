// WebP pictures through libwebp.
#include "image/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <cstring>
#include <memory>
#include <stdexcept>

namespace redraw {
namespace {

WebPBitstreamFeatures features_of(std::string_view bytes) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status =
      WebPGetFeatures(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), &features);
  if (status == VP8_STATUS_NOT_ENOUGH_DATA) throw std::runtime_error("the file ends too early");
  if (status != VP8_STATUS_OK) throw std::runtime_error("it is no sound WebP file");
  return features;
}

}  // namespace

bool is_webp(std::string_view bytes) {
  return bytes.size() >= 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP";
}

bool webp_has_exif(std::string_view head) {
  constexpr std::size_t kFlags = 20;
  constexpr int kExif = 0x08;
  return head.size() > kFlags && head.substr(12, 4) == "VP8X" && (head[kFlags] & kExif) != 0;
}

Size webp_size(std::string_view bytes) {
  const WebPBitstreamFeatures features = features_of(bytes);
  return {features.width, features.height};
}

Image decode_webp(std::string_view bytes) {
  const WebPBitstreamFeatures features = features_of(bytes);
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(WebPAnimDecoderNew(&data, nullptr),
                                                                             WebPAnimDecoderDelete);
  std::uint8_t* rgba = nullptr;
  int milliseconds = 0;
  if (!decoder || WebPAnimDecoderGetNext(decoder.get(), &rgba, &milliseconds) == 0)
    throw std::runtime_error("its pixels are damaged or cut short");
  Image image(features.width, features.height, features.has_alpha != 0 ? 4 : 3);
  const std::size_t pixels = image.data.size() / static_cast<std::size_t>(image.channels);
  for (std::size_t i = 0; i < pixels; ++i)
    std::memcpy(&image.data[i * static_cast<std::size_t>(image.channels)], rgba + 4 * i,
                static_cast<std::size_t>(image.channels));
  return image;
}

}  // namespace redraw
