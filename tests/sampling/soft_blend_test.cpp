// Tests of sampling/soft_blend: what the mask becomes at a noise level, and how latents mix.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "sampling/noise.h"
#include "sampling/soft_blend.h"
#include "support/close.h"

using namespace redraw;

namespace {

at::Tensor latent(std::int64_t seed) { return at::randn({2, 4, 5, 6}, cpu_generator(seed), at::kFloat); }
at::Tensor all(double value) { return at::full({2, 1, 5, 6}, value, at::kFloat); }
double farthest(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

CATCH_TEST_CASE("soft blend: black and white of the mask stay black and white at every noise level",
                "[sampling][property]") {
  for (const double sigma : {0.03, 1.0, 14.6, 999.0}) {
    CATCH_CHECK(modified_nmask({}, all(0), sigma).equal(all(0)));
    CATCH_CHECK(modified_nmask({}, all(1), sigma).equal(all(1)));
  }
}

CATCH_TEST_CASE("soft blend: grey places are kept more while there is much noise, and at 0 all is redrawn",
                "[sampling]") {
  double last = 2;
  for (const double sigma : {0.0, 0.1, 1.0, 5.0, 14.6}) {
    const double value = modified_nmask({}, all(0.5), sigma)[0][0][0][0].item<double>();
    CATCH_CHECK(value < last);
    last = value;
  }
  CATCH_CHECK(modified_nmask({}, all(0), 0).equal(all(1)));  // 0 ^ 0
}

CATCH_TEST_CASE("soft blend: 0 is the original, 1 the new", "[sampling][property]") {
  CATCH_CHECK(farthest(latent_blend({}, latent(1), latent(2), all(0)), latent(1)) <
              2e-4);  // A1111 adds 1e-5 to the length
  CATCH_CHECK(farthest(latent_blend({}, latent(1), latent(2), all(1)), latent(2)) < 2e-4);
}

CATCH_TEST_CASE("soft blend: a mix of two of one length keeps that length", "[sampling]") {
  const auto unit = [](const at::Tensor& x) { return x / at::linalg_vector_norm(x, 2, at::IntArrayRef{1}, true); };
  const at::Tensor mixed = latent_blend({}, unit(latent(1)), unit(latent(2)), all(0.3));
  const at::Tensor length = at::linalg_vector_norm(mixed, 2, at::IntArrayRef{1});
  CATCH_CHECK(farthest(length, at::ones_like(length)) < 1e-3);
}

CATCH_TEST_CASE("soft blend: opposite latents that cancel give no NaN", "[sampling]") {
  const at::Tensor mixed = latent_blend({}, latent(1), -latent(1), all(0.5));
  CATCH_CHECK(at::isfinite(mixed).all().item<bool>());
  CATCH_CHECK(
      at::isfinite(latent_blend({}, at::zeros({2, 4, 5, 6}), at::zeros({2, 4, 5, 6}), all(0.5))).all().item<bool>());
}

CATCH_TEST_CASE("soft blend: each picture of a batch is blended by its own mask", "[sampling][property]") {
  const at::Tensor t = at::cat({all(0.2).narrow(0, 0, 1), all(0.8).narrow(0, 0, 1)});
  const at::Tensor both = latent_blend({}, latent(1), latent(2), t);
  for (std::int64_t i = 0; i < 2; ++i)
    CATCH_CHECK(
        both[i].equal(latent_blend({}, latent(1).narrow(0, i, 1), latent(2).narrow(0, i, 1), t.narrow(0, i, 1))[0]));
}
