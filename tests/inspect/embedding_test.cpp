// Tests of inspect/embedding: the forms of files, and what is said of those that are none.
#include <catch2/catch.hpp>

#include "inspect/embedding.h"
#include "inspect/report.h"
#include "support/errors.h"
#include "support/temp_folder.h"
#include "support/torch_bytes.h"

using namespace redraw;
using namespace redraw::test;

namespace {

using Shapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

/// A file of f32 tensors without their numbers: only shapes count here.
ModelFile file_with(const Shapes& shapes) {
  ModelFile file;
  for (const auto& [key, shape] : shapes) file.tensors[key] = {ElementType::kF32, shape, packed_strides(shape), {}, 0};
  return file;
}

EmbeddingFacts facts_of(const Shapes& shapes) { return embedding_facts(file_with(shapes), "word.pt"); }

std::string refusal(const Shapes& shapes) {
  return error_of([&] { fits(facts_of(shapes), std::vector<std::int64_t>{64}, "word.pt"); }).value().message();
}

}  // namespace

TEST_CASE("embedding: every form gives its vectors and widths", "[inspect]") {
  struct Row { Shapes shapes; std::vector<std::int64_t> widths; std::int64_t vectors; };
  for (const Row& row : {Row{{{"string_to_param.*", {3, 768}}, {"string_to_token.*", {}}}, {768}, 3},
                         Row{{{"emb_params", {5, 1024}}}, {1024}, 5}, Row{{{"<cat.toy>", {64}}}, {64}, 1},
                         Row{{{"clip_g", {2, 1280}}, {"clip_l", {2, 768}}}, {768, 1280}, 2}}) {
    const EmbeddingFacts facts = facts_of(row.shapes);
    CHECK(facts.widths == row.widths);
    CHECK(facts.vectors == row.vectors);
  }
}

TEST_CASE("embedding: it fits the text encoders of its widths, in their order", "[inspect]") {
  const EmbeddingFacts one = facts_of({{"emb_params", {1, 768}}}),
                       two = facts_of({{"clip_g", {2, 1280}}, {"clip_l", {2, 768}}});
  CHECK(fits(one, std::vector<std::int64_t>{768}, "word.pt"));
  CHECK_FALSE(fits(one, std::vector<std::int64_t>{1024}, "word.pt"));
  CHECK_FALSE(fits(one, std::vector<std::int64_t>{768, 1280}, "word.pt"));
  CHECK(fits(two, std::vector<std::int64_t>{768, 1280}, "word.pt"));
}

TEST_CASE("embedding: what cannot be one is refused with file and reason", "[inspect]") {
  struct Row { Shapes shapes; const char* reason; };
  for (const Row& row :
       {Row{{{"string_to_param.*", {1, 64}}, {"string_to_param.+", {1, 64}}}, "2 terms"},
        Row{{{"clip_g", {2, 128}}}, "clip_g without clip_l"},
        Row{{{"clip_l", {2, 64}}, {"clip_g", {3, 128}}}, "clip_g holds 3"},
        Row{{{"emb_params", {76, 64}}}, "room for 75"}, Row{{{"emb_params", {2, 7}}}, "7 wide"},
        Row{{{"emb_params", {0, 64}}}, "no list of vectors"}, Row{{{"emb_params", {1, 1, 64}}}, "no list of vectors"},
        Row{{{"a", {1, 64}}, {"b", {1, 64}}}, "2 tensors"},
        Row{{{"lora_unet_x.lora_up.weight", {1}}, {"lora_unet_x.lora_down.weight", {1}}}, "it is a LoRA"}}) {
    CHECK_THAT(refusal(row.shapes), Catch::Contains(row.reason) && Catch::Contains("word.pt"));
  }
}

TEST_CASE("report: an embedding's family, vectors and what is wrong with it", "[inspect]") {
  const TempFolder folder;
  const std::string tensor = tensor_of("HalfStorage", "0", 1536, 0, {2, 768}, {768, 1});
  const FileReport good = inspect_file(
      folder.write("style.pt", pt_of(dict_of({{"string_to_param", dict_of({{"*", tensor}})}}), std::string(3072, 'x'))),
      false);
  CHECK(good.family == "sd1");
  CHECK(good.what == "a textual inversion embedding, 2 vectors of 768");
  const FileReport bad =
      inspect_file(folder.write("bad.pt", pt_of(dict_of({{"clip_g", tensor}}), std::string(3072, 'x'))), false);
  REQUIRE(bad.error);
  CHECK(bad.kind == ModelKind::kEmbedding);
}
