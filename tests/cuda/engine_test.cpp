// Compares CUDA with the CPU; a program of its own, for CUDA must come before any tensor of a process.
#include <catch2/catch.hpp>

#include "pipeline/engine.h"
#include "support/tiny_job.h"
#include "support/tiny_model.h"

using namespace redraw;

namespace {

std::unique_ptr<Engine> engine_on(const std::string& device, const std::string& dtype) {
  EngineSpec spec;
  spec.model_path = test::tiny_checkpoint().string();
  spec.device = device;
  spec.dtype = dtype;
  return create_engine(spec);
}

Image redrawn(Engine& engine, const EngineTask& task) {
  const auto generated = engine.run({&task, 1}, [](int, int) {});
  CATCH_REQUIRE_FALSE(generated[0].error);
  CATCH_CHECK_THAT(generated[0].notes,
                   Catch::Equals(std::vector<std::string>{}));  // such as: calls that are not recorded
  return generated[0].image;
}

double mean_difference(const Image& a, const Image& b) {
  CATCH_REQUIRE(a.size() == b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) sum += std::abs(a.data[i] - b.data[i]);
  return sum / static_cast<double>(a.data.size());
}

}  // namespace

CATCH_TEST_CASE("cuda: gives the CPU's picture, masked and not, and the same one twice", "[pipeline][cuda]") {
  std::unique_ptr<Engine> cuda;
  try {
    cuda = engine_on("cuda", "f32");
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kDevice) throw;
    CATCH_WARN("skipped: " << error.what() << ": " << error.why());
    CATCH_SUCCEED();
    return;
  }
  CATCH_CHECK(cuda->info().device.starts_with("cuda"));
  const std::unique_ptr<Engine> cpu = engine_on("cpu", "f32");
  for (const bool masked : {false, true}) {
    CATCH_INFO((masked ? "masked" : "whole"));
    std::optional<Mask> mask;
    if (masked) mask = test::square_mask(test::kTinySize, {16, 16, 40, 32});
    const test::TinyJob job(1, mask);
    const Image on_cuda = redrawn(*cuda, job.task());
    CATCH_CHECK(mean_difference(on_cuda, redrawn(*cpu, job.task())) <= 1);
    CATCH_CHECK(on_cuda == redrawn(*cuda, job.task()));
  }
}
