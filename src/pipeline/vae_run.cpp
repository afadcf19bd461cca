// The VAE as the stages call it: in tiles where that is asked for or needed, and again where its numbers overflow.
#include "pipeline/vae_run.h"

#include <ATen/ATen.h>

#include "image/tile_spans.h"

namespace redraw {
namespace {

using Call = at::Tensor (Model::*)(const at::Tensor&, const VaeOptions&) const;

/// One way through the VAE, and what it is called.
struct Way {
  Call call;
  const char* done;
};
constexpr Way kEncode{&Model::encode, "encoded"}, kDecode{&Model::decode, "decoded"};

bool is_finite(const at::Tensor& x) { return at::isfinite(x).all().item<bool>(); }

at::Tensor run_or_tile(const Model& model, const at::Tensor& input, const Way& way, VaeOptions& options,
                       RowNotes& notes) {
  try {
    return (model.*way.call)(input, options);
  } catch (const std::exception& error) {
    if (options.tile || translate(error).kind() != ErrorKind::kDevice) throw;
  }
  options.tile = kVaeTile;
  for (auto& of_row : notes) of_row.push_back(std::string("out of memory: the picture was ") + way.done + " in tiles");
  return (model.*way.call)(input, options);
}

VaeResult run(const Model& model, const at::Tensor& input, const Recipe& recipe, const Way& way) {
  VaeOptions options;
  options.tile = tile_side(recipe.vae_tile);
  VaeResult result{{}, RowNotes(static_cast<std::size_t>(input.size(0)))};
  result.values = run_or_tile(model, input, way, options, result.notes);
  const at::ScalarType dtype = model.traits().vae_dtype;
  if (dtype == at::kFloat || is_finite(result.values)) return result;
  options.full_precision = true;
  for (std::int64_t row = 0; row < input.size(0); ++row) {
    if (is_finite(result.values[row]) || !is_finite(input[row])) continue;
    result.values[row].copy_((model.*way.call)(input.narrow(0, row, 1), options)[0]);
    result.notes[static_cast<std::size_t>(row)].push_back("the VAE overflowed in " + name_of(dtype) +
                                                          ": the picture was " + way.done + " again in f32");
  }
  return result;
}

}  // namespace

VaeResult run_encoder(const Model& model, const at::Tensor& images, const Recipe& recipe) {
  return run(model, images, recipe, kEncode);
}
VaeResult run_decoder(const Model& model, const at::Tensor& latents, const Recipe& recipe) {
  return run(model, latents, recipe, kDecode);
}

}  // namespace redraw
