// Tests of pipeline/vae_run and of the UNet's own check: what overflows in f16 is done again in f32, and said.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include "pipeline/engine.h"
#include "pipeline/vae_run.h"
#include "support/errors.h"
#include "support/made_model.h"
#include "support/safetensors_file.h"
#include "support/temp_folder.h"
#include "support/tiny_job.h"

using namespace redraw;

namespace {

const DeviceChoice kHalfVae{at::kCPU, at::kFloat, at::kHalf};

/// A checkpoint with one weight made so large that what it gives leaves f16, while the weight itself does not.
class Planted {
 public:
  Planted(const std::string& key, double factor) {
    StateDict keys = test::MadeModel({"sd1"}).keys;
    keys.at(key) = keys.at(key) * factor;
    path_ = test::write_safetensors(folder_ / "planted.safetensors", keys);
  }
  const std::filesystem::path& path() const { return path_; }
  std::unique_ptr<Model> load(const DeviceChoice& choice) const { return load_model(path_, "", choice); }

 private:
  test::TempFolder folder_;
  std::filesystem::path path_;
};

// In f16 all between the encoder's and the decoder's ends is scaled down (models/vae_scale); these two layers are not.
const std::string kBeforeDecoder = "first_stage_model.post_quant_conv.weight",
                  kAfterEncoder = "first_stage_model.quant_conv.weight";

at::Tensor noise(std::vector<std::int64_t> shape) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(3), at::kFloat);
}

double largest(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

std::vector<Generated> redraw_with(const Planted& planted, const std::string& vae_dtype,
                                   const std::string& dtype = "f32", int* steps = nullptr) {
  EngineSpec spec;
  spec.model_path = planted.path().string();
  spec.device = "cpu";
  spec.dtype = dtype;
  spec.vae_dtype = vae_dtype;
  test::TinyJob job(1);
  job.job.recipe.model = spec.model_path;
  job.job.recipe.cfg_scale = 1;
  const EngineTask task = job.task();
  return create_engine(spec)->run({&task, 1}, [&](int step, int) { if (steps != nullptr) *steps = step; });
}

}  // namespace

CATCH_TEST_CASE("vae_run: a picture that overflows in f16 is decoded again in f32, and only that one", "[pipeline]") {
  const c10::InferenceMode guard;
  const Planted planted(kBeforeDecoder, 1e4);
  const at::Tensor latents = noise({2, 4, 6, 5}) * at::tensor({0.02, 4.0}).view({2, 1, 1, 1});
  const at::Tensor exact = planted.load({at::kCPU, at::kFloat})->decode(latents);
  const std::unique_ptr<Model> half = planted.load(kHalfVae);
  CATCH_REQUIRE(at::isfinite(half->decode(latents)[0]).all().item<bool>());
  CATCH_REQUIRE_FALSE(at::isfinite(half->decode(latents)[1]).all().item<bool>());
  const VaeResult result = run_decoder(*half, latents, {});
  CATCH_CHECK(result.notes == RowNotes{{}, {"the VAE overflowed in f16: the picture was decoded again in f32"}});
  CATCH_CHECK(largest(result.values[1], exact[1]) < 1e-5);
  CATCH_CHECK_FALSE(result.values[0].equal(exact[0]));  // still the one in f16
  CATCH_CHECK(largest(result.values[0], exact[0]) < 0.05);
}

CATCH_TEST_CASE("vae_run: the same in tiles, and for what enters the VAE", "[pipeline]") {
  const c10::InferenceMode guard;
  const Planted planted(kAfterEncoder, 5e4);
  const at::Tensor image = noise({1, 3, 40, 56}).clamp(-1, 1);
  const at::Tensor exact = planted.load({at::kCPU, at::kFloat})->encode(image);
  const std::unique_ptr<Model> half = planted.load(kHalfVae);
  for (const char* tile : {"off", "64", "auto"}) {
    Recipe recipe;
    recipe.vae_tile = tile;
    const VaeResult result = run_encoder(*half, image, recipe);
    CATCH_INFO(tile);
    CATCH_CHECK(result.notes[0] ==
                std::vector<std::string>{"the VAE overflowed in f16: the picture was encoded again in f32"});
    CATCH_CHECK(largest(result.values, exact) < 2e-5);
  }
}

CATCH_TEST_CASE("vae_run: what is not finite before it enters the VAE is not tried again", "[pipeline]") {
  const c10::InferenceMode guard;
  const std::unique_ptr<Model> half = Planted(kBeforeDecoder, 1).load(kHalfVae);
  at::Tensor latents = noise({1, 4, 6, 5});
  latents[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  CATCH_CHECK(run_decoder(*half, latents, {}).notes == RowNotes{{}});
}

CATCH_TEST_CASE("vae_run: an engine whose VAE overflows gives the picture of f32, with a note", "[pipeline]") {
  const Planted planted(kBeforeDecoder, 2e4);
  const auto half = redraw_with(planted, "f16"), full = redraw_with(planted, "f32");
  CATCH_REQUIRE_FALSE(half[0].error);
  CATCH_CHECK(half[0].notes ==
              std::vector<std::string>{"the VAE overflowed in f16: the picture was decoded again in f32"});
  CATCH_CHECK(full[0].notes.empty());
  CATCH_CHECK(test::largest_difference(half[0].image, full[0].image) <= 12);  // it was encoded in f16
}

CATCH_TEST_CASE("engine: a UNet that overflows ends at its first step, with the way out", "[pipeline]") {
  const Planted planted("model.diffusion_model.out.2.weight", 2e5);
  int steps = 0;
  const auto error = test::error_of([&] { redraw_with(planted, "f32", "f16", &steps); });
  CATCH_REQUIRE(error);
  CATCH_CHECK(error->kind() == ErrorKind::kModel);
  CATCH_CHECK(test::mentions(*error, "overflow in f16"));
  CATCH_CHECK(test::mentions(*error, "planted.safetensors"));
  CATCH_CHECK(test::mentions(*error, "--dtype f32"));
  CATCH_CHECK(steps == 0);
}

CATCH_TEST_CASE("engine: settings of SDXL with another family are told, and refused with strict", "[pipeline]") {
  const Planted plain(kBeforeDecoder, 1);
  EngineSpec spec;
  spec.model_path = plain.path().string();
  spec.device = "cpu";
  const auto engine = create_engine(spec);
  test::TinyJob job(1);
  const EngineTask task = job.task();
  const auto run = [&] { return engine->run({&task, 1}, [](int, int) {}); };
  CATCH_CHECK(run()[0].notes.empty());
  job.job.recipe.sdxl_crop_top = 8;
  CATCH_CHECK(run()[0].notes.size() == 1);
  job.job.recipe.strict = true;
  CATCH_CHECK(test::error_of(run)->kind() == ErrorKind::kRequest);
}
