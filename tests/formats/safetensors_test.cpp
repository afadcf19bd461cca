// Tests of formats/safetensors: what a header says, and every lie refused by name.
#include <catch2/catch.hpp>

#include <sys/resource.h>

#include <chrono>

#include "formats/model_file.h"
#include "support/errors.h"
#include "support/safetensors_bytes.h"
#include "support/temp_folder.h"

using namespace redraw;
using namespace redraw::test;

TEST_CASE("safetensors: every lie is a model error that names file and reason, quickly and small", "[formats]") {
  struct Row { const char* name; std::string bytes; const char* reason; };
  const std::string data(8, '\0');
  const std::vector<Row> rows = {
      {"empty", "", "empty"},
      {"short", "abc", "short"},
      {"header longer than the file", length_bytes(50) + "{}", "cut short"},
      {"huge header", length_bytes(1ULL << 40) + "{\"a\":1}", "header length"},
      {"largest header", length_bytes(~0ULL) + "{\"a\":1}", "header length"},
      {"not JSON", file_of("this is not JSON"), "JSON"},
      {"JSON cut", file_of("{\"a\":{\"dtype\":"), "JSON"},
      {"a list", file_of("[1, 2]"), "no JSON object"},
      {"null", file_of("null    "), "no JSON object"},
      {"entry is a number", file_of("{\"a\": 1}"), "\"a\""},
      {"duplicate",
       file_of("{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"a\":" + entry("F32", "[1]", "[4,8]") + "}", data),
       "twice"},
      {"gap", file_of(one("F32", "[1]", "[4,8]"), data), "between its tensors"},
      {"trailing", file_of(one("F32", "[1]", "[0,4]"), data), "4 bytes after the last tensor"},
      {"no header", file_of("", data), "no header"},
      {"no tensors", file_of("{}"), "no tensors"},
      {"metadata is a number", file_of("{\"__metadata__\":{\"a\":1}}"), "metadata"},
      {"overlap",
       file_of("{\"a\":" + entry("F32", "[2]", "[0,8]") + ",\"b\":" + entry("F32", "[1]", "[4,8]") + "}", data),
       "share"},
      {"offset beyond", file_of(one("F32", "[4]", "[0,16]"), data), "outside the file"},
      {"offset reversed", file_of(one("F32", "[2]", "[8,0]"), data), "outside the file"},
      {"offset negative", file_of(one("F32", "[2]", "[-8,0]"), data), "offsets"},
      {"offset fraction", file_of(one("F32", "[2]", "[0,8.5]"), data), "offsets"},
      {"offset strings", file_of(one("F32", "[2]", "[\"0\",\"8\"]"), data), "offsets"},
      {"offset missing", file_of("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", data), "offsets"},
      {"wrong length", file_of(one("F32", "[1]", "[0,8]"), data), "do not fit"},
      {"negative shape", file_of(one("F32", "[-2]", "[0,8]"), data), "shape"},
      {"shape is text", file_of(one("F32", "\"2\"", "[0,8]"), data), "shape"},
      {"shape overflows", file_of(one("F32", "[4294967296,4294967296]", "[0,0]"), data), "larger than any file"},
      {"shape wraps to 8", file_of(one("F32", "[9223372036854775809,2]", "[0,8]"), data), "larger than any file"},
      {"many sides", file_of(one("F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]", "[0,8]"), data), "shape"},
      {"unknown type", file_of(one("F8_E9", "[8]", "[0,8]"), data), "F8_E9"},
      {"deep", file_of("{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}"), "deep"},
      {"HTML", "<html><body>404 Not Found</body></html>", "web page"},
      {"zip", "PK\x03\x04 and so on, and on", "archive"},
      {"LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "LFS"}};
  const TempFolder folder;
  const auto start = std::chrono::steady_clock::now();
  for (const Row& row : rows) {
    INFO(row.name);
    const auto path = folder.write("lying.safetensors", row.bytes);
    const auto error = error_of([&] { read_model_file(path); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::kModel);
    CHECK(mentions(*error, "lying.safetensors"));
    INFO(error->message());
    CHECK(mentions(*error, row.reason));
    CHECK_FALSE(error->fix().empty());
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  CHECK(usage.ru_maxrss < 500'000);  // kB
}

TEST_CASE("safetensors: types, shapes, metadata and the bytes of each tensor", "[formats]") {
  const std::string header = R"({"__metadata__":{"format":"pt"},"f8":)" + entry("F8_E4M3", "[2]", "[4,6]") +
                             R"(,"half":)" + entry("F16", "[1,2]", "[0,4]") + R"(,"mark":)" +
                             entry("F32", "[0]", "[6,6]") + "}";
  const std::string bytes = file_of(header, "abcdef");
  const ModelFile file = parse_model_file(bytes, "a.safetensors");
  CHECK(file.format == "safetensors");
  CHECK(file.size == bytes.size());
  CHECK(file.metadata == std::map<std::string, std::string>{{"format", "pt"}});
  REQUIRE(file.tensors.size() == 3);
  CHECK(file.tensors.at("half").type == ElementType::kF16);
  CHECK(file.tensors.at("half").shape == std::vector<std::int64_t>{1, 2});
  CHECK(file.tensors.at("half").storage == "abcd");
  CHECK(file.tensors.at("f8").storage == "ef");
  CHECK(file.tensors.at("mark").bytes() == 0);
}

TEST_CASE("safetensors: a file that cannot be opened is a file error", "[formats]") {
  const TempFolder folder;
  CHECK(error_of([&] { read_model_file(folder / "none.safetensors"); })->kind() == ErrorKind::kFile);
  CHECK(error_of([&] { read_model_file(folder.path()); })->kind() == ErrorKind::kFile);
  CHECK(error_of([&] { read_model_file("/dev/zero"); })->kind() == ErrorKind::kFile);
}
