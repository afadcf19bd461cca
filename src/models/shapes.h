// What a checkpoint is, read off its keys and shapes without loading it.
#pragma once

#include <string>
#include <vector>

#include "nn/load_tensors.h"

namespace redraw {

/// Lists go from the level of the picture's own resolution down.
struct ModelShape {
  std::string family, prediction;  // as in ModelTraits
  bool ztsnr = false;              // zero terminal SNR
  int in_channels = 0, model_channels = 0;
  std::vector<int> channel_mult, num_res_blocks;
  std::vector<int> transformer_depth, heads;  // 0: a level without attention
  int transformer_depth_middle = 0, heads_middle = 0;
  int context_dim = 0;
  int adm_in_channels = 0;  // numbers beside the context (SDXL); 0: none
  bool linear_projection = false;
  std::vector<int> text_layers, text_heads;  // of each text encoder
  std::vector<int> vae_ch_mult;
};

/// keys    of a checkpoint of this family
/// v or eps of SD 2.x is told by the spread of one weight, as Forge and ComfyUI do; loading asks the net itself.
/// golden: models/detect, models/v_probe
ModelShape shape_of(const StateDict& keys, const std::string& family);

/// Population standard deviation of the first norm's bias in the last transformer; above 0.09 the net says v.
double spread_of_last_norm(const StateDict& keys);

}  // namespace redraw
