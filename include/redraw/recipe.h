// Recipe: what the user asks for, as plain values with defaults; nothing is opened to fill it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace redraw {

enum class ResizeMode { kJust, kCrop, kFill, kLatent };
enum class MaskMode { kMasked, kNotMasked };
enum class MaskedContent { kOriginal, kFill, kLatentNoise, kLatentNothing };
enum class InpaintArea { kWholePicture, kOnlyMasked };
enum class Existing { kError, kSkip, kOverwrite, kRename, kResume };
enum class Determinism { kStandard, kBitwise };
enum class NoiseSchedule { kDefault, kZeroTerminalSnr };
enum class UnipcVariant { kBh1, kBh2, kVaryCoeff };
enum class UnipcSkip { kTimeUniform, kTimeQuadratic, kLogSnr };
/// How a picture beyond the model's size is redrawn in tiles.
enum class TileMode { kJoint, kSingle };
enum class SeedMode { kFixed, kIncrement, kName, kContent };
/// What the weights of the attention syntax do to the text encoder's output.
enum class Emphasis { kOriginal, kNoNorm, kIgnore, kNone };
enum class PromptFrom { kSetting, kSidecar };
enum class Rng { kCpu, kNv };

/// Soft inpainting: how far the mask's grey parts are redrawn. A1111's names and defaults.
struct SoftInpainting {
  double schedule_bias = 1;              // 0 to 8
  double preservation_strength = 0.5;    // 0 to 8
  double transition_contrast_boost = 4;  // 1 to 32
  double mask_influence = 0;             // 0 to 1
  double difference_threshold = 0.5;     // 0 to 8
  double difference_contrast = 2;        // 0 to 8
};

/// A value as it was typed, before it is understood.
struct Setting {
  std::string key;
  std::vector<std::string> values;  // one, or a list's; none: null
  std::string origin;               // "fix.yaml:14:12" or "--mask-blur"
  std::filesystem::path folder;     // that relative paths start from; empty: the current one
  std::vector<std::vector<Setting>> parts = {};  // of `stages`: a partial recipe each
};

/// The names of the members are the YAML keys and, with dashes, the flags (table: recipe/options).
struct Recipe {
  std::vector<std::string> inputs;
  bool recursive = false;
  std::string output = "redrawn";
  std::string name = "[rel_dir]/[stem].png";
  Existing existing = Existing::kError;
  std::string manifest;  // table of pictures with settings of their own; empty: none
  bool sidecars = true;  // photo.redraw.yaml beside photo.png holds settings of its own

  std::string model;  // path or name; empty: the demo model
  std::string vae;    // path; empty: the checkpoint's own
  std::vector<std::string> loras;  // NAME[:WEIGHT[:UNET WEIGHT]], as in <lora:...>; NAME may be a path
  std::string lora_dir;            // empty: lora and Lora in the model folders
  std::string embeddings_dir;      // empty: embeddings in the model folders
  std::string prompt;
  std::string negative_prompt;
  int clip_skip = 1;
  bool sdxl_clip_l_skip = false;  // clip_skip counts for SDXL's first text encoder
  int sdxl_crop_top = 0;          // px that SDXL is told the picture was cropped by
  int sdxl_crop_left = 0;
  PromptFrom prompt_from = PromptFrom::kSetting;
  std::vector<std::string> styles;  // names out of styles_file
  std::string styles_file;          // empty: styles.csv of the current folder
  std::vector<std::string> png_info;  // fields of the input's own infotext that it is redrawn with
  Emphasis emphasis = Emphasis::kOriginal;
  int comma_backtrack = 20;  // tokens
  bool old_prompt_editing = false;

  ResizeMode resize_mode = ResizeMode::kJust;
  std::optional<int> width;   // px; neither width nor height: the input's size
  std::optional<int> height;
  std::optional<double> scale;
  std::string upscaler;  // "none", "lanczos", "nearest", a name or a file; empty: none
  std::string upscaler_2;            // blended over the first by `redraw upscale`
  double upscaler_2_visibility = 0;  // 0 to 1
  int upscale_tile = 192;            // px; 0: the whole picture at once
  int upscale_overlap = 8;           // px
  std::string tile = "off";  // px that the model sees at once | off: the whole picture | auto: its family's size
  TileMode tile_mode = TileMode::kJoint;
  int tile_overlap = 64;             // px
  std::string background = "#ffffff";

  std::string sketch;            // file or pattern with {stem}: strokes laid over the picture; empty: none
  double mask_transparency = 0;  // %, of strokes that are the mask too (mask: sketch)
  std::string mask;  // file, pattern with {stem}, "alpha", "sketch" or "color:#rrggbb"; empty: none
  MaskMode mask_mode = MaskMode::kMasked;
  int mask_grow = 0;    // px before the blur; negative shrinks
  int mask_blur_x = 4;  // px; `mask_blur` sets both
  int mask_blur_y = 4;
  MaskedContent masked_content = MaskedContent::kOriginal;
  InpaintArea inpaint_area = InpaintArea::kWholePicture;
  int padding = 32;  // px of the source
  bool soft_inpainting = false;
  SoftInpainting soft;
  double inpainting_mask_weight = 1;  // inpainting models: how much of what is masked they do not see
  bool color_correction = false;

  double denoise = 0.75;
  int steps = 20;
  bool exact_steps = false;
  std::string sampler = "dpmpp_2m";
  std::string scheduler = "automatic";
  double sigma_min = 0;  // 0: the model's own, also for sigma_max
  double sigma_max = 0;
  double rho = 0;  // of karras (0: 7) and polyexponential (0: 1)
  double beta_alpha = 0.6;  // of beta
  double beta_beta = 0.6;
  bool discard_penultimate = false;
  NoiseSchedule noise_schedule = NoiseSchedule::kDefault;
  bool quantize = false;
  std::optional<double> eta;  // not set: 1, with DDIM's kin 0
  double s_churn = 0;
  double s_tmin = 0;
  double s_tmax = 0;  // 0: no limit
  double s_noise = 1;
  UnipcVariant unipc_variant = UnipcVariant::kBh1;
  UnipcSkip unipc_skip_type = UnipcSkip::kTimeUniform;
  int unipc_order = 3;
  bool unipc_lower_order_final = true;
  double cfg_scale = 7;
  double cfg_rescale = 0;
  double s_min_uncond = 0;
  bool s_min_uncond_all = false;
  double skip_early_cond = 0;
  double image_cfg_scale = 1.5;  // instruct-pix2pix models: how strongly the picture counts
  std::int64_t seed = -1;  // -1: drawn once per run
  SeedMode seed_mode = SeedMode::kIncrement;
  Rng rng = Rng::kCpu;
  std::int64_t variation_seed = -1;       // -1: drawn where variation_strength needs it
  double variation_strength = 0;
  std::optional<int> seed_resize_width;   // px; `seed_resize` sets both
  std::optional<int> seed_resize_height;
  std::int64_t ensd = 0;                  // eta noise seed delta
  double noise_multiplier = 1;
  double extra_noise = 0;
  bool tiling = false;

  int count = 1;  // variants per picture
  int batch = 0;  // pictures in one model call; 0: auto
  std::string device = "auto";
  std::string dtype = "auto";  // auto | f32 | f16 | bf16
  std::string vae_dtype = "auto";
  std::string vae_tile = "auto";  // auto | off | px of a tile's side
  int threads = 0;             // 0: all cores
  std::string devices;         // "0,1": a worker process for each; empty: this process alone, on `device`
  Determinism determinism = Determinism::kStandard;
  bool strict = false;         // warnings are errors
  std::string max_failures;    // "20" or "5%": more of them end the run; empty: no number does
  std::string time_limit;      // "3h50m"; empty: none

  /// Partial recipes: each is laid over this one (recipe/stages) and redraws the picture of the one before.
  std::vector<std::vector<Setting>> stages;

  /// Settings that take several values, as typed; the product of all makes the cells (recipe/sweep).
  std::vector<Setting> sweep;
  /// Of a cell: words of the prompts that are replaced, each with the values {word, replacement}.
  std::vector<Setting> search_replace;

  /// What the command line set: laid over a picture's own settings once more.
  std::vector<Setting> flags;
  /// Where each given setting came from: "fix.yaml:14:12" or "--mask-blur"; for errors.
  std::map<std::string, std::string> origins;
};

}  // namespace redraw
