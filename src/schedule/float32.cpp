// Single precision arithmetic of schedules, as a table of functions.
#include "schedule/float32.h"

#include <cmath>

namespace redraw {
namespace {

template <typename F>
Floats each(const Floats& values, const F& f) {
  Floats results;
  for (const float value : values) results.push_back(static_cast<float>(f(static_cast<double>(value))));
  return results;
}

Floats linspace(float from, float to, int count) {
  Floats values;
  const float step = count > 1 ? (to - from) / static_cast<float>(count - 1) : 0;
  for (int i = 0; i < count; ++i)
    values.push_back(i < count / 2 || count == 1 ? from + step * static_cast<float>(i)
                                                 : to - step * static_cast<float>(count - 1 - i));
  return values;
}

}  // namespace

const FloatMath& plain_math() {
  static const FloatMath kMath = {
      [](const Floats& x) { return each(x, [](double v) { return std::exp(v); }); },
      [](const Floats& x) { return each(x, [](double v) { return std::log(v); }); },
      [](const Floats& x) { return each(x, [](double v) { return std::sqrt(v); }); },
      [](const Floats& x) { return each(x, [](double v) { return std::tan(v); }); },
      [](const Floats& x) { return each(x, [](double v) { return std::atan(v); }); },
      [](const Floats& x, double power) { return each(x, [power](double v) { return std::pow(v, power); }); },
      linspace};
  return kMath;
}

}  // namespace redraw
