// Plan sizes: how large a picture becomes, and how large the model sees it.
#include "batch/plan_sizes.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace redraw {
namespace {

constexpr int kMostPixels = 65500;  // of a side, in one file

int round_up_to_8(int side) { return (side + 7) / 8 * 8; }

int side_of(double side) { return static_cast<int>(std::clamp(side, 1.0, 1e9)); }

}  // namespace

Size asked_size(const Recipe& recipe, Size source) {
  if (recipe.scale) return {side_of(source.width * *recipe.scale), side_of(source.height * *recipe.scale)};
  if (recipe.width && recipe.height) return {*recipe.width, *recipe.height};
  const double ratio = static_cast<double>(source.width) / source.height;
  if (recipe.width) return {*recipe.width, side_of(std::round(*recipe.width / ratio))};
  if (recipe.height) return {side_of(std::round(*recipe.height * ratio)), *recipe.height};
  return source;
}

void set_sizes(Job& job) {
  const bool crop = job.only_masked();
  const Size asked = asked_size(job.recipe, job.source_size);
  job.target_size = crop ? job.source_size : asked;
  job.work_size = {round_up_to_8(asked.width), round_up_to_8(asked.height)};
  if (static_cast<long long>(job.work_size.width) * job.work_size.height <= kMaxWorkPixels) return;
  throw Error(ErrorKind::kRequest,
              fmt::format("\"{}\" would be redrawn at {}x{}", job.input_path.string(), asked.width, asked.height),
              job.input_path.string(), "the model sees at most 16.7 megapixels (4096x4096) at once",
              "give a smaller --size or --scale, or a mask with --inpaint-area only_masked");
}

void set_upscaled_size(Job& job) {
  job.work_size = job.target_size = asked_size(job.recipe, job.source_size);
  if (job.target_size.width <= kMostPixels && job.target_size.height <= kMostPixels) return;
  throw Error(
      ErrorKind::kRequest,
      fmt::format("\"{}\" would become {}x{}", job.input_path.string(), job.target_size.width, job.target_size.height),
      job.input_path.string(), fmt::format("a side has {} pixels at most", kMostPixels),
      "give a smaller --size or --scale");
}

}  // namespace redraw
