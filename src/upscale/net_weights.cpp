// Weights of an upscaler by key: each is checked when it is taken, and none may be left over.
#include "upscale/net_weights.h"

#include <ATen/ATen.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "redraw/error.h"

namespace redraw {
namespace {

std::string shape_text(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

}  // namespace

NetWeights::NetWeights(StateDict tensors, std::filesystem::path file, at::Device device, at::ScalarType dtype)
    : tensors_(std::move(tensors)), file_(std::move(file)), device_(device), dtype_(dtype) {
  for (const auto& [key, tensor] : tensors_) left_.insert(key);
}

void NetWeights::fail(const std::string& why) const {
  throw Error(ErrorKind::kModel, "the upscaler \"" + file_.filename().string() + "\" cannot be used", file_.string(),
              why, "fetch the file again, or give another upscaler (redraw list upscalers)");
}

at::Tensor NetWeights::raw(const std::string& key) {
  const auto found = tensors_.find(key);
  if (found == tensors_.end()) fail("the key \"" + key + "\" is missing");
  left_.erase(key);
  return found->second;
}

std::int64_t NetWeights::size(const std::string& key, std::int64_t dim) {
  const at::Tensor tensor = raw(key);
  if (dim >= tensor.dim() || tensor.size(dim) < 1)
    fail(fmt::format("\"{}\" has the shape {}", key, shape_text(tensor.sizes())));
  return tensor.size(dim);
}

int NetWeights::count(const std::string& prefix) const {
  int count = 0;
  const std::string start = prefix + ".";
  for (auto it = tensors_.lower_bound(start); it != tensors_.end() && it->first.starts_with(start); ++it) {
    const std::string rest = it->first.substr(start.size());
    const auto number = parse_integer(rest.substr(0, rest.find('.')));
    if (number && *number >= 0 && *number < 10000) count = std::max(count, static_cast<int>(*number) + 1);
  }
  return count;
}

at::Tensor NetWeights::take(const std::string& key, at::IntArrayRef shape) {
  const at::Tensor tensor = raw(key);
  if (!at::isFloatingType(tensor.scalar_type()))
    fail(fmt::format("\"{}\" holds {} numbers; weights are floating-point", key,
                     to_lower(c10::toString(tensor.scalar_type()))));
  if (tensor.sizes() != shape)
    fail(fmt::format("\"{}\" has the shape {}; the rest of the file asks for {}", key, shape_text(tensor.sizes()),
                     shape_text(shape)));
  const at::Tensor moved = tensor.to(device_, dtype_);
  if (!at::isfinite(moved).all().item<bool>()) fail("\"" + key + "\" holds infinite numbers or NaN");
  const bool kernel = moved.dim() == 4 && moved.size(2) > 1 && moved.size(1) > 1;
  // Never a view of the map: pages of a file that is cut short later would end the process.
  return moved.clone(kernel ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

at::Tensor NetWeights::take_or_none(const std::string& key, at::IntArrayRef shape) {
  return has(key) ? take(key, shape) : at::Tensor();
}

void NetWeights::pass_over(const std::string& suffix) {
  std::erase_if(left_, [&](const std::string& key) { return key.ends_with(suffix); });
}

void NetWeights::check_all_taken() const {
  if (left_.empty()) return;
  fail(fmt::format("its architecture has no use for \"{}\"{}", *left_.begin(),
                   left_.size() > 1 ? fmt::format(" and {} other keys", left_.size() - 1) : ""));
}

Conv NetWeights::conv(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel) {
  return {Weight::packable(take(name + ".weight", {out, in, kernel, kernel})), take_or_none(name + ".bias", {out}), 1,
          kernel / 2};
}

Linear NetWeights::linear(const std::string& name, std::int64_t in, std::int64_t out) {
  return {Weight::packable(take(name + ".weight", {out, in})), take_or_none(name + ".bias", {out})};
}

Norm NetWeights::norm(const std::string& name, std::int64_t channels) {
  return {take(name + ".weight", {channels}), take(name + ".bias", {channels}), 1e-5};
}

TailConv NetWeights::tail(const std::string& name, std::int64_t channels) {
  if (has(name + ".weight")) return {{conv(name, channels, channels)}};
  const std::int64_t narrow = channels / 4;
  return {
      {conv(name + ".0", channels, narrow), conv(name + ".2", narrow, narrow, 1), conv(name + ".4", narrow, channels)}};
}

at::Tensor leaky(at::Tensor x, double slope) { return at::leaky_relu_(x, slope); }

at::Tensor forward(const TailConv& tail, const at::Tensor& x) {
  at::Tensor y = conv(x, tail.layers[0]);
  for (std::size_t i = 1; i < tail.layers.size(); ++i) y = conv(leaky(y), tail.layers[i]);
  return y;
}

at::Tensor doubled(const at::Tensor& x) { return upsample_nearest(x, 2 * x.size(2), 2 * x.size(3)); }

}  // namespace redraw
