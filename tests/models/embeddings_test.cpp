// Tests of models/embeddings on checkpoints made on the spot: vectors stand for tokens, in every family.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <limits>

#include "models/embeddings.h"
#include "models/families.h"
#include "models/text_chunks.h"
#include "support/errors.h"
#include "support/made_model.h"
#include "support/safetensors_file.h"
#include "support/temp_folder.h"

using namespace redraw;
using test::error_of;
using test::MadeModel;

namespace {

const Tokenizer& tokenizer() {
  static const Tokenizer it = Tokenizer::load(Tokenizer::find_vocabulary());
  return it;
}

struct MadeFamilyFile {
  MadeModel made;
  std::unique_ptr<Model> model;
  explicit MadeFamilyFile(const std::string& family) : made({family}) {
    model = family_of(made.keys, "made.safetensors").load({&made.keys, "made.safetensors", "", {at::kCPU, at::kFloat}});
  }
  /// The vectors of these tokens as an embedding file.
  StateDict vectors_of(const std::string& text) const {
    const at::Tensor ids = at::tensor(tokenizer().encode(text), at::kInt).to(at::kLong);
    StateDict tensors;
    const auto take = [&](const char* name, const std::string& key) {
      if (made.keys.contains(key)) tensors[name] = made.keys.at(key).index_select(0, ids);
    };
    take("emb_params", "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight");
    take("emb_params", "cond_stage_model.model.token_embedding.weight");
    take("clip_l", "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight");
    take("clip_g", "conditioner.embedders.1.model.token_embedding.weight");
    return tensors;
  }
  TextVectors embed(const std::string& prompt, const PromptEmbeddings& embeddings = {}) const {
    TextOptions options;
    options.embeddings = embeddings.all;
    return model->embed(tokenize_rows(model->traits(), tokenizer(), {prompt}, options.emphasis, 20, embeddings.words),
                        options);
  }
};

}  // namespace

CATCH_TEST_CASE("embeddings: the vectors of tokens are as good as the tokens themselves", "[models][property]") {
  const c10::InferenceMode guard;
  const test::TempFolder folder;
  for (const char* family : {"sd1", "sd2", "sdxl"}) {
    CATCH_INFO(family);
    const MadeFamilyFile made(family);
    const auto path = test::write_safetensors(folder / "my-word.safetensors", made.vectors_of("red boat"));
    const PromptEmbeddings embeddings =
        prompt_embeddings({load_embedding({"my-word", path}, made.model->traits())}, made.model->traits(), tokenizer());
    const TextVectors expected = made.embed("a (red boat:1.3), sea"),
                      got = made.embed("a (My-Word:1.3), sea", embeddings);
    CATCH_CHECK(at::allclose(got.context, expected.context, 1e-5, 1e-5));
    if (expected.vector.defined()) CATCH_CHECK(at::allclose(got.vector, expected.vector, 1e-5, 1e-5));
    CATCH_CHECK_FALSE(
        at::allclose(made.embed("a (My-Word:1.3), sea").context, expected.context.narrow(1, 0, 77), 1e-3, 1e-3));
  }
}

CATCH_TEST_CASE("embeddings: of another width or not finite they are refused by name", "[models]") {
  const c10::InferenceMode guard;
  const test::TempFolder folder;
  const MadeFamilyFile made("sd1");
  const auto refusal = [&](const at::Tensor& vectors) {
    const auto path = test::write_safetensors(folder / "odd.safetensors", {{"emb_params", vectors}});
    return error_of([&] { load_embedding({"odd", path}, made.model->traits()); }).value();
  };
  const Error wide = refusal(at::ones({1, 128})),
              broken = refusal(at::full({1, 64}, std::numeric_limits<float>::quiet_NaN()));
  CATCH_CHECK(wide.kind() == ErrorKind::kModel);
  CATCH_CHECK(test::mentions(wide, "\"odd.safetensors\" cannot be used"));
  CATCH_CHECK(test::mentions(wide, "128 wide, and the text of this checkpoint is 64 wide"));
  CATCH_CHECK(test::mentions(broken, "\"odd.safetensors\" cannot be used"));
  CATCH_CHECK(test::mentions(broken, "not finite"));
}

CATCH_TEST_CASE("embeddings: listed as A1111 does, the last encoder first, chunk by chunk", "[models]") {
  PromptRow first, second;
  TokenChunk a, b, none;
  a.fixes = {{0, 1}, {2, 0}, {4, 1}};
  b.fixes = {{0, 2}};
  first.chunks = {{a, none}, {none, none}};
  second.chunks = {{none, none}, {b, none}};
  const std::vector<PromptRow> rows = {first, second};
  CATCH_CHECK(used_embeddings(rows) == std::vector<std::size_t>{2, 1, 0});
}
