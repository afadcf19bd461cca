// Tests of conv_add and the optional rows of the table of fused kernels, by a table whose kernels are ATen's.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "nn/fused.h"
#include "nn/layers.h"
#include "support/close.h"

using namespace redraw;

namespace {

int added = 0, doubled = 0;
bool refuses = false;

at::Tensor add(const at::Tensor& h, const at::Tensor& bias, const at::Tensor& residual) {
  ++added;
  return refuses ? at::Tensor() : add_bias_residual_by_aten(h, bias, residual);
}
at::Tensor twice(const at::Tensor& x) {
  ++doubled;
  return refuses ? at::Tensor() : upsample_2x_by_aten(x);
}
at::Tensor no_norm(const at::Tensor&, const at::Tensor&, const at::Tensor&, std::int64_t, double, bool) { return {}; }
at::Tensor no_geglu(const at::Tensor&) { return {}; }
constexpr FusedKernels kTable{no_norm, no_geglu, add, twice};

/// The table in the CPU's place for a while.
class WithTable {
 public:
  WithTable() : before_(fused_kernels(at::kCPU)) {
    added = doubled = 0;
    set_fused_kernels(at::kCPU, &kTable);
  }
  ~WithTable() { set_fused_kernels(at::kCPU, before_); }
  WithTable(const WithTable&) = delete;
  WithTable& operator=(const WithTable&) = delete;

 private:
  const FusedKernels* before_;
};

bool close(const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, test::kF32Cpu, test::kF32Cpu); }

struct Made {
  at::Tensor x = at::randn({2, 6, 5, 4}).contiguous(at::MemoryFormat::ChannelsLast);
  Conv layer{at::randn({8, 6, 3, 3}), at::randn({8}), 1, 1};
  at::Tensor residual = at::randn({2, 8, 5, 4}), of_images = at::randn({2, 8, 1, 1});
};

}  // namespace

CATCH_TEST_CASE("conv_add: by the kernels what it is without them, for maps and for one number a channel", "[nn]") {
  const c10::InferenceMode guard;
  const Made made;
  for (refuses = false;; refuses = true) {
    for (const at::Tensor& residual : {made.residual, made.of_images}) {
      const at::Tensor plain = conv(made.x, made.layer) + residual, kept = residual.clone();
      CATCH_CHECK(close(conv_add(made.x, made.layer, residual), plain));
      const WithTable table;
      CATCH_CHECK(close(conv_add(made.x, made.layer, residual), plain));
      CATCH_CHECK(added == 1);  // the convolution inside brings no bias
      CATCH_CHECK(residual.equal(kept));
    }
    if (refuses) break;
  }
}

CATCH_TEST_CASE("conv: takes the kernel for its bias, circular too, and without a bias not", "[nn]") {
  const c10::InferenceMode guard;
  refuses = false;
  const Made made;
  for (const bool on : {false, true}) {
    const CircularPadding circular(on);
    CATCH_CHECK(CircularPadding::is_on() == on);
    const at::Tensor plain = conv(made.x, made.layer);
    const WithTable table;
    CATCH_CHECK(close(conv(made.x, made.layer), plain));
    CATCH_CHECK(added == 1);
    conv(made.x, {made.layer.weight, {}, 1, 1});
    CATCH_CHECK(added == 1);
  }
}

CATCH_TEST_CASE("upsample_nearest: takes the kernel for exactly twice the size alone", "[nn]") {
  const c10::InferenceMode guard;
  const Made made;
  for (const bool refusing : {false, true}) {
    refuses = refusing;
    const at::Tensor plain = upsample_nearest(made.x, 10, 8), odd = upsample_nearest(made.x, 9, 8);
    const WithTable table;
    CATCH_CHECK(upsample_nearest(made.x, 10, 8).equal(plain));
    CATCH_CHECK(doubled == 1);
    CATCH_CHECK(upsample_nearest(made.x, 9, 8).equal(odd));
    CATCH_CHECK(doubled == 1);
  }
}
