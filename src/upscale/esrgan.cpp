// ESRGAN and Real-ESRGAN (RRDB nets): old, new and BSRGAN's keys, pixel unshuffle.
#include <ATen/ATen.h>

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "upscale/network.h"

namespace redraw {
namespace {

/// Where the layers of one net stand in a file.
struct Keys {
  std::string first, body, body_end, hr, last;
  std::vector<std::string> ups;
  const char* dense;  // "rdb" or "RDB"
  const char* tail;   // behind conv1 .. conv5
  int blocks;
};

/// model.3, model.6, ... are the convolutions after each doubling, then two more.
Keys old_keys(NetWeights& w) {
  const int layers = w.count("model"), ups = (layers - 5) / 3, blocks = w.count("model.1.sub") - 1;
  Keys keys{"model.0", "model.1.sub", fmt::format("model.1.sub.{}", blocks), fmt::format("model.{}", 3 * ups + 2),
            fmt::format("model.{}", 3 * ups + 4), {}, "RDB", ".0", blocks};
  for (int i = 1; i <= ups; ++i) keys.ups.push_back(fmt::format("model.{}", 3 * i));
  return keys;
}

Keys new_keys(NetWeights& w) {
  const bool bsrgan = w.has("RRDB_trunk.0.RDB1.conv1.weight");
  Keys keys = bsrgan ? Keys{"conv_first", "RRDB_trunk", "trunk_conv",         "HRconv", "conv_last", {},
                            "RDB",        "",           w.count("RRDB_trunk")}
                     : Keys{"conv_first", "body", "conv_body", "conv_hr", "conv_last", {}, "rdb", "", w.count("body")};
  for (int i = 1; w.has(fmt::format("{}{}.weight", bsrgan ? "upconv" : "conv_up", i)); ++i)
    keys.ups.push_back(fmt::format("{}{}", bsrgan ? "upconv" : "conv_up", i));
  return keys;
}

struct DenseBlock {
  std::array<Conv, 5> convs;

  /// Each convolution sees what all before it gave: they share one map, and none is copied to stand beside the others.
  at::Tensor operator()(const at::Tensor& x) const {
    std::int64_t channels = x.size(1);
    const at::Tensor all = at::empty({x.size(0), convs[4].weight.size(1), x.size(2), x.size(3)}, x.options(),
                                     at::MemoryFormat::ChannelsLast);
    all.narrow(1, 0, channels).copy_(x);
    for (std::size_t i = 0; i < 4; ++i) {
      const std::int64_t more = convs[i].weight.size(0);
      conv_leaky_into(all.narrow(1, channels, more), all.narrow(1, 0, channels), convs[i]);
      channels += more;
    }
    return at::add(x, conv(all, convs[4]), 0.2);
  }
};
using Block = std::array<DenseBlock, 3>;

at::Tensor forward_block(const Block& block, const at::Tensor& x) {
  return at::add(x, block[2](block[1](block[0](x))), 0.2);
}

class Esrgan : public Network {
 public:
  Esrgan(NetWeights& w, const Keys& keys, std::int64_t in, std::int64_t features) {
    first_ = w.conv(keys.first, in, features);
    const std::int64_t grow = w.size(fmt::format("{}.0.{}1.conv1{}.weight", keys.body, keys.dense, keys.tail), 0);
    for (int i = 0; i < keys.blocks; ++i) {
      Block block;
      for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 5; ++c)
          block[static_cast<std::size_t>(r)].convs[static_cast<std::size_t>(c)] =
              w.conv(fmt::format("{}.{}.{}{}.conv{}{}", keys.body, i, keys.dense, r + 1, c + 1, keys.tail),
                     features + c * grow, c < 4 ? grow : features);
      blocks_.push_back(block);
    }
    body_end_ = w.conv(keys.body_end, features, features);
    for (const std::string& up : keys.ups) ups_.push_back(w.conv(up, features, features));
    hr_ = w.conv(keys.hr, features, features);
    last_ = w.conv(keys.last, features, 3);
  }

  std::int64_t unshuffle = 1;

  at::Tensor forward(const at::Tensor& x) const override {
    const at::Tensor start = conv(unshuffle > 1 ? at::pixel_unshuffle(x, unshuffle) : x, first_);
    at::Tensor y = start;
    for (const Block& block : blocks_) y = forward_block(block, y);
    y = conv_add(y, body_end_, start);
    for (const Conv& up : ups_) y = conv_leaky(doubled(y), up);
    return conv(conv_leaky(y, hr_), last_);
  }

 private:
  Conv first_, body_end_, hr_, last_;
  std::vector<Block> blocks_;
  std::vector<Conv> ups_;
};

}  // namespace

std::unique_ptr<Network> load_esrgan(NetWeights& w) {
  const Keys keys = w.has("model.0.weight") ? old_keys(w) : new_keys(w);
  const std::int64_t features = w.size(keys.first + ".weight", 0), in = w.size(keys.first + ".weight", 1);
  const std::int64_t unshuffle = in == 12 ? 2 : in == 48 ? 4 : 1;
  auto net = std::make_unique<Esrgan>(w, keys, in, features);
  net->unshuffle = unshuffle;
  const auto scale = static_cast<int>((std::int64_t{1} << keys.ups.size()) / unshuffle);
  if (scale < 1) w.fail("it would make pictures smaller");
  net->traits = {"ESRGAN",
                 scale,
                 static_cast<int>(in / (unshuffle * unshuffle)),
                 {fmt::format("{}nf", features), fmt::format("{}nb", keys.blocks)},
                 unshuffle > 1 ? 4 : 2,
                 unshuffle > 1 ? 4 : 1};
  if (unshuffle > 1) net->traits.tags.emplace_back("unshuffle");
  return net;
}

}  // namespace redraw
