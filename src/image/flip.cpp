// FLIP: how different two pictures look to somebody who flips between them.
#include "image/flip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace redraw {
namespace {

using Color = std::array<double, 3>;
using Planes = std::array<Plane, 3>;
using Kernel = std::vector<double>;

constexpr double kPi = std::numbers::pi;
// Of the paper: exponents, where differences are squeezed together, width of features in degrees.
constexpr double kColorPower = 0.7, kFeaturePower = 0.5, kKnee = 0.4, kKneeValue = 0.95, kFeatureWidth = 0.082;

// ITU-R BT.709 primaries and D65, as fractions.
constexpr double kToXyz[3][3] = {
    {10135552.0 / 24577794, 8788810.0 / 24577794, 4435075.0 / 24577794},
    {2613072.0 / 12288897, 8788810.0 / 12288897, 887015.0 / 12288897},
    {1425312.0 / 73733382, 8788810.0 / 73733382, 70074185.0 / 73733382}};
constexpr double kFromXyz[3][3] = {
    {3.241003275, -1.537398934, -0.498615861},
    {-0.969224334, 1.875930071, 0.041554224},
    {0.055639423, -0.204011202, 1.057148933}};
constexpr Color kWhite = {0.950428545, 1.0, 1.088900371};

Color times(const double (&matrix)[3][3], const Color& c) {
  Color result{};
  for (std::size_t i = 0; i < 3; ++i) result[i] = matrix[i][0] * c[0] + matrix[i][1] * c[1] + matrix[i][2] * c[2];
  return result;
}

double linear_of(double srgb) { return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4); }

/// Opponent colours that are linear in light: the eye's filters work on these.
Color ycxcz_of(const Color& linear) {
  const Color xyz = times(kToXyz, linear);
  const double x = xyz[0] / kWhite[0], y = xyz[1] / kWhite[1], z = xyz[2] / kWhite[2];
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

Color linear_of_ycxcz(const Color& c) {
  const double y = (c[0] + 16) / 116, x = y + c[1] / 500, z = y - c[2] / 200;
  return times(kFromXyz, {x * kWhite[0], y * kWhite[1], z * kWhite[2]});
}

double lab_root(double t) {
  constexpr double kDelta = 6.0 / 29;
  return t > kDelta * kDelta * kDelta ? std::cbrt(t) : t / (3 * kDelta * kDelta) + 4.0 / 29;
}

/// CIELab with chroma scaled by lightness (the Hunt effect).
Color hunt_lab_of(const Color& linear) {
  const Color xyz = times(kToXyz, linear);
  const double x = lab_root(xyz[0] / kWhite[0]), y = lab_root(xyz[1]), z = lab_root(xyz[2] / kWhite[2]);
  const double lightness = 116 * y - 16;
  return {lightness, 0.01 * lightness * 500 * (x - y), 0.01 * lightness * 200 * (y - z)};
}

double hyab(const Color& a, const Color& b) {
  return std::abs(a[0] - b[0]) + std::hypot(a[1] - b[1], a[2] - b[2]);
}

/// Largest colour difference that can be seen: pure green against pure blue.
double largest_difference() {
  return std::pow(hyab(hunt_lab_of({0, 1, 0}), hunt_lab_of({0, 0, 1})), kColorPower);
}

double redistributed(double difference, double largest) {
  const double power = std::pow(difference, kColorPower), knee = kKnee * largest;
  if (power < knee) return power * kKneeValue / knee;
  return kKneeValue + (power - knee) / (largest - knee) * (1 - kKneeValue);
}

/// A sum of two Gaussians a exp(-pi^2 x^2 / b): the eye's contrast sensitivity of one channel.
struct Sensitivity {
  double a1, b1, a2, b2;
};
constexpr Sensitivity kSensitivity[3] = {{1, 0.0047, 0, 1e-5}, {1, 0.0053, 0, 1e-5}, {34.1, 0.04, 13.5, 0.025}};

Kernel gaussian(double b, int radius, double pixels_per_degree) {
  Kernel kernel;
  for (int i = -radius; i <= radius; ++i) {
    const double degrees = i / pixels_per_degree;
    kernel.push_back(std::exp(-kPi * kPi * degrees * degrees / b));
  }
  return kernel;
}

double sum_of(const Kernel& kernel) {
  double sum = 0;
  for (const double weight : kernel) sum += weight;
  return sum;
}

Plane sensed(const Plane& plane, const Sensitivity& s, double pixels_per_degree) {
  const int radius = static_cast<int>(std::ceil(3 * std::sqrt(0.04 / (2 * kPi * kPi)) * pixels_per_degree));
  const Kernel g1 = gaussian(s.b1, radius, pixels_per_degree), g2 = gaussian(s.b2, radius, pixels_per_degree);
  const double w1 = s.a1 * std::sqrt(kPi / s.b1), w2 = s.a2 * std::sqrt(kPi / s.b2);
  const double total = w1 * sum_of(g1) * sum_of(g1) + w2 * sum_of(g2) * sum_of(g2);
  const auto scaled = [](Kernel kernel, double factor) {
    for (double& weight : kernel) weight *= factor;
    return kernel;
  };
  Plane result = filter(plane, scaled(g1, w1 / total), g1);
  if (w2 == 0) return result;
  const Plane second = filter(plane, scaled(g2, w2 / total), g2);
  for (std::size_t i = 0; i < result.data.size(); ++i) result.data[i] += second.data[i];
  return result;
}

Planes ycxcz_planes(const Image& image) {
  std::array<double, 256> linear{};
  for (std::size_t i = 0; i < 256; ++i) linear[i] = linear_of(static_cast<double>(i) / 255);
  const Plane blank(image.width, image.height);
  Planes planes{blank, blank, blank};
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* p = image.at(x, y);
      const Color c = ycxcz_of({linear[p[0]], linear[p[1]], linear[p[2]]});
      for (std::size_t k = 0; k < 3; ++k) planes[k].row(y)[x] = static_cast<float>(c[k]);
    }
  return planes;
}

Color color_at(const Planes& planes, std::size_t i) {
  Color linear = linear_of_ycxcz({planes[0].data[i], planes[1].data[i], planes[2].data[i]});
  for (double& value : linear) value = std::clamp(value, 0.0, 1.0);
  return hunt_lab_of(linear);
}

/// Difference of colour as the eye resolves it, 0 to 1.
Plane color_map(const Planes& a, const Planes& b, double pixels_per_degree) {
  const auto seen = [&](const Planes& planes) {
    return Planes{sensed(planes[0], kSensitivity[0], pixels_per_degree),
                  sensed(planes[1], kSensitivity[1], pixels_per_degree),
                  sensed(planes[2], kSensitivity[2], pixels_per_degree)};
  };
  const Planes seen_a = seen(a), seen_b = seen(b);
  const double largest = largest_difference();
  Plane map(a[0].width, a[0].height);
  for (std::size_t i = 0; i < map.data.size(); ++i)
    map.data[i] = static_cast<float>(redistributed(hyab(color_at(seen_a, i), color_at(seen_b, i)), largest));
  return map;
}

/// First or second derivative of a Gaussian; its positive weights sum to 1, its negative ones to -1.
struct Detectors {
  Kernel smooth, edge, point;

  explicit Detectors(double pixels_per_degree) {
    const double sigma = 0.5 * kFeatureWidth * pixels_per_degree;
    const int radius = static_cast<int>(std::ceil(3 * sigma));
    for (int x = -radius; x <= radius; ++x) {
      const double g = std::exp(-x * x / (2 * sigma * sigma));
      smooth.push_back(g);
      edge.push_back(-x * g);
      point.push_back((x * x / (sigma * sigma) - 1) * g);
    }
    const double total = sum_of(smooth);
    for (double& weight : smooth) weight /= total;
    balance(edge);
    balance(point);
  }

 private:
  static void balance(Kernel& kernel) {
    double positive = 0, negative = 0;
    for (const double weight : kernel) (weight > 0 ? positive : negative) += weight;
    for (double& weight : kernel) weight /= weight > 0 ? positive : -negative;
  }
};

Plane strength(const Plane& light, const Kernel& detector, const Kernel& smooth) {
  Plane across = filter(light, detector, smooth);
  const Plane down = filter(light, smooth, detector);
  for (std::size_t i = 0; i < across.data.size(); ++i) across.data[i] = std::hypot(across.data[i], down.data[i]);
  return across;
}

/// Difference of edges and points, 0 to 1.
Plane feature_map(Plane a, Plane b, double pixels_per_degree) {
  for (Plane* plane : {&a, &b})
    for (float& value : plane->data) value = (value + 16) / 116;
  const Detectors d(pixels_per_degree);
  const Plane edges_a = strength(a, d.edge, d.smooth), edges_b = strength(b, d.edge, d.smooth);
  const Plane points_a = strength(a, d.point, d.smooth), points_b = strength(b, d.point, d.smooth);
  Plane map(a.width, a.height);
  for (std::size_t i = 0; i < map.data.size(); ++i) {
    const double edges = std::abs(edges_a.data[i] - edges_b.data[i]),
                 points = std::abs(points_a.data[i] - points_b.data[i]);
    map.data[i] = static_cast<float>(std::pow(std::max(edges, points) / std::numbers::sqrt2, kFeaturePower));
  }
  return map;
}

}  // namespace

Plane flip_map(const Image& reference, const Image& test, double pixels_per_degree) {
  const Planes a = ycxcz_planes(reference), b = ycxcz_planes(test);
  const Plane colors = color_map(a, b, pixels_per_degree);
  Plane map = feature_map(a[0], b[0], pixels_per_degree);
  for (std::size_t i = 0; i < map.data.size(); ++i) map.data[i] = std::pow(colors.data[i], 1 - map.data[i]);
  return map;
}

double mean_of(const Plane& map, const Mask* where) {
  double sum = 0;
  long long count = 0;
  for (std::size_t i = 0; i < map.data.size(); ++i) {
    if (where != nullptr && where->data[i] == 0) continue;
    sum += static_cast<double>(map.data[i]);
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

Image flip_picture(const Plane& map) {
  Image picture(map.width, map.height, 3);
  for (std::size_t i = 0; i < map.data.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c)
      picture.data[3 * i + c] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(map.data[i], 0.0F, 1.0F)));
  return picture;
}

}  // namespace redraw
