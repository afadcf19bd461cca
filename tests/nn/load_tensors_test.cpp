// Tests of nn/load_tensors: numbers of every format come back, shared storages stay shared, pages go back.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "nn/load_tensors.h"
#include "support/safetensors_bytes.h"
#include "support/temp_folder.h"
#include "support/torch_bytes.h"

using namespace redraw;
using namespace redraw::test;

CATCH_TEST_CASE("load_tensors: numbers of every format come back", "[nn]") {
  const TempFolder folder;
  const std::vector<float> f32 = {1, -2.5F, 0.1F};
  const std::vector<std::uint16_t> f16 = {0x3c00, 0xc100}, bf16 = {0x3f80, 0xc020};  // 1, -2.5
  const std::vector<std::int64_t> i64 = {-7};
  const std::string header = R"({"__metadata__":{"format":"pt"},"f32":)" + entry("F32", "[1,3]", "[0,12]") +
                             R"(,"f16":)" + entry("F16", "[2]", "[12,16]") + R"(,"bf16":)" +
                             entry("BF16", "[2]", "[16,20]") + R"(,"i64":)" + entry("I64", "[]", "[20,28]") +
                             R"(,"none":)" + entry("F32", "[0,4]", "[28,28]") + "}";
  const StateDict tensors = load_tensors(folder.write(
      "good.safetensors", file_of(header, bytes_of(f32) + bytes_of(f16) + bytes_of(bf16) + bytes_of(i64))));
  CATCH_REQUIRE(tensors.size() == 5);
  CATCH_CHECK(tensors.at("f32").equal(at::tensor(f32).view({1, 3})));
  CATCH_CHECK(tensors.at("f16").scalar_type() == at::kHalf);
  CATCH_CHECK(tensors.at("f16").to(at::kFloat).equal(at::tensor({1.0F, -2.5F})));
  CATCH_CHECK(tensors.at("bf16").scalar_type() == at::kBFloat16);
  CATCH_CHECK(tensors.at("bf16").to(at::kFloat).equal(at::tensor({1.0F, -2.5F})));
  CATCH_CHECK(tensors.at("i64").item<std::int64_t>() == -7);
  CATCH_CHECK(tensors.at("none").sizes() == at::IntArrayRef({0, 4}));
}

CATCH_TEST_CASE("load_tensors: data that is not aligned is read all the same", "[nn]") {
  const TempFolder folder;
  const std::string header = one("F32", "[1]", "[0,4]");
  for (int spaces = 0; spaces < 4; ++spaces) {
    const std::string padded = header + std::string(static_cast<std::size_t>(spaces), ' ');
    const StateDict tensors = load_tensors(folder.write("a.safetensors", file_of(padded, bytes_of<float>({1.5F}))));
    CATCH_CHECK(tensors.at("a").item<float>() == 1.5F);
  }
}

CATCH_TEST_CASE("load_tensors: tensors outlive the call and the file's name", "[nn]") {
  const TempFolder folder;
  const auto path = folder.write("a.safetensors", file_of(one("F32", "[2]", "[0,8]"), bytes_of<float>({1, 2})));
  const StateDict tensors = load_tensors(path);
  std::filesystem::remove(path);
  CATCH_CHECK(tensors.at("a").sum().item<float>() == 3);
}


CATCH_TEST_CASE("load_tensors: tensors that share a storage in a .pt file share it, with their strides", "[nn]") {
  const std::string pickle = "\x80\x02" + dict_of({{"a", tensor_of("FloatStorage", "0", 6, 0, {2, 3}, {3, 1})},
                                                   {"t", tensor_of("FloatStorage", "0", 6, 1, {2, 2}, {1, 3})}}) + ".";
  const TempFolder folder;
  const auto path =
      folder.write("a.pt", zip_of({{"x/data.pkl", pickle}, {"x/data/0", bytes_of<float>({0, 1, 2, 3, 4, 5})}}));
  const StateDict tensors = load_tensors(path);
  CATCH_CHECK(tensors.at("a").equal(at::arange(6, at::kFloat).view({2, 3})));
  CATCH_CHECK(tensors.at("t").equal(at::tensor({1.0F, 4.0F, 2.0F, 5.0F}).view({2, 2})));
  CATCH_CHECK(tensors.at("t").storage().data() == tensors.at("a").storage().data());
}

CATCH_TEST_CASE("load_tensors: released numbers can be read again, and other tensors are left alone", "[nn]") {
  const TempFolder folder;
  const std::vector<float> values(100'000, 1.25F);
  const auto path =
      folder.write("a.safetensors", file_of(one("F32", "[100000]", "[0,400000]") + "     ", bytes_of(values)));
  const StateDict tensors = load_tensors(path);
  release(tensors.at("a"));
  CATCH_CHECK(tensors.at("a").equal(at::full({100'000}, 1.25F)));
  const at::Tensor own = at::full({100'000}, 2.5F);
  release(own);
  CATCH_CHECK(own.equal(at::full({100'000}, 2.5F)));
}
