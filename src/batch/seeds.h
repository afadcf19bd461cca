// Seeds: which seed and variation seed each result gets.
#pragma once

#include <cstdint>

#include "batch/inputs.h"
#include "redraw/recipe.h"

namespace redraw {

struct Seeds {
  std::int64_t seed = 0, variation_seed = 0;
  bool operator==(const Seeds&) const = default;
};

/// Of the result `number` of a job, from 0: the seed counts on, or stays where variations are made
/// of it; the variation seed always counts on.
/// source A1111 1.10 processing.process_images_inner; golden: ui/rng batch_seeds
Seeds count_on(Seeds first, double variation_strength, std::int64_t number);

/// Draws what the recipe leaves open (-1), once for all its pictures.
Seeds first_seeds(const Recipe& recipe);
/// A seed was drawn that the result depends on.
bool draws_seed(const Recipe& recipe);

/// The first seed of one picture: `first` itself, or the lower 32 bits of the SHA-256 of "seed:name" (name
/// below the folder that was named) or "seed:bytes". Errors: kFile for bytes that cannot be read.
std::int64_t seed_of_picture(const Recipe& recipe, std::int64_t first, const Input& input);

/// Variants alone count: the seed does not depend on the other pictures of the run.
bool counts_by_picture(SeedMode mode);

}  // namespace redraw
