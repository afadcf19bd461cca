// Tests of pipeline/pixels: bytes to numbers and back, masks at latent size.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "pipeline/pixels.h"
#include "support/close.h"
#include "support/tiny_job.h"

using namespace redraw;

CATCH_TEST_CASE("pixels: black is -1, white is 1, and channels come first", "[pipeline]") {
  Image image(2, 1, 3);
  image.data = {0, 255, 0, 255, 255, 0};
  const Image* const images[] = {&image, &image};
  const at::Tensor tensor = images_to_tensor(images);
  CATCH_CHECK(tensor.sizes() == at::IntArrayRef({2, 3, 1, 2}));
  CATCH_CHECK(tensor[1].equal(at::tensor({-1.0F, 1.0F, 1.0F, 1.0F, -1.0F, -1.0F}).view({3, 1, 2})));
}

CATCH_TEST_CASE("pixels: a picture comes back within one step, for the original truncates", "[pipeline][property]") {
  const Image image = test::noisy_image(16, 9, 3);
  const Image* const images[] = {&image};
  CATCH_CHECK(test::largest_difference(tensor_to_image(images_to_tensor(images)[0]), image) <= test::kPixelSteps);
  CATCH_CHECK(tensor_to_image(at::full({3, 2, 2}, 5.0)) == Image(2, 2, 3, 255));
  CATCH_CHECK(tensor_to_image(at::full({3, 2, 2}, -5.0)) == Image(2, 2, 3, 0));
}

CATCH_TEST_CASE("pixels: a mask at latent size is 0 or 1", "[pipeline]") {
  const at::Tensor mask = latent_mask_of(test::square_mask({64, 48}, {16, 16, 40, 32}), 8, 6, true);
  CATCH_REQUIRE(mask.sizes() == at::IntArrayRef({1, 6, 8}));
  CATCH_CHECK(((mask == 0) | (mask == 1)).all().item<bool>());
  CATCH_CHECK(mask.sum().item<float>() == 6);  // 3 x 2 cells
  CATCH_CHECK(mask[0][2][2].item<float>() == 1);
  CATCH_CHECK(mask[0][0][0].item<float>() == 0);
}
