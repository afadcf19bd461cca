// Tests of nn/device: names, number formats, and errors of libtorch as ours. Comes before any tensor.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include <algorithm>

#include "nn/cuda_plugin.h"
#include "nn/device.h"
#include "support/errors.h"

using namespace redraw;
using test::error_of;
using test::mentions;

CATCH_TEST_CASE("device: cuda where there is none is a device error that says what to do", "[nn][cuda]") {
  const auto error = error_of([] { choose_device("cuda", "f32"); });
  if (!error) {
    CATCH_WARN("skipped: this machine has a CUDA device");
    CATCH_SUCCEED();
    return;
  }
  CATCH_CHECK(error->kind() == ErrorKind::kDevice);
  CATCH_CHECK(error->exit_code() == 5);
  CATCH_CHECK_FALSE(error->why().empty());
  CATCH_CHECK_FALSE(error->fix().empty());
}

CATCH_TEST_CASE("device: an index beyond the last device is a device error", "[nn][cuda]") {
  CATCH_CHECK(error_of([] { choose_device("cuda:99", "auto"); })->kind() == ErrorKind::kDevice);
}

CATCH_TEST_CASE("device: cpu takes every format by name", "[nn]") {
  CATCH_CHECK(choose_device("cpu", "f32").dtype == at::kFloat);
  CATCH_CHECK(choose_device("cpu", "f16").dtype == at::kHalf);
  CATCH_CHECK(choose_device("cpu", "bf16").dtype == at::kBFloat16);
  CATCH_CHECK_FALSE(choose_device("cpu", "auto").dtype.has_value());
  CATCH_CHECK(choose_device("cpu", "auto").device.is_cpu());
}

CATCH_TEST_CASE("device: unknown names are wrong requests that quote the name", "[nn]") {
  for (const char* name : {"gpu", "", "cuda:", "cuda:x", "cuda:-1", "cuda:1000", "CPU"}) {
    CATCH_INFO(name);
    const auto error = error_of([&] { choose_device(name, "auto"); });
    CATCH_REQUIRE(error);
    CATCH_CHECK(error->kind() == ErrorKind::kRequest);
    CATCH_CHECK(mentions(*error, test::quoted(name)));
  }
  const auto error = error_of([] { choose_device("cpu", "fp8"); });
  CATCH_REQUIRE(error);
  CATCH_CHECK(error->kind() == ErrorKind::kRequest);
  CATCH_CHECK(mentions(*error, "\"fp8\""));
}

CATCH_TEST_CASE("device: small nets run in f32 on any processor, CUDA in f16", "[nn]") {
  CATCH_CHECK(auto_dtype(at::kCPU, 1'000'000) == at::kFloat);
  CATCH_CHECK(auto_dtype({at::kCUDA, 0}, 1'000'000) == at::kHalf);
}

CATCH_TEST_CASE("device: what libtorch throws leaves as our error, in words", "[nn]") {
  const auto memory = error_of([] {
    translate_torch_errors([] { return at::empty({std::int64_t{1} << 56}, at::kFloat); });
  });
  CATCH_REQUIRE(memory);
  CATCH_CHECK(memory->kind() == ErrorKind::kDevice);
  CATCH_CHECK(mentions(*memory, "out of memory"));
  const auto shape = error_of([] {
    translate_torch_errors([] { return at::mm(at::zeros({2, 3}), at::zeros({2, 3})); });
  });
  CATCH_REQUIRE(shape);
  CATCH_CHECK(shape->kind() == ErrorKind::kInternal);
  CATCH_CHECK_FALSE(mentions(*shape, "Exception raised from"));
  const auto own = error_of([] {
    translate_torch_errors([]() -> int { throw Error(ErrorKind::kFile, "mine"); });
  });
  CATCH_CHECK(own->kind() == ErrorKind::kFile);
}

CATCH_TEST_CASE(
    "device: cuDNN's attention comes first on Hopper and data centres' Blackwell alone, and libtorch takes the order",
    "[nn]") {
  const auto number = [](at::SDPBackend backend) { return static_cast<std::int64_t>(backend); };
  for (const int major : {0, 7, 8, 9, 10, 12}) {
    std::vector<std::int64_t> order = attention_order(major);
    CATCH_INFO(major);
    const bool cudnn_first = major == 9 || major == 10;
    CATCH_CHECK(order[0] == number(cudnn_first ? at::SDPBackend::cudnn_attention : at::SDPBackend::flash_attention));
    CATCH_CHECK(order[cudnn_first ? 1 : 0] == number(at::SDPBackend::flash_attention));
    at::globalContext().setSDPPriorityOrder(order);
    CATCH_CHECK(number(at::globalContext().sDPPriorityOrder()[0]) == order[0]);
    std::sort(order.begin(), order.end());
    CATCH_CHECK(order == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  }
}

CATCH_TEST_CASE(
    "device: the CPU records nothing and has no kernels to speak of; where no plugin is loaded, it says why", "[nn]") {
  CATCH_CHECK(recorder_of(at::kCPU) == nullptr);
  CATCH_CHECK(cuda_kernels_text(at::kCPU).empty());
  if (cuda_plugin() != nullptr) return;  // a host with a GPU
  CATCH_CHECK(recorder_of({at::kCUDA, 0}) == nullptr);
  CATCH_CHECK(cuda_kernels_text({at::kCUDA, 0}).starts_with("ATen: "));
}
