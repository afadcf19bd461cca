// Real-ESRGAN's compact nets (SRVGG): convolutions and PReLU in turn, pixel shuffle, plus the enlarged picture.
#include <ATen/ATen.h>

#include <cmath>

#include <fmt/format.h>

#include "upscale/network.h"

namespace redraw {
namespace {

class Compact : public Network {
 public:
  Compact(NetWeights& w, int last, std::int64_t in, std::int64_t features) {
    for (int i = 0; i <= last; i += 2) {
      const std::string name = fmt::format("body.{}", i);
      convs_.push_back(w.conv(name, i == 0 ? in : features, i == last ? w.size(name + ".weight", 0) : features));
      if (i < last) slopes_.push_back(w.take(fmt::format("body.{}.weight", i + 1), {features}));
    }
  }

  at::Tensor forward(const at::Tensor& x) const override {
    at::Tensor y = x;
    for (std::size_t i = 0; i < slopes_.size(); ++i) y = at::prelu(conv(y, convs_[i]), slopes_[i]);
    y = at::pixel_shuffle(conv(y, convs_.back()), traits.scale);
    return y.add_(upsample_nearest(x, y.size(2), y.size(3)));
  }

 private:
  std::vector<Conv> convs_;
  std::vector<at::Tensor> slopes_;
};

}  // namespace

std::unique_ptr<Network> load_compact(NetWeights& w) {
  const int last = w.count("body") - 1;
  const std::int64_t features = w.size("body.0.weight", 0), in = w.size("body.0.weight", 1);
  const std::int64_t shuffled = w.size(fmt::format("body.{}.weight", last), 0);
  const auto scale = static_cast<int>(std::lround(std::sqrt(static_cast<double>(shuffled) / static_cast<double>(in))));
  if (last % 2 != 0 || scale < 1 || scale * scale * in != shuffled)
    w.fail("its last convolution fits no pixel shuffle");
  auto net = std::make_unique<Compact>(w, last, in, features);
  net->traits = {
      "Compact", scale, static_cast<int>(in), {fmt::format("{}nf", features), fmt::format("{}nc", (last - 2) / 2)}};
  return net;
}

}  // namespace redraw
