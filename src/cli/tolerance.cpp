// The flags that say what may differ: of compare and replay.
#include "cli/tolerance.h"

#include <fmt/format.h>

#include "base/text.h"
#include "recipe/options.h"

namespace redraw {
namespace {

std::optional<double> number_of(CommandLine& line, std::string_view key, double min, double max) {
  const std::string* value = typed_value(line, key);
  if (value == nullptr) return std::nullopt;
  const auto number = parse_number(*value);
  if (number && *number >= min && *number <= max) return number;
  line.errors.emplace_back(ErrorKind::kRequest, fmt::format("{} cannot be \"{}\"", key, *value), flag_of(key),
                           fmt::format("it takes a number, {} to {}", min, max), "correct the number");
  return std::nullopt;
}

}  // namespace

void add_tolerance_flags(std::vector<Flag>& flags) {
  const Flag kTolerance[] = {
      {"max_difference", "--max-difference", '\0', "", false, "integer, 0 to 255", "2"},
      {"max_changed", "--max-changed", '\0', "", false, "number, 0 to 100 %", "0.1"},
      {"min_psnr", "--min-psnr", '\0', "", false, "number, dB", "40"},
      {"min_ssim", "--min-ssim", '\0', "", false, "number, -1 to 1", "0.99"},
      {"max_flip", "--max-flip", '\0', "", false, "number, 0 to 1", "0.02"}};
  flags.insert(flags.end(), std::begin(kTolerance), std::end(kTolerance));
}

Tolerance tolerance_of(CommandLine& line) {
  Tolerance tolerance;
  if (const auto steps = number_of(line, "max_difference", 0, 255)) tolerance.max_difference = static_cast<int>(*steps);
  tolerance.max_changed = number_of(line, "max_changed", 0, 100);
  tolerance.min_psnr = number_of(line, "min_psnr", 0, 1000);
  tolerance.min_ssim = number_of(line, "min_ssim", -1, 1);
  tolerance.max_flip = number_of(line, "max_flip", 0, 1);
  return tolerance;
}

bool asks_nothing(const Tolerance& t) {
  return !t.max_difference && !t.max_changed && !t.min_psnr && !t.min_ssim && !t.max_flip;
}

}  // namespace redraw
