// The autoencoder over one picture in strips of rows: two maps of the picture's size instead of ten, exactly
// the same function. Group norms are taken over the whole map, and the middle (attention) runs as a whole.
#include <ATen/ATen.h>

#include "models/vae.h"
#include "nn/strips.h"

namespace redraw {
namespace {

at::Tensor as_it_is(const at::Tensor& x) { return x; }

/// Input and output share the memory of `x` where the block has no shortcut; x is null for a source that is not
/// stored (a map that is cheaper to make twice than to keep).
at::Tensor run_block(const Strips& strips, const VaeResBlock& block, const RowSource& source, at::Tensor x) {
  const Pointwise norm1 = strips.norm_silu(source, block.norm1);
  const bool has_shortcut = block.shortcut.weight.defined();
  const bool in_place = x.defined() && !has_shortcut;
  at::Tensor h, sum = in_place ? x : at::Tensor();
  strips.each(source.height, source.width, [&](std::int64_t from, std::int64_t to) {
    const auto put = [&](at::Tensor& map, const at::Tensor& rows) {
      if (!map.defined())
        map = strips.new_map(rows, source.height);
      map.narrow(2, from, to - from).copy_(rows);
    };
    const RowSource window = strips.window(source, from, to);
    put(h, strips.conv(window, norm1, block.conv1).rows(from, to));
    const at::Tensor rows = window.rows(from, to);
    if (!in_place) put(sum, has_shortcut ? conv(rows, block.shortcut) : rows);
  });
  const RowSource of_h = strips.stored(h);
  const RowSource second = strips.conv(of_h, strips.norm_silu(of_h, block.norm2), block.conv2);
  strips.each(source.height, source.width, [&](std::int64_t from, std::int64_t to) {
    sum.narrow(2, from, to - from).add_(second.rows(from, to).to(sum.device()));
  });
  return sum;
}

}  // namespace

at::Tensor Vae::decode_tiled(const at::Tensor& latent, int tile) const {
  const Strips strips(static_cast<std::int64_t>(tile) * tile, latent.device());
  at::Tensor x = decoder_middle_(
      redraw::conv(redraw::conv(latent.contiguous(at::MemoryFormat::ChannelsLast), post_quant_), decoder_in_));
  RowSource source = strips.stored(x);
  for (auto level = up_.rbegin(); level != up_.rend(); ++level) {
    for (const VaeResBlock& block : level->blocks) {
      x = run_block(strips, block, source, x);
      source = strips.stored(x);
    }
    if (!level->resample) continue;
    source = strips.conv(strips.doubled(x), as_it_is, *level->resample);
    x = at::Tensor();  // the source keeps the smaller map
  }
  return strips.collect(strips.conv(source, strips.norm_silu(source, decoder_norm_), decoder_out_));
}

std::pair<at::Tensor, at::Tensor> Vae::encode_tiled(const at::Tensor& image, int tile) const {
  const Strips strips(static_cast<std::int64_t>(tile) * tile, image.device());
  RowSource source = strips.conv(strips.stored(image), as_it_is, encoder_in_);
  at::Tensor x;
  for (const VaeLevel& level : down_) {
    for (const VaeResBlock& block : level.blocks) {
      x = run_block(strips, block, source, x);
      source = strips.stored(x);
    }
    if (!level.resample) continue;
    x = strips.collect(strips.halving_conv(source, *level.resample));
    source = strips.stored(x);
  }
  return posterior(x.to(image.device()));
}

}  // namespace redraw
