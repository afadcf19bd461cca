// Tests of sampling/brownian: what makes its numbers a Brownian motion.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include <cmath>

#include "sampling/brownian.h"
#include "sampling/noise.h"
#include "sampling/seed_sequence.h"

using namespace redraw;

namespace {

BrownianTree tree_of(std::int64_t seed, std::vector<std::int64_t> shape = {4, 8, 8}) {
  return BrownianTree(seed, 0.03, 14.6,
                      [shape](std::uint32_t node) { return at::randn(shape, cpu_generator(node), at::kFloat); });
}

/// W(next) - W(sigma).
at::Tensor change(const BrownianTree& tree, double sigma, double next) {
  return tree.noise(sigma, next) * std::sqrt(std::abs(next - sigma));
}

double farthest(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

CATCH_TEST_CASE("brownian tree: parts of a stretch add up to the whole, and the way back undoes it",
                "[sampling][property]") {
  const BrownianTree tree = tree_of(5);
  const at::Tensor whole = change(tree, 9.87, 0.5);
  CATCH_CHECK(farthest(change(tree, 9.87, 3.21) + change(tree, 3.21, 0.5), whole) < 1e-4);
  CATCH_CHECK(farthest(change(tree, 0.5, 9.87), -whole) < 1e-4);
}

CATCH_TEST_CASE("brownian tree: unit normal in every stretch, and none hangs on another", "[sampling][property]") {
  const BrownianTree tree = tree_of(6, {4, 100, 100});
  const at::Tensor first = tree.noise(14.0, 7.7), second = tree.noise(7.7, 7.6), third = tree.noise(1.0, 0.05);
  for (const at::Tensor& noise : {first, second, third}) {
    CATCH_CHECK(noise.std().item<double>() == Approx(1).margin(0.02));
    CATCH_CHECK(std::abs(noise.mean().item<double>()) < 0.02);
  }
  CATCH_CHECK(std::abs((first * second).mean().item<double>()) < 0.02);
  CATCH_CHECK(std::abs((second * third).mean().item<double>()) < 0.02);
}

CATCH_TEST_CASE("brownian tree: a seed gives the same noise whatever was asked before, another seed another",
                "[sampling]") {
  const BrownianTree asked = tree_of(7), fresh = tree_of(7);
  asked.noise(3, 2);
  CATCH_CHECK(asked.noise(5, 4).equal(fresh.noise(5, 4)));
  CATCH_CHECK_FALSE(tree_of(8).noise(5, 4).equal(fresh.noise(5, 4)));
}

CATCH_TEST_CASE("brownian tree: what lies outside the range is cut off", "[sampling]") {
  const BrownianTree tree = tree_of(9);
  CATCH_CHECK(farthest(change(tree, 20, 3), change(tree, 14.6, 3)) < 1e-4);
  CATCH_CHECK(tree.noise(30, 20).abs().max().item<double>() == 0);
}

CATCH_TEST_CASE("seed sequence: seeds of 64 bits and places of more than one word count in full", "[sampling]") {
  const auto words = [](std::uint64_t entropy, std::vector<std::uint64_t> key) {
    return seed_sequence(entropy, key, 4, 2);
  };
  CATCH_CHECK(words(1, {}) != words((1ULL << 32) + 1, {}));
  CATCH_CHECK(words(1, {0}) != words(1, {}));
  CATCH_CHECK(words(1, {1}) != words(1, {(1ULL << 32) + 1}));
}
