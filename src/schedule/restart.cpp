// The way of the sampler Restart: down, back up into noise, and down again.
#include "schedule/restart.h"

#include <algorithm>
#include <cmath>

#include "schedule/schedulers.h"

namespace redraw {
namespace {

constexpr double kBottom = 0.1, kTop = 2;

std::size_t nearest(const std::vector<double>& sigmas, double wanted) {
  const auto closer = [wanted](double a, double b) { return std::abs(a - wanted) < std::abs(b - wanted); };
  return static_cast<std::size_t>(std::min_element(sigmas.begin(), sigmas.end(), closer) - sigmas.begin());
}

void add_steps(std::vector<RestartStep>& steps, const std::vector<double>& sigmas, std::size_t end) {
  for (std::size_t i = 0; i + 1 < end; ++i) steps.push_back({sigmas[i], sigmas[i + 1]});
}

}  // namespace

std::vector<RestartStep> restart_steps(const std::vector<double>& sigmas) {
  std::vector<RestartStep> steps;
  const int count = static_cast<int>(sigmas.size()) - 1;
  if (count < 20) {
    add_steps(steps, sigmas, sigmas.size());
    return steps;
  }
  const int times = count < 36 ? 1 : 2, length = count < 36 ? 9 : count / 4;
  const auto between = [](double low, double high, int n) { return karras_sigmas(n, low, high); };
  const std::vector<double> down = between(sigmas[sigmas.size() - 2], sigmas.front(), count - length * times);
  const std::size_t bottom = nearest(down, kBottom), top = nearest(down, kTop);
  const bool restarts = bottom > 0 && top < bottom;
  add_steps(steps, down, restarts ? bottom + 1 : down.size());
  if (!restarts) return steps;
  const std::vector<double> again = between(down[bottom], down[top], length + 1);
  for (int i = 0; i < times; ++i) add_steps(steps, again, again.size() - 1);  // without the 0 at its end
  for (std::size_t i = bottom; i + 1 < down.size(); ++i) steps.push_back({down[i], down[i + 1]});
  return steps;
}

}  // namespace redraw
