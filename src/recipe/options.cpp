// TABLE of settings: the rows.
#include "recipe/options.h"

#include <algorithm>

namespace redraw {
namespace {

constexpr double kMaxSide = 16384, kMaxDelta = 2147483647, kMaxSeed = 9007199254740991.0;  // 2^53 - 1

constexpr Choice kResizeModes[] = {
    {"just", "Just resize"}, {"crop", "Crop and resize"}, {"fill", "Resize and fill"},
    {"latent", "Just resize (latent upscale)"}};
constexpr Choice kMaskModes[] = {{"masked", "Inpaint masked"}, {"not_masked", "Inpaint not masked"}};
constexpr Choice kMaskedContents[] = {{"original", "original"}, {"fill", "fill"},
                                      {"latent_noise", "latent noise"},
                                      {"latent_nothing", "latent nothing"}};
constexpr Choice kInpaintAreas[] = {{"whole_picture", "Whole picture"}, {"only_masked", "Only masked"}};
constexpr Choice kExisting[] = {{"error", ""}, {"skip", ""}, {"overwrite", ""}, {"rename", ""}, {"resume", ""}};
constexpr Choice kNoiseSchedules[] = {{"default", "Default"}, {"zero_terminal_snr", "Zero Terminal SNR"}};
constexpr Choice kUnipcVariants[] = {{"bh1", "bh1"}, {"bh2", "bh2"}, {"vary_coeff", "vary_coeff"}};
constexpr Choice kUnipcSkipTypes[] = {{"time_uniform", "time_uniform"}, {"time_quadratic", "time_quadratic"}, {"log_snr", "logSNR"}};
constexpr Choice kSeedModes[] = {{"fixed", ""}, {"increment", ""}, {"name", ""}, {"content", ""}};
constexpr Choice kTileModes[] = {{"joint", "MultiDiffusion"}, {"single", "SD upscale"}};
constexpr Choice kRngs[] = {{"cpu", "CPU"}, {"nv", "NV"}};
constexpr Choice kDeterminisms[] = {{"standard", ""}, {"bitwise", ""}};
constexpr Choice kPromptFroms[] = {{"setting", ""}, {"sidecar", ""}};
constexpr Choice kEmphases[] = {{"original", "Original"}, {"no_norm", "No norm"}, {"ignore", "Ignore"}, {"none", "None"}};
constexpr Choice kDtypes[] = {{"auto", ""}, {"f32", ""}, {"f16", ""}, {"bf16", ""}};

constexpr std::string_view kFiles = "Input and output", kModel = "Model", kPrompt = "Prompt",
                           kSize = "Size", kMask = "Mask", kSampling = "Sampling", kMachine = "Machine";
using K = TextKind;

// key, short flag, alias, group, member, kind of text, unit, min, max, choices, help
constexpr Option kOptions[] = {
    {"inputs", 0, "", kFiles, &Recipe::inputs, K::kPath, "", 0, 0, {},
     "Pictures, folders, patterns, @list.txt or - (one picture on standard input); they stand without a flag."},
    {"recursive", 'r', "", kFiles, &Recipe::recursive, K::kPlain, "", 0, 0, {},
     "Go into subfolders and keep their tree in the output."},
    {"output", 'o', "", kFiles, &Recipe::output, K::kPath, "", 0, 0, {},
     "Folder for the results, or a .png file for one result."},
    {"name", 0, "", kFiles, &Recipe::name, K::kPlain, "", 0, 0, {},
     "Pattern of the file names in the output folder."},
    {"existing", 0, "", kFiles, &Recipe::existing, K::kPlain, "", 0, 0, kExisting,
     "What to do where the output file is already there; resume: redo it where recipe, picture or model changed."},
    {"manifest", 0, "", kFiles, &Recipe::manifest, K::kPath, "", 0, 0, {},
     "CSV table or JSON lines with a column path and settings of each picture's own; without inputs its pictures are the inputs."},
    {"sidecars", 0, "", kFiles, &Recipe::sidecars, K::kPlain, "", 0, 0, {},
     "Read photo.redraw.yaml beside photo.png: settings of its own."},
    {"background", 0, "", kFiles, &Recipe::background, K::kColor, "", 0, 0, {},
     "Color under transparent pixels."},
    {"model", 'M', "", kModel, &Recipe::model, K::kPathOrName, "", 0, 0, {},
     "Stable Diffusion checkpoint, a .safetensors or .ckpt file; empty: the demo model."},
    {"vae", 0, "", kModel, &Recipe::vae, K::kPath, "", 0, 0, {},
     "VAE file to use instead of the checkpoint's own."},
    {"loras", 0, "lora", kModel, &Recipe::loras, K::kLora, "", 0, 0, {},
     "LoRAs for every picture, beside those that a prompt names as <lora:NAME:WEIGHT>; NAME may be a path."},
    {"lora_dir", 0, "", kModel, &Recipe::lora_dir, K::kPath, "", 0, 0, {},
     "Folder whose files the names of LoRAs stand for; empty: lora and Lora in the model folders."},
    {"embeddings_dir", 0, "", kModel, &Recipe::embeddings_dir, K::kPath, "", 0, 0, {},
     "Folder of textual inversion embeddings: the name of a file is the word that stands for it in prompts; empty: embeddings in the model folders."},
    {"clip_skip", 0, "", kModel, &Recipe::clip_skip, K::kPlain, "layers", 1, 12, {},
     "Which layer of the text encoder is used, from the end; 1 is the last."},
    {"sdxl_clip_l_skip", 0, "", kModel, &Recipe::sdxl_clip_l_skip, K::kPlain, "", 0, 0, {},
     "SDXL: clip_skip counts for the first text encoder; otherwise it does nothing there."},
    {"sdxl_crop_top", 0, "", kModel, &Recipe::sdxl_crop_top, K::kPlain, "px", 0, kMaxSide, {},
     "SDXL: how much the model is told to be cut off the picture's top."},
    {"sdxl_crop_left", 0, "", kModel, &Recipe::sdxl_crop_left, K::kPlain, "px", 0, kMaxSide, {},
     "SDXL: how much the model is told to be cut off the picture's left side."},
    {"prompt", 'p', "", kPrompt, &Recipe::prompt, K::kPrompt, "", 0, 0, {},
     "What to paint, in A1111's prompt syntax; # begins a comment, @file reads a file, @@ stands for one @."},
    {"negative_prompt", 'n', "", kPrompt, &Recipe::negative_prompt, K::kPrompt, "", 0, 0, {},
     "What to avoid; @file reads a file. {source.prompt} and {source.negative_prompt} are those in the input's own infotext."},
    {"prompt_from", 0, "", kPrompt, &Recipe::prompt_from, K::kPlain, "", 0, 0, kPromptFroms,
     "sidecar: the prompt of photo.png is in photo.txt beside it."},
    {"styles", 0, "", kPrompt, &Recipe::styles, K::kPlain, "", 0, 0, {},
     "Styles laid around both prompts, by name, one after the other."},
    {"styles_file", 0, "", kPrompt, &Recipe::styles_file, K::kPath, "", 0, 0, {},
     "A1111's table of styles; empty: styles.csv of the current folder."},
    {"png_info", 0, "", kPrompt, &Recipe::png_info, K::kPlain, "", 0, 0, {},
     "Settings taken from each input's own infotext, as Prompt, Seed, Steps, Sampler, CFG scale; prompts are appended."},
    {"emphasis", 0, "", kPrompt, &Recipe::emphasis, K::kPlain, "", 0, 0, kEmphases,
     "What (word:1.2) does: weights with the mean kept, without that, no weights, or brackets as text."},
    {"comma_backtrack", 0, "", kPrompt, &Recipe::comma_backtrack, K::kPlain, "tokens", 0, 74, {},
     "A full chunk of 75 tokens is cut at its last comma if that is at most so far back."},
    {"old_prompt_editing", 0, "", kPrompt, &Recipe::old_prompt_editing, K::kPlain, "", 0, 0, {},
     "Read [from:to:when] as A1111 did before 1.6: when below 1 is a share of the steps."},
    {"resize_mode", 0, "", kSize, &Recipe::resize_mode, K::kPlain, "", 0, 0, kResizeModes,
     "How the picture is brought to another size."},
    {"size", 0, "", kSize, SizePair{&Recipe::width, &Recipe::height}, K::kPlain, "px", 1, kMaxSide, {},
     "Width and height at once."},
    {"width", 0, "", kSize, &Recipe::width, K::kPlain, "px", 1, kMaxSide, {},
     "Width of the result; not set: the input's, or in proportion to the height."},
    {"height", 0, "", kSize, &Recipe::height, K::kPlain, "px", 1, kMaxSide, {},
     "Height of the result; not set: the input's, or in proportion to the width."},
    {"scale", 0, "", kSize, &Recipe::scale, K::kPlain, "times", 0.01, 16, {},
     "Size of the result as a factor of the input's."},
    {"upscaler", 0, "", kSize, &Recipe::upscaler, K::kPathOrName, "", 0, 0, {},
     "What enlarges a picture that grows: none, lanczos, nearest, or a network by name or file (redraw list upscalers)."},
    {"upscaler_2", 0, "", kSize, &Recipe::upscaler_2, K::kPathOrName, "", 0, 0, {},
     "Second upscaler, laid over the first (redraw upscale)."},
    {"upscaler_2_visibility", 0, "", kSize, &Recipe::upscaler_2_visibility, K::kPlain, "", 0, 1, {},
     "How much of the second upscaler is seen: 0 nothing, 1 nothing of the first."},
    {"upscale_tile", 0, "", kSize, &Recipe::upscale_tile, K::kPlain, "px", 0, 4096, {},
     "Size of the tiles that go through the upscaler; 0: the whole picture at once."},
    {"upscale_overlap", 0, "", kSize, &Recipe::upscale_overlap, K::kPlain, "px", 0, 512, {},
     "How far these tiles overlap."},
    {"tile", 0, "", kSize, &Recipe::tile, K::kTile, "px", 64, 4096, {},
     "Big pictures: the model sees overlapping tiles of this size; auto: of the size that its family knows (512, 768 or 1024) or up to an eighth more where that takes fewer, off: the whole picture."},
    {"tile_mode", 0, "", kSize, &Recipe::tile_mode, K::kPlain, "", 0, 0, kTileModes,
     "joint: tiles are denoised together, step by step, with the noise of the whole picture; single: one after the other as pictures of their own, as A1111's SD upscale."},
    {"tile_overlap", 0, "", kSize, &Recipe::tile_overlap, K::kPlain, "px", 0, 2048, {},
     "How far the tiles that the model sees overlap."},
    {"sketch", 0, "", kMask, &Recipe::sketch, K::kPath, "", 0, 0, {},
     "Strokes laid over the picture: a file with alpha, or a pattern with {stem}."},
    {"mask", 'm', "", kMask, &Recipe::mask, K::kMask, "", 0, 0, {},
     "Mask file or pattern with {stem}, white is redrawn; or alpha, sketch, color:#rrggbb."},
    {"mask_transparency", 0, "", kMask, &Recipe::mask_transparency, K::kPlain, "%", 0, 100, {},
     "How much the picture shines through strokes that are the mask (mask: sketch)."},
    {"mask_mode", 0, "", kMask, &Recipe::mask_mode, K::kPlain, "", 0, 0, kMaskModes,
     "Redraw what the mask covers, or the rest."},
    {"mask_grow", 0, "", kMask, &Recipe::mask_grow, K::kPlain, "px", -256, 256, {},
     "The mask made larger on all sides before it is blurred; negative: smaller."},
    {"mask_blur", 0, "", kMask, BlurPair{&Recipe::mask_blur_x, &Recipe::mask_blur_y}, K::kPlain, "px", 0,
     64, {}, "Softness of the mask's edge, both ways at once."},
    {"mask_blur_x", 0, "", kMask, &Recipe::mask_blur_x, K::kPlain, "px", 0, 64, {},
     "Softness of the mask's edge from left to right."},
    {"mask_blur_y", 0, "", kMask, &Recipe::mask_blur_y, K::kPlain, "px", 0, 64, {},
     "Softness of the mask's edge from top to bottom."},
    {"masked_content", 0, "", kMask, &Recipe::masked_content, K::kPlain, "", 0, 0, kMaskedContents,
     "What stands under the mask at the start."},
    {"inpaint_area", 0, "", kMask, &Recipe::inpaint_area, K::kPlain, "", 0, 0, kInpaintAreas,
     "Redraw at the size of the whole picture, or enlarge the surroundings of the mask."},
    {"padding", 0, "", kMask, &Recipe::padding, K::kPlain, "px", 0, 256, {},
     "Surroundings that only_masked shows to the model, in pixels of the source."},
    {"soft_inpainting", 0, "", kMask, &Recipe::soft_inpainting, K::kPlain, "", 0, 0, {},
     "Blend original and new by the grey of the mask, at every step and at the end."},
    {"soft_inpainting_schedule_bias", 0, "", kMask, &SoftInpainting::schedule_bias, K::kPlain, "", 0, 8, {},
     "When the blending falls off over the steps; A1111's schedule bias."},
    {"soft_inpainting_preservation_strength", 0, "", kMask, &SoftInpainting::preservation_strength, K::kPlain, "", 0, 8, {},
     "How much of the original is kept where the mask is grey."},
    {"soft_inpainting_transition_contrast_boost", 0, "", kMask, &SoftInpainting::transition_contrast_boost, K::kPlain, "", 1, 32, {},
     "Contrast of what lies between original and new."},
    {"soft_inpainting_mask_influence", 0, "", kMask, &SoftInpainting::mask_influence, K::kPlain, "", 0, 1, {},
     "How much the mask decides, beside the difference, what the last blend keeps."},
    {"soft_inpainting_difference_threshold", 0, "", kMask, &SoftInpainting::difference_threshold, K::kPlain, "", 0, 8, {},
     "Difference from which on a place counts as changed in the last blend."},
    {"soft_inpainting_difference_contrast", 0, "", kMask, &SoftInpainting::difference_contrast, K::kPlain, "", 0, 8, {},
     "Sharpness of that decision."},
    {"inpainting_mask_weight", 0, "", kMask, &Recipe::inpainting_mask_weight, K::kPlain, "", 0, 1, {},
     "How much of what is masked an inpainting model does not see; 0: it sees the whole picture."},
    {"color_correction", 0, "", kSampling, &Recipe::color_correction, K::kPlain, "", 0, 0, {},
     "Give the result the colours of its input."},
    {"denoise", 'd', "strength", kSampling, &Recipe::denoise, K::kPlain, "", 0, 1, {},
     "How much is redrawn: 0 nothing, 1 everything."},
    {"steps", 's', "", kSampling, &Recipe::steps, K::kPlain, "", 1, 150, {},
     "Steps of the schedule; about denoise times as many are run."},
    {"exact_steps", 0, "", kSampling, &Recipe::exact_steps, K::kPlain, "", 0, 0, {},
     "Run exactly so many steps, whatever denoise is."},
    {"sampler", 0, "", kSampling, &Recipe::sampler, K::kSampler, "", 0, 0, {},
     "How the noise is taken away; \"DPM++ 2M Karras\" sets the scheduler too."},
    {"scheduler", 0, "", kSampling, &Recipe::scheduler, K::kScheduler, "", 0, 0, {},
     "How the noise falls from step to step; automatic: the sampler's own."},
    {"sigma_min", 0, "", kSampling, &Recipe::sigma_min, K::kPlain, "", 0, 100, {},
     "Lowest noise of the schedule; 0: the model's own."},
    {"sigma_max", 0, "", kSampling, &Recipe::sigma_max, K::kPlain, "", 0, 10000, {},
     "Highest noise of the schedule; 0: the model's own."},
    {"rho", 0, "", kSampling, &Recipe::rho, K::kPlain, "", 0, 100, {},
     "Bend of the schedules karras (0: 7) and polyexponential (0: 1)."},
    {"beta_alpha", 0, "", kSampling, &Recipe::beta_alpha, K::kPlain, "", 0.01, 100, {},
     "First number of the schedule beta: smaller, more steps in much noise."},
    {"beta_beta", 0, "", kSampling, &Recipe::beta_beta, K::kPlain, "", 0.01, 100, {},
     "Second number of the schedule beta: smaller, more steps in little noise."},
    {"discard_penultimate", 0, "", kSampling, &Recipe::discard_penultimate, K::kPlain, "", 0, 0, {},
     "Leave out the last noise level but one of a schedule with one step more."},
    {"noise_schedule", 0, "", kSampling, &Recipe::noise_schedule, K::kPlain, "", 0, 0, kNoiseSchedules,
     "The model's noise levels, or stretched until the last is noise alone."},
    {"quantize", 0, "", kSampling, &Recipe::quantize, K::kPlain, "", 0, 0, {},
     "Ask the model only at the time steps that it was trained at."},
    {"eta", 0, "", kSampling, &Recipe::eta, K::kPlain, "", 0, 1, {},
     "Fresh noise at each step; not set: 1, with DDIM and DDIM CFG++ 0."},
    {"s_churn", 0, "", kSampling, &Recipe::s_churn, K::kPlain, "", 0, 100, {},
     "Noise that Euler, Heun and DPM2 add before a step."},
    {"s_tmin", 0, "", kSampling, &Recipe::s_tmin, K::kPlain, "", 0, 10, {},
     "Noise level down to which s_churn works."},
    {"s_tmax", 0, "", kSampling, &Recipe::s_tmax, K::kPlain, "", 0, 999, {},
     "Noise level from which on s_churn works; 0: from the start."},
    {"s_noise", 0, "", kSampling, &Recipe::s_noise, K::kPlain, "", 0, 2, {},
     "Strength of the noise that is added at the steps."},
    {"unipc_variant", 0, "", kSampling, &Recipe::unipc_variant, K::kPlain, "", 0, 0, kUnipcVariants,
     "Which of UniPC's three solvers runs."},
    {"unipc_skip_type", 0, "", kSampling, &Recipe::unipc_skip_type, K::kPlain, "", 0, 0, kUnipcSkipTypes,
     "How UniPC spaces its steps."},
    {"unipc_order", 0, "", kSampling, &Recipe::unipc_order, K::kPlain, "", 1, 50, {},
     "Order of UniPC; it needs at least so many steps."},
    {"unipc_lower_order_final", 0, "", kSampling, &Recipe::unipc_lower_order_final, K::kPlain, "", 0, 0, {},
     "Let UniPC end with lower orders, which is steadier with few steps."},
    {"cfg_scale", 0, "cfg", kSampling, &Recipe::cfg_scale, K::kPlain, "", 1, 30, {},
     "How strongly the prompt counts."},
    {"cfg_rescale", 0, "", kSampling, &Recipe::cfg_rescale, K::kPlain, "", 0, 1, {},
     "How far the contrast that a high cfg_scale adds is taken back; A1111 has none."},
    {"s_min_uncond", 0, "", kSampling, &Recipe::s_min_uncond, K::kPlain, "sigma", 0, 15, {},
     "Below this noise level every second step leaves the negative prompt out; faster."},
    {"s_min_uncond_all", 0, "", kSampling, &Recipe::s_min_uncond_all, K::kPlain, "", 0, 0, {},
     "Every step below s_min_uncond does."},
    {"skip_early_cond", 0, "", kSampling, &Recipe::skip_early_cond, K::kPlain, "", 0, 1, {},
     "Share of the steps, from the first, that leave the negative prompt out."},
    {"image_cfg_scale", 0, "", kSampling, &Recipe::image_cfg_scale, K::kPlain, "", 0, 3, {},
     "How strongly the picture counts; of instruct-pix2pix models only."},
    {"seed", 0, "", kSampling, &Recipe::seed, K::kPlain, "", -1, kMaxSeed, {},
     "Start of the noise; -1: drawn, printed and stored."},
    {"seed_mode", 0, "", kSampling, &Recipe::seed_mode, K::kPlain, "", 0, 0, kSeedModes,
     "One seed for all pictures, one more for each, or one out of the picture's name or bytes and the seed (-1 counts as 0); variants count on."},
    {"rng", 0, "", kSampling, &Recipe::rng, K::kPlain, "", 0, 0, kRngs,
     "Whose random numbers: torch's on a CPU, or those of NVIDIA's GPUs; both the same on every device."},
    {"variation_seed", 0, "", kSampling, &Recipe::variation_seed, K::kPlain, "", -1, kMaxSeed, {},
     "Second seed, blended in by variation_strength; -1: drawn. Counts on over pictures where the seed stays."},
    {"variation_strength", 0, "", kSampling, &Recipe::variation_strength, K::kPlain, "", 0, 1, {},
     "How much of the variation seed's noise is blended into the seed's; above 0 all pictures share the seed."},
    {"seed_resize", 0, "", kSampling, SizePair{&Recipe::seed_resize_width, &Recipe::seed_resize_height}, K::kPlain, "px", 8, kMaxSide, {},
     "Size at which the seed gave the composition that is to be kept, width and height at once."},
    {"seed_resize_width", 0, "", kSampling, &Recipe::seed_resize_width, K::kPlain, "px", 8, kMaxSide, {},
     "Width of that size; counts with the height alone."},
    {"seed_resize_height", 0, "", kSampling, &Recipe::seed_resize_height, K::kPlain, "px", 8, kMaxSide, {},
     "Height of that size; counts with the width alone."},
    {"ensd", 0, "", kSampling, &Recipe::ensd, K::kPlain, "", -kMaxDelta, kMaxDelta, {},
     "Eta noise seed delta: added to the seed of the noise that ancestral samplers draw at each step."},
    {"noise_multiplier", 0, "", kSampling, &Recipe::noise_multiplier, K::kPlain, "times", 0, 1.5, {},
     "Strength of the noise at the start; below 1 leaves more of the picture."},
    {"extra_noise", 0, "", kSampling, &Recipe::extra_noise, K::kPlain, "times", 0, 1, {},
     "Noise added to the start beyond what the first step expects; more detail."},
    {"tiling", 0, "seamless", kSampling, &Recipe::tiling, K::kPlain, "", 0, 0, {},
     "The result goes on at its opposite side, so that copies of it fit together."},
    {"count", 'c', "", kSampling, &Recipe::count, K::kPlain, "", 1, 10000, {},
     "Variants of each picture; their names get -1, -2 ... unless the name tells them apart."},
    {"batch", 0, "", kMachine, &Recipe::batch, K::kPlain, "", 0, 256, {},
     "Pictures in one model call; 0: what fits."},
    {"device", 0, "", kMachine, &Recipe::device, K::kDevice, "", 0, 0, {},
     "auto, cpu, cuda or cuda:N; never changed in silence."},
    {"devices", 0, "", kMachine, &Recipe::devices, K::kDevices, "", 0, 0, {},
     "One worker process for each of these devices, over one shared plan: 0,1,2,3."},
    {"dtype", 0, "", kMachine, &Recipe::dtype, K::kDtype, "", 0, 0, kDtypes,
     "Number type of the networks; auto: the device's best."},
    {"vae_dtype", 0, "", kMachine, &Recipe::vae_dtype, K::kDtype, "", 0, 0, kDtypes,
     "Number type of the VAE; what overflows is done again in f32, and said. auto: f32, on CUDA f16 (scaled so that it does not overflow) unless dtype is f32."},
    {"vae_tile", 0, "", kMachine, &Recipe::vae_tile, K::kTile, "px", 64, kMaxSide, {},
     "Side of the tiles that the VAE works in, with the same result in less memory; auto: where the whole picture takes too much."},
    {"threads", 0, "", kMachine, &Recipe::threads, K::kPlain, "", 0, 1024, {}, "CPU threads; 0: all cores."},
    {"determinism", 0, "", kMachine, &Recipe::determinism, K::kPlain, "", 0, 0, kDeterminisms,
     "bitwise: every run gives the same bits; one picture a call, f32, a fixed number of threads. Slower."},
    {"strict", 0, "", kMachine, &Recipe::strict, K::kPlain, "", 0, 0, {}, "Warnings are errors."},
    {"max_failures", 0, "", kMachine, &Recipe::max_failures, K::kFailures, "", 0, 0, {},
     "End the run where more pictures than this fail; a share is one of all pictures."},
    {"time_limit", 0, "", kMachine, &Recipe::time_limit, K::kDuration, "", 0, 0, {},
     "Begin nothing that would not be done by then, and exit with 6 where something is left."},
};

}  // namespace

std::span<const Option> options() { return kOptions; }

const Option* find_option(std::string_view key) {
  for (const Option& option : kOptions)
    if (key == option.key || (!option.alias.empty() && key == option.alias)) return &option;
  return nullptr;
}

std::vector<std::string_view> option_keys() {
  std::vector<std::string_view> keys;
  for (const Option& option : kOptions) {
    keys.push_back(option.key);
    if (!option.alias.empty()) keys.push_back(option.alias);
  }
  return keys;
}

bool is_pair(const Option& option) {
  return std::holds_alternative<BlurPair>(option.member) || std::holds_alternative<SizePair>(option.member);
}

std::string flag_of(std::string_view key) {
  std::string flag = "--" + std::string(key);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

}  // namespace redraw
