// The VAE as the stages call it: in tiles where that is asked for or needed, and again where its numbers overflow.
#pragma once

#include "pipeline/stages.h"

namespace redraw {

struct VaeResult {
  at::Tensor values;  // as Model::encode or decode gives them
  RowNotes notes;     // for each row: that it overflowed and was done again in f32, that the memory was too small
};

/// recipe  its vae_tile counts
/// A row of a finite input that is not finite in the VAE's own number format is done again in f32. Where tiles are
/// left open and the memory does not take the whole, every row is done in tiles.
VaeResult run_encoder(const Model& model, const at::Tensor& images, const Recipe& recipe);
VaeResult run_decoder(const Model& model, const at::Tensor& latents, const Recipe& recipe);

}  // namespace redraw
