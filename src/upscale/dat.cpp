// DAT: blocks that attend over windows and over channels in turn (arXiv 2308.03364).
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "upscale/network.h"
#include "upscale/windows.h"

namespace redraw {
namespace {

/// What all blocks of one net share.
struct Sizes {
  std::int64_t width;              // channels
  std::int64_t split_y, split_x;   // px of the first half's windows; the second half's are turned
  std::int64_t hidden;             // of the feed-forward net
};

/// A convolution folded out: groups, batch norm by its running statistics, GELU.
struct NormedConv {
  at::Tensor weight, bias, scale, shift, mean, variance;
  std::int64_t groups = 1;

  NormedConv(NetWeights& w, const std::string& conv, const std::string& norm, std::int64_t in, std::int64_t out,
             bool depthwise)
      : weight(w.take(conv + ".weight", {out, depthwise ? 1 : in, depthwise ? 3 : 1, depthwise ? 3 : 1})),
        bias(w.take(conv + ".bias", {out})),
        scale(w.take(norm + ".weight", {out})),
        shift(w.take(norm + ".bias", {out})),
        mean(w.take(norm + ".running_mean", {out})),
        variance(w.take(norm + ".running_var", {out})),
        groups(depthwise ? in : 1) {}

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor y = at::conv2d(x, weight, bias, 1, weight.size(2) / 2, 1, groups);
    return at::gelu(at::batch_norm(y, scale, shift, mean, variance, false, 0, 1e-5, false));
  }
};

/// The two maps by which convolution and attention weigh each other.
struct Interaction {
  NormedConv local, channel_in, spatial_in;
  Conv channel_out, spatial_out;

  Interaction(NetWeights& w, const std::string& name, std::int64_t width)
      : local(w, name + ".dwconv.0", name + ".dwconv.1", width, width, true),
        channel_in(w, name + ".channel_interaction.1", name + ".channel_interaction.2", width, width / 8, false),
        spatial_in(w, name + ".spatial_interaction.0", name + ".spatial_interaction.1", width, width / 16, false),
        channel_out(w.conv(name + ".channel_interaction.4", width / 8, width, 1)),
        spatial_out(w.conv(name + ".spatial_interaction.3", width / 16, 1, 1)) {}

  at::Tensor channel_map(const at::Tensor& x) const {  // [N, C, 1, 1]
    return at::sigmoid(conv(channel_in(x.mean({2, 3}, true)), channel_out));
  }
  at::Tensor spatial_map(const at::Tensor& x) const {
    return at::sigmoid(conv(spatial_in(x), spatial_out));
  }  // [N, 1, H, W]
};

at::Tensor to_planes(const at::Tensor& x) { return x.permute({0, 3, 1, 2}).contiguous(at::MemoryFormat::ChannelsLast); }
at::Tensor to_rows(const at::Tensor& x) { return x.permute({0, 2, 3, 1}); }  // [N, H, W, C]

struct Attention {
  Linear qkv, proj;
  Interaction interaction;

  Attention(NetWeights& w, const std::string& name, std::int64_t width)
      : qkv(w.linear(name + ".qkv", width, 3 * width)),
        proj(w.linear(name + ".proj", width, width)),
        interaction(w, name, width) {}
  virtual ~Attention() = default;
  virtual at::Tensor operator()(const at::Tensor& x) const = 0;  // [N, H, W, C]
};

/// Position bias of each pair in a window, from a small net over the offsets: [heads, area, area].
at::Tensor load_position_bias(NetWeights& w, const std::string& name, std::int64_t heads, const Window& window) {
  const std::int64_t inner = w.size(name + ".pos.pos_proj.weight", 0), columns = 2 * window.width - 1;
  const Linear first = w.linear(name + ".pos.pos_proj", 2, inner);
  const at::Tensor place = at::arange((2 * window.height - 1) * columns);
  const at::Tensor offsets = at::stack(
      {at::floor_divide(place, columns) - window.height + 1, at::remainder(place, columns) - window.width + 1}, 1);
  at::Tensor y = linear(offsets.to(first.weight.options()), first);  // [offsets, inner]
  for (int i = 1; i <= 3; ++i) {
    const std::string layer = fmt::format("{}.pos.pos{}", name, i);
    y = at::relu(layer_norm(y, w.norm(layer + ".0", inner)));
    y = linear(y, w.linear(layer + ".2", inner, i == 3 ? heads : inner));
  }
  const at::Tensor index = relative_index(window).flatten().to(y.device());
  return y.index_select(0, index).view({window.area(), window.area(), heads}).permute({2, 0, 1}).contiguous();
}

struct SpatialAttention : Attention {
  std::vector<Window> windows;     // of the two halves of the channels
  std::vector<at::Tensor> biases;
  std::int64_t heads, largest;
  bool shifted;

  SpatialAttention(NetWeights& w, const std::string& name, const Sizes& s, std::int64_t all_heads, bool shift)
      : Attention(w, name, s.width), heads(all_heads / 2), largest(std::max(s.split_y, s.split_x)), shifted(shift) {
    const std::int64_t y = shift ? s.split_y / 2 : 0, x = shift ? s.split_x / 2 : 0;
    windows = {{s.split_y, s.split_x, y, x}, {s.split_x, s.split_y, x, y}};
    if (heads < 1 || s.width / 2 % heads != 0)
      w.fail(fmt::format("{} channels do not divide by {} heads", s.width, all_heads));
    for (int half = 0; half < 2; ++half)
      biases.push_back(load_position_bias(w, fmt::format("{}.attns.{}", name, half), heads,
                                          windows[static_cast<std::size_t>(half)]));
  }

  at::Tensor attend(const at::Tensor& all, std::size_t half) const {  // [N, H, W, 3C] padded -> [N, H, W, C / 2]
    const Window& window = windows[half];
    const std::int64_t width = all.size(3) / 6, height_px = all.size(1), width_px = all.size(2);
    std::vector<at::Tensor> parts;
    for (std::int64_t i = 0; i < 3; ++i) {
      at::Tensor part = all.narrow(3, (2 * i + static_cast<std::int64_t>(half)) * width, width);
      if (shifted) part = at::roll(part, {-window.shift_y, -window.shift_x}, {1, 2});
      parts.push_back(to_windows(part, window));
    }
    const at::Tensor mask = shifted ? shift_mask(window, height_px, width_px, all.options()) : at::Tensor();
    const at::Tensor out = from_windows(window_attention(parts[0], parts[1], parts[2], heads, biases[half], mask),
                                        window, height_px, width_px);
    return shifted ? at::roll(out, {window.shift_y, window.shift_x}, {1, 2}) : out;
  }

  at::Tensor operator()(const at::Tensor& x) const override {
    const std::int64_t height = x.size(1), width = x.size(2);
    const at::Tensor all = linear(x, qkv);
    const at::Tensor local = interaction.local(to_planes(all.chunk(3, -1)[2]));  // [N, C, H, W]
    const at::Tensor padded = at::constant_pad_nd(
        all, {0, 0, 0, (largest - width % largest) % largest, 0, (largest - height % largest) % largest});
    const at::Tensor global =
        at::cat({attend(padded, 0), attend(padded, 1)}, -1).narrow(1, 0, height).narrow(2, 0, width);
    const at::Tensor weighed = global * to_rows(interaction.channel_map(local));
    return linear(weighed + to_rows(local * interaction.spatial_map(to_planes(global))), proj);
  }
};

struct ChannelAttention : Attention {
  at::Tensor temperature;  // [heads, 1, 1]
  std::int64_t heads;

  ChannelAttention(NetWeights& w, const std::string& name, const Sizes& s)
      : Attention(w, name, s.width), heads(w.size(name + ".temperature", 0)) {
    temperature = w.take(name + ".temperature", {heads, 1, 1});
    if (s.width % heads != 0) w.fail(fmt::format("{} channels do not divide by {} heads", s.width, heads));
  }

  at::Tensor operator()(const at::Tensor& x) const override {
    const auto parts = linear(x, qkv).chunk(3, -1);
    const auto split = [&](const at::Tensor& y) {  // [N, heads, C / heads, H W]
      return y.reshape({y.size(0), -1, heads, y.size(3) / heads}).permute({0, 2, 3, 1});
    };
    const auto unit = [](const at::Tensor& y) { return y / at::linalg_vector_norm(y, 2, {-1}, true).clamp_min(1e-12); };
    const at::Tensor scores = at::matmul(unit(split(parts[0])), unit(split(parts[1])).transpose(-2, -1)) * temperature;
    const at::Tensor global =
        at::matmul(at::softmax(scores, -1), split(parts[2])).permute({0, 3, 1, 2}).reshape(x.sizes());
    const at::Tensor local = interaction.local(to_planes(parts[2]));
    const at::Tensor weighed = global * to_rows(interaction.spatial_map(local));
    return linear(weighed + to_rows(local * interaction.channel_map(to_planes(global))), proj);
  }
};

struct DatBlock {
  Norm norm1, norm2, gate_norm;
  Linear fc1, fc2;
  at::Tensor gate_weight, gate_bias;
  std::unique_ptr<Attention> attention;

  DatBlock(NetWeights& w, const std::string& name, const Sizes& s, std::unique_ptr<Attention> of)
      : norm1(w.norm(name + ".norm1", s.width)), norm2(w.norm(name + ".norm2", s.width)),
        gate_norm(w.norm(name + ".ffn.sg.norm", s.hidden / 2)), fc1(w.linear(name + ".ffn.fc1", s.width, s.hidden)),
        fc2(w.linear(name + ".ffn.fc2", s.hidden / 2, s.width)),
        gate_weight(w.take(name + ".ffn.sg.conv.weight", {s.hidden / 2, 1, 3, 3})),
        gate_bias(w.take(name + ".ffn.sg.conv.bias", {s.hidden / 2})), attention(std::move(of)) {}

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor y = x + (*attention)(layer_norm(x, norm1));
    const auto halves = at::gelu(linear(layer_norm(y, norm2), fc1)).chunk(2, -1);
    const at::Tensor gate =
        at::conv2d(to_planes(layer_norm(halves[1], gate_norm)), gate_weight, gate_bias, 1, 1, 1, gate_weight.size(0));
    return y + linear(halves[0] * to_rows(gate), fc2);
  }
};

struct DatGroup {
  std::vector<DatBlock> blocks;
  TailConv tail;
};

class Dat : public Network {
 public:
  explicit Dat(NetWeights& w) {
    sizes_.width = w.size("conv_first.weight", 0);
    sizes_.hidden = w.size("layers.0.blocks.0.ffn.fc1.weight", 0);
    if (w.size("conv_first.weight", 1) != 3)
      w.fail(fmt::format("it takes {} channels, and pictures have 3", w.size("conv_first.weight", 1)));
    read_split(w);
    first_ = w.conv("conv_first", 3, sizes_.width);
    before_ = w.norm("before_RG.1", sizes_.width);
    for (int i = 0; i < w.count("layers"); ++i) groups_.push_back(load_group(w, i));
    norm_ = w.norm("norm", sizes_.width);
    after_body_ = w.tail("conv_after_body", sizes_.width);
    load_end(w);
    for (const char* buffer :
         {".relative_position_index", ".rpe_biases", ".attn_mask_0", ".attn_mask_1", ".num_batches_tracked"})
      w.pass_over(buffer);
  }

  at::Tensor forward(const at::Tensor& picture) const override {
    // DIV2K's, as trained
    const at::Tensor mean = at::tensor({0.4488F, 0.4371F, 0.4040F}).view({1, 3, 1, 1}).to(picture.options());
    const at::Tensor start = conv(picture - mean, first_);
    at::Tensor x = layer_norm(to_rows(start), before_);
    for (const DatGroup& group : groups_) {
      at::Tensor y = x;
      for (const DatBlock& block : group.blocks) y = block(y);
      x = x + to_rows(redraw::forward(group.tail, to_planes(y)));
    }
    const at::Tensor body = redraw::forward(after_body_, to_planes(layer_norm(x, norm_))).add_(start);
    return enlarge(body) + mean;
  }

 private:
  /// The largest offset in a window tells its size.
  void read_split(NetWeights& w) {
    const std::string key = "layers.0.blocks.0.attn.attns.0.rpe_biases";
    const at::Tensor offsets = w.take(key, {w.size(key, 0), 2}).to(at::kCPU, at::kFloat);
    const auto side = [&](std::int64_t i) { return std::lround(offsets[offsets.size(0) - 1][i].item<float>()) + 1; };
    sizes_.split_y = side(0);
    sizes_.split_x = side(1);
    const auto sound = [](std::int64_t s) { return s >= 1 && s <= 64; };
    if (!sound(sizes_.split_y) || !sound(sizes_.split_x) ||
        (2 * sizes_.split_y - 1) * (2 * sizes_.split_x - 1) != offsets.size(0))
      w.fail("\"" + key + "\" tells no window size");
  }

  DatGroup load_group(NetWeights& w, int group) const {
    const std::string blocks = fmt::format("layers.{}.blocks", group);
    const std::string temperature = blocks + ".1.attn.temperature";
    const std::int64_t heads =
        w.has(temperature) ? w.size(temperature, 0) : 2 * w.size(blocks + ".0.attn.attns.0.pos.pos3.2.weight", 0);
    DatGroup result;
    for (int i = 0; i < w.count(blocks); ++i) {
      const std::string name = fmt::format("{}.{}", blocks, i);
      const bool shifted = group % 2 == 0 ? i > 0 && (i - 2) % 4 == 0 : i % 4 == 0;
      std::unique_ptr<Attention> attention;
      if (i % 2 == 0) attention = std::make_unique<SpatialAttention>(w, name + ".attn", sizes_, heads, shifted);
      else attention = std::make_unique<ChannelAttention>(w, name + ".attn", sizes_);
      result.blocks.emplace_back(w, name, sizes_, std::move(attention));
    }
    result.tail = w.tail(fmt::format("layers.{}.conv", group), sizes_.width);
    return result;
  }

  void load_end(NetWeights& w) {
    int scale = 0;
    std::int64_t features = w.size("upsample.0.weight", 1);
    if (w.has("conv_last.weight")) {
      features = w.size("conv_before_upsample.0.weight", 0);
      before_up_ = w.conv("conv_before_upsample.0", sizes_.width, features);
      scale = load_shuffles(w, "upsample", features, ups_);
      last_ = w.conv("conv_last", features, 3);
    } else {
      scale = static_cast<int>(std::lround(std::sqrt(static_cast<double>(w.size("upsample.0.weight", 0) / 3))));
      ups_.push_back(w.conv("upsample.0", sizes_.width, 3 * scale * scale));
    }
    fill_traits(w, scale, features);
  }

  void fill_traits(NetWeights& w, int scale, std::int64_t features) {
    const std::string mask = "layers.0.blocks.2.attn.attn_mask_0";
    const std::int64_t trained =
        w.has(mask) ? static_cast<std::int64_t>(std::sqrt(static_cast<double>(w.size(mask, 0) * w.size(mask, 1)))) : 64;
    const bool small = sizes_.split_y == 8 && sizes_.split_x == 16;
    const double expansion = static_cast<double>(sizes_.hidden) / static_cast<double>(sizes_.width);
    const char* point = expansion == std::floor(expansion) ? ".0" : "";  // as Python writes floats
    traits = {"DAT",
              scale,
              3,
              {groups_.size() < 4 ? "light"
               : small            ? "small"
                                  : "medium",
               fmt::format("s{}|{}x{}", trained, sizes_.split_y, sizes_.split_x), fmt::format("{}nf", features),
               fmt::format("{}dim", sizes_.width), fmt::format("{}{}ef", expansion, point),
               after_body_.layers.size() == 1 ? "1conv" : "3conv"},
              16,
              1,
              false};
  }

  at::Tensor enlarge(const at::Tensor& body) const {
    if (!last_.weight.defined()) return at::pixel_shuffle(conv(body, ups_[0]), traits.scale);
    at::Tensor y = leaky(conv(body, before_up_), 0.01);
    for (const Conv& up : ups_)
      y = at::pixel_shuffle(conv(y, up), std::lround(std::sqrt(static_cast<double>(up.weight.size(0) / y.size(1)))));
    return conv(y, last_);
  }

  Sizes sizes_{};
  Conv first_, before_up_, last_;
  std::vector<Conv> ups_;
  Norm before_, norm_;
  std::vector<DatGroup> groups_;
  TailConv after_body_;
};

}  // namespace

std::unique_ptr<Network> load_dat(NetWeights& weights) { return std::make_unique<Dat>(weights); }

}  // namespace redraw
