// Model cost: multiplications and bytes of a checkpoint, out of its header alone.
#pragma once

#include <filesystem>
#include <optional>

#include "redraw/image.h"

namespace redraw {

/// Multiplications count as one with their addition.
struct ModelCost {
  double parameters = 0, unet_parameters = 0;
  double unet_per_cell = 0;   // of one latent cell (8 x 8 px) and one row of a batch: convolutions, linear layers
  double unet_per_pair = 0;   // of a pair of cells: attention
  double vae_per_pixel = 0;   // encoder and decoder
  double vae_channels = 0;    // the most at full size: what memory a decode needs

  /// Of one picture: `rows` rows per step (2: with and without the prompt).
  double picture(Size work_size, int steps, int rows) const;
};

/// From a safetensors header with Stable Diffusion's keys; nullopt for any other file.
std::optional<ModelCost> read_model_cost(const std::filesystem::path& path);

}  // namespace redraw
