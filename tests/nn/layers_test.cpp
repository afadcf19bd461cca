// Tests of nn/layers: convolutions of seamless pictures.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "nn/layers.h"

using namespace redraw;

namespace {

at::Tensor turned(const at::Tensor& x) { return at::roll(x, {2, 4}, {2, 3}); }

}  // namespace

CATCH_TEST_CASE("conv: with circular padding a picture that is turned gives the turned result", "[nn][property]") {
  at::manual_seed(1);
  const at::Tensor x = at::randn({2, 3, 8, 12});
  for (const std::int64_t stride : {1, 2}) {
    const Conv layer{at::randn({5, 3, 3, 3}), at::randn({5}), stride, 1};
    const auto wanted = [&](const at::Tensor& y) { return at::roll(y, {2 / stride, 4 / stride}, {2, 3}); };
    const at::Tensor plain = conv(x, layer);
    CATCH_CHECK_FALSE(at::allclose(conv(turned(x), layer), wanted(plain), 1e-4, 1e-4));
    {
      const CircularPadding seamless(true);
      const at::Tensor y = conv(x, layer);
      CATCH_CHECK(y.sizes() == plain.sizes());
      CATCH_CHECK(at::allclose(conv(turned(x), layer), wanted(y), 1e-4, 1e-4));
    }
    CATCH_CHECK(conv(x, layer).equal(plain));  // the mode ends with the guard
  }
}
