// Tests of inspect/report and numbers: what is said of a file, whatever it is.
#include <catch2/catch.hpp>

#include "base/files.h"
#include "inspect/numbers.h"
#include "inspect/report.h"
#include "support/safetensors_bytes.h"
#include "support/temp_folder.h"

using namespace redraw;
using namespace redraw::test;

TEST_CASE("report: a LoRA's hash is that of its bytes behind the header", "[inspect]") {
  const TempFolder folder;
  const std::string header = R"({"__metadata__":{"ss_base_model_version":"sd_v1"},"lora_unet_x.lora_up.weight":)" +
                             entry("F16", "[2]", "[0,4]") + "}";
  const auto path = folder.write("a.safetensors", file_of(header, "abcd"));
  const FileReport report = inspect_file(path, false);
  REQUIRE_FALSE(report.error);
  CHECK(report.kind == ModelKind::kLora);
  CHECK(report.family == "sd1");
  CHECK(report.sha256 == sha256_of_file(path));
  CHECK(report.tensor_hash == sha256_of_bytes({reinterpret_cast<const std::uint8_t*>("abcd"), 4}).substr(0, 12));
  CHECK(report.missing == std::vector<std::string>{"lora_unet_x.lora_down.weight"});
  CHECK(report.parameters == 2);
  CHECK(report.dtypes == std::vector<std::pair<std::string, std::size_t>>{{"fp16", 1}});
}

TEST_CASE("report: a file that is broken, missing or foreign is told in the report", "[inspect]") {
  const TempFolder folder;
  CHECK(inspect_file(folder.write("a.ckpt", "PK\x03\x04"), true).error->kind() == ErrorKind::kModel);
  CHECK(inspect_file(folder / "none.pt", true).error->kind() == ErrorKind::kFile);
  CHECK(inspect_file(folder.write("a.param", "7767517\n3 4\n"), true).kind == ModelKind::kUpscaler);
  const FileReport foreign =
      inspect_file(folder.write("b.safetensors", file_of(one("F32", "[1]", "[0,4]"), "abcd")), true);
  CHECK_FALSE(foreign.error);
  CHECK(foreign.kind == ModelKind::kEmbedding);  // one tensor without a dot in its key: diffusers' form
}

TEST_CASE("numbers: half, bfloat16, single and double precision, also of views", "[inspect]") {
  const auto tensor = [](ElementType type, std::string_view bytes) { return TensorInfo{type, {2}, {1}, bytes, 0}; };
  CHECK(numbers_of(tensor(ElementType::kF16, std::string_view("\x00\x3c\x00\xc1", 4))) == std::vector<double>{1, -2.5});
  CHECK(numbers_of(tensor(ElementType::kF16, std::string_view("\x01\x00\x00\x7c", 4))) ==
        std::vector<double>{std::ldexp(1.0, -24), INFINITY});
  CHECK(numbers_of(tensor(ElementType::kBF16, std::string_view("\x80\x3f\x20\xc0", 4))) ==
        std::vector<double>{1, -2.5});
  const std::string f32 = bytes_of<float>({1, 2, 3, 4}), f64 = bytes_of<double>({0.25, 7});
  CHECK(numbers_of({ElementType::kF32, {2, 1}, {2, 1}, f32, 1}) == std::vector<double>{2, 4});
  CHECK(numbers_of(tensor(ElementType::kF64, f64)) == std::vector<double>{0.25, 7});
  CHECK(numbers_of(tensor(ElementType::kI64, f64)).empty());
}
