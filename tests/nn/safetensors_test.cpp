// Tests of nn/safetensors: good files come back, every lie is refused by name.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <sys/resource.h>

#include <chrono>

#include "nn/safetensors.h"
#include "support/errors.h"
#include "support/temp_folder.h"

using namespace redraw;
using test::error_of;
using test::mentions;
using test::TempFolder;

namespace {

std::string little_endian(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> 8 * i & 255);
  return bytes;
}

std::string file_of(const std::string& header, const std::string& data = "") {
  return little_endian(header.size()) + header + data;
}

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":)" + entry(dtype, shape, offsets) + "}";
}

}  // namespace

CATCH_TEST_CASE("safetensors: numbers of every format come back", "[nn]") {
  const TempFolder folder;
  const std::vector<float> f32 = {1, -2.5F, 0.1F};
  const std::vector<std::uint16_t> f16 = {0x3c00, 0xc100}, bf16 = {0x3f80, 0xc020};  // 1, -2.5
  const std::vector<std::int64_t> i64 = {-7};
  const std::string header = R"({"__metadata__":{"format":"pt"},"f32":)" + entry("F32", "[1,3]", "[0,12]") + R"(,"f16":)" +
                             entry("F16", "[2]", "[12,16]") + R"(,"bf16":)" + entry("BF16", "[2]", "[16,20]") + R"(,"i64":)" +
                             entry("I64", "[]", "[20,28]") + R"(,"none":)" + entry("F32", "[0,4]", "[28,28]") + "}";
  const StateDict tensors =
      read_safetensors(folder.write("good.safetensors", file_of(header, bytes_of(f32) + bytes_of(f16) + bytes_of(bf16) + bytes_of(i64))));
  CATCH_REQUIRE(tensors.size() == 5);
  CATCH_CHECK(tensors.at("f32").equal(at::tensor(f32).view({1, 3})));
  CATCH_CHECK(tensors.at("f16").scalar_type() == at::kHalf);
  CATCH_CHECK(tensors.at("f16").to(at::kFloat).equal(at::tensor({1.0F, -2.5F})));
  CATCH_CHECK(tensors.at("bf16").scalar_type() == at::kBFloat16);
  CATCH_CHECK(tensors.at("bf16").to(at::kFloat).equal(at::tensor({1.0F, -2.5F})));
  CATCH_CHECK(tensors.at("i64").item<std::int64_t>() == -7);
  CATCH_CHECK(tensors.at("none").sizes() == at::IntArrayRef({0, 4}));
}

CATCH_TEST_CASE("safetensors: data that is not aligned is read all the same", "[nn]") {
  const TempFolder folder;
  const std::string header = one("F32", "[1]", "[0,4]");
  for (int spaces = 0; spaces < 4; ++spaces) {
    const std::string padded = header + std::string(static_cast<std::size_t>(spaces), ' ');
    const StateDict tensors = read_safetensors(folder.write("a.safetensors", file_of(padded, bytes_of<float>({1.5F}))));
    CATCH_CHECK(tensors.at("a").item<float>() == 1.5F);
  }
}

CATCH_TEST_CASE("safetensors: tensors outlive the call and the file's name", "[nn]") {
  const TempFolder folder;
  const auto path = folder.write("a.safetensors", file_of(one("F32", "[2]", "[0,8]"), bytes_of<float>({1, 2})));
  const StateDict tensors = read_safetensors(path);
  std::filesystem::remove(path);
  CATCH_CHECK(tensors.at("a").sum().item<float>() == 3);
}

CATCH_TEST_CASE("safetensors: every lie is a model error that names file and reason, quickly and small", "[nn]") {
  struct Row { const char* name; std::string bytes; const char* reason; };
  const std::string data(8, '\0');
  const std::vector<Row> rows = {
      {"empty", "", "empty"},
      {"short", "abc", "short"},
      {"header longer than the file", little_endian(50) + "{}", "cut short"},
      {"huge header", little_endian(1ULL << 40) + "{\"a\":1}", "header length"},
      {"largest header", little_endian(~0ULL) + "{\"a\":1}", "header length"},
      {"not JSON", file_of("this is not JSON"), "JSON"},
      {"JSON cut", file_of("{\"a\":{\"dtype\":"), "JSON"},
      {"a list", file_of("[1, 2]"), "no JSON object"},
      {"null", file_of("null    "), "no JSON object"},
      {"entry is a number", file_of("{\"a\": 1}"), "\"a\""},
      {"duplicate", file_of("{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"a\":" + entry("F32", "[1]", "[4,8]") + "}", data), "twice"},
      {"overlap", file_of("{\"a\":" + entry("F32", "[2]", "[0,8]") + ",\"b\":" + entry("F32", "[1]", "[4,8]") + "}", data), "share"},
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
      {"zip", "PK\x03\x04 and so on, and on", "zip"},
      {"LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "LFS"}};
  const TempFolder folder;
  const auto start = std::chrono::steady_clock::now();
  for (const Row& row : rows) {
    CATCH_INFO(row.name);
    const auto path = folder.write("lying.safetensors", row.bytes);
    const auto error = error_of([&] { read_safetensors(path); });
    CATCH_REQUIRE(error);
    CATCH_CHECK(error->kind() == ErrorKind::kModel);
    CATCH_CHECK(mentions(*error, "lying.safetensors"));
    CATCH_INFO(error->message());
    CATCH_CHECK(mentions(*error, row.reason));
    CATCH_CHECK_FALSE(error->fix().empty());
  }
  CATCH_CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  CATCH_CHECK(usage.ru_maxrss < 2'000'000);  // kB; libtorch itself takes most of it
}

CATCH_TEST_CASE("safetensors: a file that cannot be opened is a file error", "[nn]") {
  const TempFolder folder;
  CATCH_CHECK(error_of([&] { read_safetensors(folder / "none.safetensors"); })->kind() == ErrorKind::kFile);
  CATCH_CHECK(error_of([&] { read_safetensors(folder.path()); })->kind() == ErrorKind::kFile);
}
