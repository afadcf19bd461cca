// The interface that the pipeline sees: encode, decode, embed, predict.
#pragma once

#include <filesystem>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/device.h"
#include "nn/weight.h"
#include "prompt/chunks.h"
#include "redraw/image.h"

namespace redraw {

struct ModelTraits {
  std::string family;      // "sd1"
  std::string prediction;  // "eps" or "v"
  int in_channels = 4;     // of the UNet: 4, 8 (instruct-pix2pix) or 9 (inpainting)
  int latent_channels = 4;
  int latent_stride = 8;
  int native_side = 512;   // px of the pictures that the family was trained on
  double latent_scale = 0.18215;
  std::vector<float> alphas_cumprod;                          // [1000]
  bool zero_terminal_snr = false;                             // they are stretched already
  std::vector<Spelling> text_encoders = {Spelling::kClip};    // one for each
  std::vector<std::int64_t> text_widths;                      // of their token vectors
  at::ScalarType dtype = at::kFloat;                          // of the UNet
  at::ScalarType vae_dtype = at::kFloat;

  /// Channels that a UNet of this kind is told beside the latent; 0: none.
  int condition_channels() const { return in_channels - latent_channels; }
  bool is_inpainting() const { return condition_channels() == latent_channels + 1; }
  bool is_pix2pix() const { return condition_channels() == latent_channels; }
};

/// One of the prompts that are encoded together.
struct PromptRow {
  std::vector<std::vector<TokenChunk>> chunks;  // for each text encoder; as many in each
  int times = 1;                                // how often it counts in the mean that "Original" emphasis keeps
};

/// A textual inversion embedding: vectors that stand for a word.
struct Embedding {
  std::string name;
  std::vector<at::Tensor> vectors;  // [V, D] f32 for each text encoder
};

struct TextOptions {
  int clip_skip = 1;  // A1111's number, 1 = last layer
  Emphasis emphasis = Emphasis::kOriginal;
  int comma_backtrack = 20;  // tokens
  std::span<const Embedding> embeddings = {};  // that the fixes of the chunks number
  // SDXL only:
  bool blank = false;             // a negative prompt without a word: zeros
  Size size = {1024, 1024};       // px of the picture, which the net is told
  int crop_top = 0, crop_left = 0;
  bool clip_l_skip = false;       // clip_skip counts for the first encoder
};

struct KnownText;

/// What the text encoders say; both f32.
struct TextVectors {
  at::Tensor context;  // [N, 77k, D], the chunks laid end to end, weighted by the emphasis mode
  at::Tensor vector;   // [N, P] pooled text and sizes (SDXL); undefined: the family has none
  /// What the net made of this context at the first call, for the next ones of one run; null: made anew in every call.
  std::shared_ptr<KnownText> known = nullptr;
};

std::shared_ptr<KnownText> new_known_text();

constexpr int kVaeTile = 512;  // px of a tile's side where nobody chose one

struct VaeOptions {
  /// px of a tile's side; 0: the picture as a whole; none: on a CPU tiles where that takes more than budget
  std::optional<int> tile = 0;
  /// bytes of a call; one number for all machines, because tiles round otherwise
  std::int64_t budget = std::int64_t{6} << 30;
  bool full_precision = false;  // in f32, whatever vae_dtype is
};

class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelTraits& traits() const = 0;
  /// UNet and text encoders by their keys in the checkpoint. They are those that the networks work with: what
  /// is assigned to one counts from then on.
  virtual const NamedWeights& weights() const = 0;

  /// image   [N, 3, H, W] f32 in [-1, 1], any device
  /// returns the mean of the posterior x latent_scale, [N, C, floor(H / 8), floor(W / 8)] f32
  virtual at::Tensor encode(const at::Tensor& image, const VaeOptions& options) const = 0;
  at::Tensor encode(const at::Tensor& image) const { return encode(image, {}); }
  /// latent [N, C, h, w] f32 -> [N, 3, 8h, 8w] f32, not clamped
  virtual at::Tensor decode(const at::Tensor& latent, const VaeOptions& options) const = 0;
  at::Tensor decode(const at::Tensor& latent) const { return decode(latent, {}); }
  /// prompts  with as many chunks each; A1111 encodes the texts of one prompt's editing as such a batch
  virtual TextVectors embed(std::span<const PromptRow> prompts, const TextOptions& options) const = 0;
  /// x                [N, C, h, w], scaled as the net was trained (variance 1)
  /// t                [N] f32 (fractions happen)
  /// image_condition  [N, condition_channels, h, w]; undefined where there are none
  /// returns          eps or v, [N, C, h, w] f32
  /// Errors: kModel where no row of the answer is finite, though one was asked that is.
  virtual at::Tensor predict(const at::Tensor& x, const at::Tensor& t, const TextVectors& text,
                             const at::Tensor& image_condition) const = 0;
  /// Why the calls of the UNet are no longer recorded and replayed on the GPU; empty: nothing went wrong.
  virtual std::string unrecorded() const { return ""; }
};

/// vae  a VAE file, with or without the prefix first_stage_model, or under diffusers' keys; empty: the
///      checkpoint's own
/// Errors: kFile, kModel (what the file is instead, or which key is missing).
std::unique_ptr<Model> load_model(const std::filesystem::path& checkpoint, const std::filesystem::path& vae,
                                  const DeviceChoice& device);

}  // namespace redraw
