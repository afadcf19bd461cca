// Job: one output picture with every name and number resolved; immutable once planned.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "redraw/image.h"
#include "redraw/recipe.h"

namespace redraw {

/// A LoRA that a picture is made with.
struct LoraUse {
  std::string name;  // as it was asked for
  std::filesystem::path path;
  double text_weight = 1, unet_weight = 1;
  std::optional<int> dim = {};  // of a plain LoRA only so many ranks
  bool in_prompt = true;        // false: of the setting `loras`
  auto operator<=>(const LoraUse&) const = default;
};

/// A textual inversion embedding whose word stands in a prompt.
struct EmbeddingUse {
  std::string name;  // the word: the file's name without suffix
  std::filesystem::path path;
  auto operator<=>(const EmbeddingUse&) const = default;
};

struct Job {
  Recipe recipe;  // as asked, no "automatic" left in scheduler
  std::filesystem::path input_path;
  std::filesystem::path mask_path;    // empty: no mask, or one that comes out of the picture (recipe.mask says)
  std::filesystem::path sketch_path;  // empty: no strokes
  std::filesystem::path output_path;
  std::vector<LoraUse> loras;  // those of the prompt, then those of recipe.loras
  std::vector<EmbeddingUse> embeddings;  // of the negative prompt, then of the prompt; each once
  std::int64_t seed = 0;            // drawn
  std::int64_t variation_seed = 0;  // counts with variation_strength
  Size source_size;       // px, after EXIF orientation
  Size target_size;       // px of the whole picture after the resize mode = size of the output
  Size work_size;         // px that the model sees: a multiple of 8 (latent_stride)
  std::size_t index = 0;  // place in the plan, as events say it
  int group = 0;          // jobs of one group differ in pictures, prompts, seeds and sizes alone
  std::string own;        // what was set for this picture alone, for reports
  int steps_run = 0;      // model steps really made
  int steps_total = 0;    // steps of the schedule

  std::size_t number = 0;   // place in the run, from 0; pictures that fail count too
  int stage = 0;            // of a recipe with stages: from 0; the input of a later one is the picture before it
  std::vector<Job> before;  // of the last stage: the stages before it, in order
  std::string input_key;    // of a later stage: the content key of the stage before, in place of its picture's hash

  bool has_mask() const { return !recipe.mask.empty(); }
  bool only_masked() const { return has_mask() && recipe.inpaint_area == InpaintArea::kOnlyMasked; }
};

/// What the model needs of a picture and what the paste needs afterwards (made by canvas/prepare).
struct Prepared {
  Image init_image;                 // RGB, work_size: what enters the VAE
  std::optional<Mask> latent_mask;  // work_size, blurred; the encoder stage makes it latent-sized
  std::optional<Rect> crop_region;  // source px; only_masked
  std::optional<Rect> paste_to;     // x, y, x + w, y + h in the overlay; only_masked
  std::optional<Image> overlay;     // RGBA: original pixels laid back over the result
  Image base;                       // RGB, the picture the overlay was made of (target_size)
};

}  // namespace redraw
