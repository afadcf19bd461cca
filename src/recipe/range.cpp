// Ranges of numbers as text: "0.2..0.6 step 0.1" to its numbers.
#include "recipe/range.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr double kSlack = 1e-6;  // of a step: 0.4 / 0.1 is a little less than 4

struct RangeTexts {
  std::string from, to;
  std::optional<std::string> step;
};

RangeTexts parts_of(const std::string& text) {
  const std::size_t dots = text.find("..");
  const std::string rest = text.substr(dots + 2);
  const std::size_t step = rest.find("step");
  if (step == std::string::npos) return {trim(text.substr(0, dots)), trim(rest), std::nullopt};
  return {trim(text.substr(0, dots)), trim(rest.substr(0, step)), trim(rest.substr(step + 4))};
}

[[noreturn]] void reject(const std::string& text, const std::string& why) {
  throw Error(ErrorKind::kRequest, fmt::format("the range \"{}\" cannot be used", text), "", why,
              "write A..B step S, for example 0.2..0.6 step 0.1, or a list");
}

double number_of(const std::string& part, const std::string& text) {
  const auto number = parse_number(part);
  if (!number) reject(text, fmt::format("\"{}\" is no number", part));
  return *number;
}

}  // namespace

bool is_range(std::string_view text) { return text.find("..") != std::string_view::npos; }

std::vector<std::string> spell_range(const std::string& text, std::size_t most) {
  const RangeTexts parts = parts_of(text);
  const double from = number_of(parts.from, text), to = number_of(parts.to, text);
  const auto whole_from = parse_integer(parts.from), whole_step = parse_integer(parts.step.value_or("1"));
  const bool whole = whole_from && parse_integer(parts.to) && whole_step;
  if (!parts.step && !whole) reject(text, "between decimals it needs a step");
  const double step = std::abs(number_of(parts.step.value_or("1"), text));
  if (step == 0) reject(text, "its step is 0");
  const double count = std::floor(std::abs(to - from) / step + kSlack) + 1;
  if (count > static_cast<double>(most))
    reject(text, fmt::format("it has {:.0f} numbers, {} are the most", count, most));
  const int sign = to < from ? -1 : 1;
  std::vector<std::string> numbers;
  for (long long i = 0; i < static_cast<long long>(count); ++i) {
    const double value = from + sign * static_cast<double>(i) * step;
    numbers.push_back(whole ? fmt::format("{}", *whole_from + sign * i * std::abs(*whole_step))
                            : fmt::format("{:.10g}", std::abs(value) < step * kSlack ? 0 : value));
  }
  return numbers;
}

}  // namespace redraw
