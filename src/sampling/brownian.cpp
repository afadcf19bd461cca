// The noise of SDE samplers: one Brownian motion over all sigmas for each picture, asked bit by bit.
#include "sampling/brownian.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sampling/seed_sequence.h"

namespace redraw {
namespace {

constexpr std::size_t kPoolSize = 24;

/// Python's round(value, 6): the nearest decimal, then the double nearest to that.
double round_to_6(double value) {
  char text[64];
  const auto written = std::to_chars(std::begin(text), std::end(text), value, std::chars_format::fixed, 6);
  double rounded = value;
  std::from_chars(text, written.ptr, rounded);
  return rounded;
}

}  // namespace

BrownianTree::BrownianTree(std::int64_t entropy, double low, double high, SeededNoise noise)
    : entropy_(static_cast<std::uint64_t>(entropy)),
      root_{round_to_6(low), round_to_6(high), 0, 0},
      noise_(std::move(noise)) {
  whole_ = noise_(seed_sequence(entropy_, {}, kPoolSize, 1)[0]) * std::sqrt(high - low);
}

at::Tensor BrownianTree::noise(double sigma, double next) const {
  const auto inside = [&](double time) { return round_to_6(std::clamp(time, root_.start, root_.end)); };
  const double from = inside(std::min(sigma, next)), to = inside(std::max(sigma, next));
  if (from == to) return at::zeros_like(whole_);
  at::Tensor sum;
  add(root_, whole_, from, to, sum);
  const float length = std::abs(static_cast<float>(sigma) - static_cast<float>(next));
  return sum * (next < sigma ? -1 : 1) / static_cast<double>(std::sqrt(length));
}

/// Goes down to the intervals that make up [from, to] and adds their changes from left to right.
void BrownianTree::add(const Node& node, const at::Tensor& change, double from, double to, at::Tensor& sum) const {
  if (from == node.start && to == node.end) {
    sum = sum.defined() ? sum + change : change;
    return;
  }
  const double middle = round_to_6(0.5 * (node.end + node.start));
  const double left = middle - node.start, right = node.end - middle, per_length = 1 / (node.end - node.start);
  const at::Tensor half = left * change * per_length + std::sqrt(left * right * per_length) * noise_(seed_of(node));
  if (from < middle) add({node.start, middle, 2 * node.path, node.depth + 1}, half, from, std::min(to, middle), sum);
  if (to > middle)
    add({middle, node.end, 2 * node.path + 1, node.depth + 1}, change - half, std::max(from, middle), to, sum);
}

std::uint32_t BrownianTree::seed_of(const Node& node) const {
  const std::uint64_t key[] = {node.path, node.depth};
  return seed_sequence(entropy_, key, kPoolSize, 1)[0];
}

}  // namespace redraw
