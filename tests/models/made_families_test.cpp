// Tests of models/sd2, sdxl and latent_model on checkpoints made on the spot.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "models/families.h"
#include "models/text_chunks.h"
#include "support/errors.h"
#include "support/made_model.h"

using namespace redraw;
using test::error_of;
using test::MadeModel;
using test::mentions;

namespace {

const DeviceChoice kCpu{at::kCPU, at::kFloat};

std::unique_ptr<Model> loaded(const StateDict& keys) {
  return family_of(keys, "made.safetensors").load({&keys, "made.safetensors", "", kCpu});
}

TextVectors embed(const Model& model, const std::string& prompt, const TextOptions& options = {}) {
  static const Tokenizer tokenizer = Tokenizer::load(Tokenizer::find_vocabulary());
  return model.embed(tokenize_rows(model.traits(), tokenizer, {prompt}, options.emphasis), options);
}

}  // namespace

CATCH_TEST_CASE("families: shapes of text, latent and prediction of each family and kind", "[models][table]") {
  const c10::InferenceMode guard;
  struct Row { const char* name; std::int64_t in_channels, width, vector; };
  for (const Row& row : {Row{"sd1", 4, 64, 0}, Row{"sd1", 8, 64, 0}, Row{"sd1", 9, 64, 0}, Row{"sd2", 4, 64, 0},
                         Row{"sd2", 9, 64, 0}, Row{"sdxl", 4, 192, 1664}, Row{"sdxl", 9, 192, 1664}}) {
    CATCH_INFO(row.name << " of " << row.in_channels << " channels");
    const std::unique_ptr<Model> model = loaded(MadeModel({row.name, row.in_channels}).keys);
    CATCH_CHECK(model->traits().family == row.name);
    CATCH_CHECK(model->traits().condition_channels() == row.in_channels - 4);
    CATCH_CHECK(model->traits().is_inpainting() == (row.in_channels == 9));
    CATCH_CHECK(model->traits().is_pix2pix() == (row.in_channels == 8));
    const TextVectors text = embed(*model, "a cat BREAK at night");
    CATCH_CHECK(text.context.sizes() == at::IntArrayRef({1, 154, row.width}));
    CATCH_REQUIRE(text.vector.defined() == (row.vector != 0));
    if (row.vector != 0) CATCH_CHECK(text.vector.sizes() == at::IntArrayRef({1, row.vector}));
    const at::Tensor x = at::zeros({1, 4, 6, 5}),
                     image = row.in_channels == 4 ? at::Tensor() : at::ones({1, row.in_channels - 4, 6, 5});
    CATCH_CHECK(model->predict(x, at::full({1}, 321.5), text, image).sizes() == x.sizes());
    CATCH_CHECK(model->encode(at::zeros({1, 3, 48, 40})).sizes() == x.sizes());
    CATCH_CHECK(model->decode(x).sizes() == at::IntArrayRef({1, 3, 48, 40}));
  }
}

CATCH_TEST_CASE("sdxl: only an empty negative prompt becomes zeros, and the sizes stay", "[models]") {
  const c10::InferenceMode guard;
  const std::unique_ptr<Model> model = loaded(MadeModel({"sdxl"}).keys);
  TextOptions blank;
  blank.blank = true;
  const TextVectors zero = embed(*model, "", blank), encoded = embed(*model, "");
  CATCH_CHECK(zero.context.count_nonzero().item<std::int64_t>() == 0);
  CATCH_CHECK(zero.vector.narrow(1, 0, 128).count_nonzero().item<std::int64_t>() == 0);
  CATCH_CHECK(zero.vector.narrow(1, 128, 1536).equal(encoded.vector.narrow(1, 128, 1536)));
  CATCH_CHECK(encoded.context.count_nonzero().item<std::int64_t>() > 0);
}

CATCH_TEST_CASE("sdxl: the vector tells height and width, then the crop, then both again", "[models]") {
  const c10::InferenceMode guard;
  const std::unique_ptr<Model> model = loaded(MadeModel({"sdxl"}).keys);
  TextOptions options;
  options.size = {832, 1216};
  options.crop_top = 16;
  options.crop_left = 8;
  const at::Tensor vector = embed(*model, "a cat", options).vector[0];
  const double expected[] = {1216, 832, 16, 8, 1216, 832};
  for (int i = 0; i < 6; ++i)  // the first of 128 cosines has frequency 1
    CATCH_CHECK(vector[128 + 256 * i].item<double>() == Approx(std::cos(expected[i])).margin(1e-4));
}

CATCH_TEST_CASE("sdxl: clip skip counts only where it is asked to, and never for the second encoder", "[models]") {
  const c10::InferenceMode guard;
  const std::unique_ptr<Model> model = loaded(MadeModel({"sdxl"}).keys);
  TextOptions skip, counted;
  skip.clip_skip = counted.clip_skip = 3;
  counted.clip_l_skip = true;
  const at::Tensor plain = embed(*model, "a cat").context, other = embed(*model, "a cat", counted).context;
  CATCH_CHECK(embed(*model, "a cat", skip).context.equal(plain));
  CATCH_CHECK_FALSE(at::allclose(other.narrow(2, 0, 64), plain.narrow(2, 0, 64)));
  CATCH_CHECK(other.narrow(2, 64, 128).equal(plain.narrow(2, 64, 128)));
}

CATCH_TEST_CASE("sdxl: the keys v_pred and ztsnr are heeded", "[models]") {
  StateDict keys = MadeModel({"sdxl"}).keys;
  CATCH_CHECK(loaded(keys)->traits().prediction == "eps");
  CATCH_CHECK(loaded(keys)->traits().alphas_cumprod.back() > 1e-3F);
  keys["v_pred"] = keys["ztsnr"] = at::empty({0});
  CATCH_CHECK(loaded(keys)->traits().prediction == "v");
  CATCH_CHECK(loaded(keys)->traits().alphas_cumprod.back() == 4.8973451890853435e-08F);
}

CATCH_TEST_CASE("sdxl refiner: refused in words", "[models]") {
  StateDict keys = MadeModel({"sdxl"}).keys;
  keys.erase("conditioner.embedders.1.model.ln_final.weight");
  keys["conditioner.embedders.0.model.ln_final.weight"] = at::ones({64});
  const auto error = error_of([&] { loaded(keys); });
  CATCH_REQUIRE(error);
  CATCH_CHECK(error->kind() == ErrorKind::kModel);
  CATCH_CHECK(mentions(*error, "SDXL refiner"));
}

CATCH_TEST_CASE("families: parts that do not fit each other are an error of the model, not of libtorch", "[models]") {
  const c10::InferenceMode guard;
  StateDict keys = MadeModel({"sdxl"}).keys;
  keys.erase("model.diffusion_model.label_emb.0.0.weight");
  const std::unique_ptr<Model> model = loaded(keys);
  const auto error = error_of([&] { model->predict(at::zeros({1, 4, 4, 4}), at::zeros({1}), embed(*model, "a"), {}); });
  CATCH_REQUIRE(error);
  CATCH_CHECK(error->kind() == ErrorKind::kModel);
  CATCH_CHECK(mentions(*error, "takes a vector of 0 numbers and they give 1664"));
}

CATCH_TEST_CASE("families: EMA weights, schedules and odd position ids are passed over", "[models]") {
  const c10::InferenceMode guard;
  StateDict keys = MadeModel({"sd1"}).keys;
  const std::unique_ptr<Model> plain = loaded(keys);
  for (const char* key :
       {"model_ema.diffusion_modelinput_blocks00weight", "betas", "logvar", "model_ema.decay", "loss.logvar"})
    keys[key] = at::full({3}, 9.0);
  keys["cond_stage_model.transformer.text_model.embeddings.position_ids"] = at::full({1, 77}, 3.5, at::kHalf);
  const std::unique_ptr<Model> other = loaded(keys);
  const TextVectors text = embed(*plain, "a cat");
  CATCH_CHECK(embed(*other, "a cat").context.equal(text.context));
  const at::Tensor x = at::ones({1, 4, 4, 4}), t = at::ones({1});
  CATCH_CHECK(other->predict(x, t, text, {}).equal(plain->predict(x, t, text, {})));
}

CATCH_TEST_CASE("predict: what is known of a text changes no bit, and another context is another text",
                "[models][property]") {
  const c10::InferenceMode guard;
  at::manual_seed(8);
  const std::unique_ptr<Model> model = loaded(MadeModel({"sd1"}).keys);
  const at::Tensor x = at::randn({2, 4, 8, 8}), t = at::full({2}, 300.0), first = at::randn({2, 77, 64}),
                   second = at::randn({2, 77, 64});
  const auto plain = [&](const at::Tensor& context, const at::Tensor& of) {
    return model->predict(of, t, {context, {}}, {});
  };
  TextVectors text{first, {}, new_known_text()};
  for (const at::Tensor& latent : {x, at::Tensor(-x), x})
    CATCH_CHECK(model->predict(latent, t, text, {}).equal(plain(first, latent)));
  text.context = second;
  CATCH_CHECK(model->predict(x, t, text, {}).equal(plain(second, x)));
  text.context = first;
  CATCH_CHECK(model->predict(x, t, text, {}).equal(plain(first, x)));
}
