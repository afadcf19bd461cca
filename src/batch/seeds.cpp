// Seeds: which seed and variation seed each result gets.
#include "batch/seeds.h"

#include <random>

#include <fmt/format.h>

#include "base/files.h"

namespace redraw {
namespace {

bool is_hashed(SeedMode mode) { return mode == SeedMode::kName || mode == SeedMode::kContent; }

std::int64_t hashed_seed(std::int64_t seed, const std::string& text) {
  const std::string whole = fmt::format("{}:", seed) + text;
  const std::string hex = sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size()});
  return std::stoll(hex.substr(hex.size() - 8), nullptr, 16);
}

std::int64_t drawn() { return static_cast<std::int64_t>(std::random_device{}()); }

}  // namespace

Seeds count_on(Seeds first, double variation_strength, std::int64_t number) {
  return {first.seed + (variation_strength == 0 ? number : 0), first.variation_seed + number};
}

Seeds first_seeds(const Recipe& recipe) {
  const std::int64_t open = is_hashed(recipe.seed_mode) ? 0 : drawn();
  const std::int64_t variation = recipe.variation_strength != 0 ? drawn() : 0;
  return {recipe.seed < 0 ? open : recipe.seed, recipe.variation_seed < 0 ? variation : recipe.variation_seed};
}

bool draws_seed(const Recipe& recipe) {
  return draws_picture_seed(recipe) || draws_variation_seed(recipe);
}

bool draws_picture_seed(const Recipe& recipe) { return recipe.seed < 0 && !is_hashed(recipe.seed_mode); }

bool draws_variation_seed(const Recipe& recipe) { return recipe.variation_seed < 0 && recipe.variation_strength != 0; }

std::int64_t seed_of_picture(const Recipe& recipe, std::int64_t first, const Input& input) {
  if (recipe.seed_mode == SeedMode::kName)
    return hashed_seed(first, (input.rel_dir / input.path.filename()).generic_string());
  if (recipe.seed_mode == SeedMode::kContent) return hashed_seed(first, read_file(input.path));
  return first;
}

bool counts_by_picture(SeedMode mode) { return mode != SeedMode::kIncrement; }

}  // namespace redraw
