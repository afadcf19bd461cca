// Tests of upscale/load and the architectures: key layouts, broken files, tiny pictures.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <fmt/format.h>

#include "redraw/image.h"
#include "support/errors.h"
#include "upscale/network.h"

using namespace redraw;
using test::error_of;
using test::mentions;

namespace {

at::Tensor random_weights(at::IntArrayRef shape) { return at::randn(shape) * 0.1; }

void add_conv(StateDict& tensors, const std::string& name, std::int64_t in, std::int64_t out) {
  tensors[name + ".weight"] = random_weights({out, in, 3, 3});
  tensors[name + ".bias"] = random_weights({out});
}

/// An RRDB net of one block and 8 channels, x4, in Real-ESRGAN's keys.
StateDict tiny_esrgan(std::int64_t in = 3) {
  StateDict t;
  add_conv(t, "conv_first", in, 8);
  for (int r = 1; r <= 3; ++r)
    for (int c = 1; c <= 5; ++c) add_conv(t, fmt::format("body.0.rdb{}.conv{}", r, c), 8 + 4 * (c - 1), c < 5 ? 4 : 8);
  for (const char* name : {"conv_body", "conv_up1", "conv_up2", "conv_hr"}) add_conv(t, name, 8, 8);
  add_conv(t, "conv_last", 8, 3);
  return t;
}

StateDict tiny_compact(int scale) {
  StateDict t;
  add_conv(t, "body.0", 3, 8);
  t["body.1.weight"] = random_weights({8});
  add_conv(t, "body.2", 8, 3 * scale * scale);
  return t;
}

std::unique_ptr<Network> built(StateDict tensors) {
  NetWeights weights(std::move(tensors), "folder/net.pth", at::kCPU, at::kFloat);
  const ArchitectureRow* row = find_architecture(weights);
  CATCH_REQUIRE(row != nullptr);
  auto network = row->load(weights);
  weights.check_all_taken();
  return network;
}

/// The same net under other keys.
StateDict renamed(const StateDict& tensors, const std::vector<std::pair<std::string, std::string>>& names) {
  StateDict result;
  for (const auto& [key, tensor] : tensors) {
    std::string other = key;
    for (const auto& [from, to] : names)
      if (other.starts_with(from)) { other = to + other.substr(from.size()); break; }
    result[other] = tensor;
  }
  return result;
}

}  // namespace

CATCH_TEST_CASE("esrgan: three ways to name the layers give one network", "[upscale]") {
  const c10::InferenceMode guard;
  const StateDict modern = tiny_esrgan();
  std::vector<std::pair<std::string, std::string>> old = {{"conv_first", "model.0"}, {"conv_body", "model.1.sub.1"},
                                                          {"conv_up1", "model.3"},   {"conv_up2", "model.6"},
                                                          {"conv_hr", "model.8"},    {"conv_last", "model.10"}};
  std::vector<std::pair<std::string, std::string>> bsrgan = {
      {"conv_body", "trunk_conv"}, {"conv_up", "upconv"}, {"conv_hr", "HRconv"}};
  for (int r = 1; r <= 3; ++r) {
    bsrgan.emplace_back(fmt::format("body.0.rdb{}", r), fmt::format("RRDB_trunk.0.RDB{}", r));
    for (int c = 1; c <= 5; ++c)
      old.emplace_back(fmt::format("body.0.rdb{}.conv{}", r, c), fmt::format("model.1.sub.0.RDB{}.conv{}.0", r, c));
  }
  const at::Tensor x = at::rand({1, 3, 9, 7});
  const at::Tensor expected = run_network(*built(modern), x);
  CATCH_REQUIRE(expected.sizes() == at::IntArrayRef({1, 3, 36, 28}));
  CATCH_CHECK(at::equal(run_network(*built(renamed(modern, old)), x), expected));
  CATCH_CHECK(at::equal(run_network(*built(renamed(modern, bsrgan)), x), expected));
}

CATCH_TEST_CASE("networks: sizes follow from the shapes, whatever the picture's size", "[upscale][property]") {
  const c10::InferenceMode guard;
  for (const Size size : {Size{1, 1}, Size{1, 5}, Size{2, 3}, Size{13, 8}}) {
    const at::Tensor x = at::rand({1, 3, size.height, size.width});
    const auto check = [&](StateDict tensors, int scale) {
      const auto network = built(std::move(tensors));
      CATCH_CHECK(network->traits.scale == scale);
      CATCH_CHECK(run_network(*network, x).sizes() == at::IntArrayRef({1, 3, size.height * scale, size.width * scale}));
    };
    check(tiny_esrgan(3), 4);
    check(tiny_esrgan(12), 2);
    check(tiny_esrgan(48), 1);
    check(tiny_compact(3), 3);
  }
}

CATCH_TEST_CASE("networks: a weight that is missing, odd or not finite is named", "[upscale]") {
  const std::string key = "body.0.rdb2.conv3.weight";
  const auto broken = [&](const std::function<void(StateDict&)>& change) {
    StateDict tensors = tiny_esrgan();
    change(tensors);
    const auto error = error_of([&] { built(tensors); });
    CATCH_REQUIRE(error);
    CATCH_CHECK(error->kind() == ErrorKind::kModel);
    CATCH_CHECK(mentions(*error, "net.pth"));
    return *error;
  };
  CATCH_CHECK(mentions(broken([&](StateDict& t) { t.erase(key); }), key + "\" is missing"));
  CATCH_CHECK(mentions(broken([&](StateDict& t) { t[key] = at::zeros({4, 15, 3, 3}); }), "[4, 15, 3, 3]"));
  CATCH_CHECK(mentions(broken([&](StateDict& t) { t[key] = t[key].to(at::kLong); }), "long"));
  CATCH_CHECK(
      mentions(broken([&](StateDict& t) { t[key][0][0][0][0] = std::numeric_limits<float>::infinity(); }), "infinite"));
  CATCH_CHECK(
      mentions(broken([&](StateDict& t) { t[key][0][0][0][0] = std::numeric_limits<float>::quiet_NaN(); }), "NaN"));
  CATCH_CHECK(mentions(broken([&](StateDict& t) { t["conv_more.weight"] = at::zeros({1}); }), "conv_more.weight"));
}
