// SwinIR: residual groups of shifted-window transformer blocks; four ways to enlarge at the end.
#include <ATen/ATen.h>

#include <cmath>

#include <fmt/format.h>

#include "upscale/network.h"
#include "upscale/windows.h"

namespace redraw {
namespace {

struct SwinBlock {
  Norm norm1, norm2;
  Linear qkv, proj, fc1, fc2;
  at::Tensor bias;  // [heads, area, area]
  std::int64_t heads;
  Window window;

  SwinBlock(NetWeights& w, const std::string& name, std::int64_t width, std::int64_t hidden, Window shape)
      : norm1(w.norm(name + ".norm1", width)), norm2(w.norm(name + ".norm2", width)),
        qkv(w.linear(name + ".attn.qkv", width, 3 * width)), proj(w.linear(name + ".attn.proj", width, width)),
        fc1(w.linear(name + ".mlp.fc1", width, hidden)), fc2(w.linear(name + ".mlp.fc2", hidden, width)),
        heads(w.size(name + ".attn.relative_position_bias_table", 1)), window(shape) {
    if (width % heads != 0) w.fail(fmt::format("{} channels do not divide by {} heads", width, heads));
    const std::int64_t side = 2 * shape.height - 1;
    const at::Tensor table = w.take(name + ".attn.relative_position_bias_table", {side * side, heads});
    bias = table.index_select(0, relative_index(shape).flatten().to(table.device()))
               .view({shape.area(), shape.area(), heads})
               .permute({2, 0, 1})
               .contiguous();
  }

  at::Tensor attend(const at::Tensor& x, const at::Tensor& mask) const {  // [N, H, W, D]
    const bool shifted = window.shift_y > 0;
    const at::Tensor y = shifted ? at::roll(x, {-window.shift_y, -window.shift_x}, {1, 2}) : x;
    const auto parts = linear(to_windows(y, window), qkv).chunk(3, -1);
    const at::Tensor out =
        linear(window_attention(parts[0], parts[1], parts[2], heads, bias, shifted ? mask : at::Tensor()), proj);
    const at::Tensor back = from_windows(out, window, x.size(1), x.size(2));
    return shifted ? at::roll(back, {window.shift_y, window.shift_x}, {1, 2}) : back;
  }

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& mask) const {
    const at::Tensor y = x + attend(layer_norm(x, norm1), mask);
    return y + linear(at::gelu(linear(layer_norm(y, norm2), fc1)), fc2);
  }
};

struct SwinGroup {
  std::vector<SwinBlock> blocks;
  TailConv tail;
};

enum class Upsampler { kNone, kShuffle, kShuffleDirect, kNearestConv };

at::Tensor to_rows(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).contiguous(); }  // [N, H, W, C]
at::Tensor to_planes(const at::Tensor& x) { return x.permute({0, 3, 1, 2}); }             // [N, C, H, W], channels last

class SwinIr : public Network {
 public:
  explicit SwinIr(NetWeights& w) {
    const std::string first = w.has("conv_first.1.weight") ? "conv_first.1" : "conv_first";
    width_ = w.size(first + ".weight", 0);
    const std::int64_t in = w.size(first + ".weight", 1);
    unshuffle_ = first == "conv_first" ? 1 : std::lround(std::sqrt(static_cast<double>(in / 3)));
    if (unshuffle_ * unshuffle_ * 3 != in) w.fail(fmt::format("it takes {} channels, and pictures have 3", in));
    first_ = w.conv(first, in, width_);
    load_body(w);
    load_end(w);
    for (const char* buffer : {".relative_position_index", ".attn_mask", "mean"}) w.pass_over(buffer);
  }

  at::Tensor forward(const at::Tensor& picture) const override {
    const std::int64_t height = picture.size(2), width = picture.size(3), side = window_;
    at::Tensor x = at::reflection_pad2d(picture, {0, (side - width % side) % side, 0, (side - height % side) % side});
    // DIV2K's, as trained
    const at::Tensor mean = at::tensor({0.4488F, 0.4371F, 0.4040F}).view({1, 3, 1, 1}).to(x.options());
    x = (x - mean) * range_;
    if (unshuffle_ > 1)
      x = at::pixel_unshuffle(at::upsample_bicubic2d(x, {x.size(2) * unshuffle_, x.size(3) * unshuffle_}, false),
                              unshuffle_);
    const at::Tensor start = conv(x, first_);
    const at::Tensor body = redraw::forward(after_body_, deep(start)).add_(start);
    const at::Tensor y = (upsampler_ == Upsampler::kNone ? x + conv(body, last_) : enlarge(body)) / range_ + mean;
    return y.narrow(2, 0, height * traits.scale).narrow(3, 0, width * traits.scale);
  }

 private:
  void load_body(NetWeights& w) {
    const std::string block0 = "layers.0.residual_group.blocks.0";
    const std::int64_t area = w.size(block0 + ".attn.relative_position_index", 0);
    window_ = std::lround(std::sqrt(static_cast<double>(area)));
    if (window_ < 1 || window_ > 64 || window_ * window_ != area) w.fail("its windows are no squares");
    range_ = window_ == 7 ? 255 : 1;  // the nets against JPEG artefacts
    const std::int64_t hidden = w.size(block0 + ".mlp.fc1.weight", 0);
    embed_norm_ = w.norm("patch_embed.norm", width_);
    for (int i = 0; i < w.count("layers"); ++i) {
      SwinGroup group;
      const std::string blocks = fmt::format("layers.{}.residual_group.blocks", i);
      for (int j = 0; j < w.count(blocks); ++j) {
        const std::int64_t shift = j % 2 == 1 ? window_ / 2 : 0;
        group.blocks.emplace_back(w, fmt::format("{}.{}", blocks, j), width_, hidden,
                                  Window{window_, window_, shift, shift});
      }
      group.tail = w.tail(fmt::format("layers.{}.conv", i), width_);
      groups_.push_back(std::move(group));
    }
    norm_ = w.norm("norm", width_);
    after_body_ = w.tail("conv_after_body", width_);
  }

  void load_end(NetWeights& w) {
    int scale = 1;
    std::int64_t features = 64;  // what spandrel says where no pixel shuffle tells
    if (w.has("conv_before_upsample.0.weight")) {
      const std::int64_t inner = w.size("conv_before_upsample.0.weight", 0);
      before_up_ = w.conv("conv_before_upsample.0", width_, inner);
      upsampler_ = w.has("conv_up1.weight") ? Upsampler::kNearestConv : Upsampler::kShuffle;
      if (upsampler_ == Upsampler::kShuffle) {
        scale = load_shuffles(w, "upsample", inner, ups_);
        features = inner;
      }
      for (int i = 1; w.has(fmt::format("conv_up{}.weight", i)); ++i, scale *= 2)
        ups_.push_back(w.conv(fmt::format("conv_up{}", i), inner, inner));
      if (upsampler_ == Upsampler::kNearestConv) hr_ = w.conv("conv_hr", inner, inner);
      last_ = w.conv("conv_last", inner, 3);
    } else if (w.has("upsample.0.weight")) {
      upsampler_ = Upsampler::kShuffleDirect;
      const std::int64_t out = w.size("upsample.0.weight", 0);
      scale = static_cast<int>(std::lround(std::sqrt(static_cast<double>(out / 3))));
      ups_.push_back(w.conv("upsample.0", width_, 3 * scale * scale));
    } else {
      last_ = w.conv("conv_last", width_, 3);
    }
    fill_traits(w, scale, features);
  }

  void fill_traits(NetWeights& w, int scale, std::int64_t features) {
    const char* size = groups_.size() <= 4 ? "small" : groups_.size() < 9 ? "medium" : "large";
    const std::string mask = "layers.0.residual_group.blocks.1.attn_mask";
    const std::int64_t trained =
        w.has(mask) ? std::lround(std::sqrt(static_cast<double>(w.size(mask, 0)))) * window_ : 64;
    const auto unshuffle = static_cast<int>(unshuffle_);
    traits = {
        "SwinIR",
        scale / unshuffle,
        3,
        {size, fmt::format("s{}w{}", trained, window_), fmt::format("{}nf", features), fmt::format("{}dim", width_),
         after_body_.layers.size() == 1 ? "1conv" : "3conv", fmt::format("{}unshuf", unshuffle)},
        16,
        unshuffle * unshuffle,
        false,
        true};
    if (traits.scale < 1) w.fail("it would make pictures smaller");
  }

  at::Tensor deep(const at::Tensor& start) const {
    const Window shifted{window_, window_, window_ / 2, window_ / 2};
    const at::Tensor mask = shift_mask(shifted, start.size(2), start.size(3), start.options());
    at::Tensor x = layer_norm(to_rows(start), embed_norm_);
    for (const SwinGroup& group : groups_) {
      at::Tensor y = x;
      for (const SwinBlock& block : group.blocks) y = block(y, mask);
      x = x + to_rows(redraw::forward(group.tail, to_planes(y)));
    }
    return to_planes(layer_norm(x, norm_));
  }

  at::Tensor enlarge(const at::Tensor& body) const {
    if (upsampler_ == Upsampler::kShuffleDirect)
      return at::pixel_shuffle(conv(body, ups_[0]), traits.scale * unshuffle_);
    at::Tensor y = leaky(conv(body, before_up_), 0.01);
    if (upsampler_ == Upsampler::kNearestConv) {
      for (const Conv& up : ups_) y = leaky(conv(doubled(y), up));
      return conv(leaky(conv(y, hr_)), last_);
    }
    for (const Conv& up : ups_)
      y = at::pixel_shuffle(conv(y, up), std::lround(std::sqrt(static_cast<double>(up.weight.size(0) / y.size(1)))));
    return conv(y, last_);
  }

  std::int64_t width_ = 0, window_ = 8, unshuffle_ = 1;
  double range_ = 1;
  Upsampler upsampler_ = Upsampler::kNone;
  Conv first_, before_up_, hr_, last_;
  std::vector<Conv> ups_;
  TailConv after_body_;
  Norm embed_norm_, norm_;
  std::vector<SwinGroup> groups_;
};

}  // namespace

std::unique_ptr<Network> load_swinir(NetWeights& weights) { return std::make_unique<SwinIr>(weights); }

}  // namespace redraw
