// Names of the weights in VAE files, as they are and as the autoencoder wants them.
#pragma once

#include "nn/load_tensors.h"

namespace redraw {

/// The tensors under the original program's names: without the prefix first_stage_model, and diffusers'
/// names (AutoencoderKL) turned into them. Other keys stay as they are.
StateDict plain_vae_keys(const StateDict& file);

}  // namespace redraw
