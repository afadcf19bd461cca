// Pictures to tensors and back.
#include "pipeline/pixels.h"

#include <ATen/ATen.h>

#include "image/resample.h"
#include "redraw/error.h"

namespace redraw {
namespace {

at::Tensor bytes_of(const Image& image) {  // [H, W, C] u8, a view of the picture
  return at::from_blob(const_cast<std::uint8_t*>(image.data.data()),
                       {image.height, image.width, image.channels}, at::kByte);
}

}  // namespace

at::Tensor images_to_tensor(std::span<const Image* const> images) {
  std::vector<at::Tensor> rows;
  for (const Image* image : images) {
    REDRAW_CHECK(image->channels == 3, "pictures enter the VAE as RGB");
    rows.push_back(bytes_of(*image).permute({2, 0, 1}));  // [3, H, W]
  }
  return at::stack(rows).to(at::kFloat).div_(255).mul_(2).sub_(1);  // [N, 3, H, W]
}

at::Tensor tensor_to_bytes(const at::Tensor& tensor) {
  return ((tensor + 1) / 2).clamp_(0, 1).mul_(255).to(at::kByte).permute({0, 2, 3, 1}).contiguous();
}

Image tensor_to_image(const at::Tensor& tensor) { return bytes_to_image(tensor_to_bytes(tensor.unsqueeze(0))[0]); }

Image bytes_to_image(const at::Tensor& bytes) {
  Image image(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), 3);
  std::copy_n(bytes.const_data_ptr<std::uint8_t>(), image.data.size(), image.data.begin());
  return image;
}

at::Tensor mask_to_tensor(const Mask& mask, bool round) {
  const at::Tensor grey = bytes_of(mask).permute({2, 0, 1}).to(at::kFloat).div_(255);  // [1, H, W]
  return round ? grey.round() : grey;
}

at::Tensor latent_mask_of(const Mask& mask, int latent_width, int latent_height, bool round) {
  return mask_to_tensor(resize_bicubic(mask, {latent_width, latent_height}), round);
}

}  // namespace redraw
