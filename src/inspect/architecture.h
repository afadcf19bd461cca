// The sizes of a checkpoint's networks, read off its keys and shapes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/model_file.h"

namespace redraw {

/// By level from the outside in; a level without attention has depth 0 and no heads. Golden: models/detect.
struct Architecture {
  std::int64_t in_channels = 0, model_channels = 0;  // 4; 9: inpainting; 8: instruct-pix2pix
  std::vector<std::int64_t> channel_mult, num_res_blocks, transformer_depth, heads;
  std::int64_t transformer_depth_middle = 0, heads_middle = 0;
  std::int64_t context_dim = 0, adm_in_channels = 0;  // adm: SDXL's pooled text and sizes; 0: none
  bool linear_projection = false;
  std::vector<std::int64_t> text_layers, text_heads, text_widths;  // by text encoder
  std::vector<std::int64_t> vae_ch_mult;
  std::string prediction;  // "eps" or "v"
  bool zero_terminal_snr = false;
};

/// family  "sd1", "sd2", "sdxl". What a damaged file lacks stays 0 or empty.
/// prediction  SDXL by the key v_pred; SD2 by the spread of the last attention's norm bias (over 0.09 is v,
///             as Forge and ComfyUI have it; A1111's own probe runs the UNet, and agrees)
Architecture architecture_of(const ModelFile& file, const std::string& family);

}  // namespace redraw
