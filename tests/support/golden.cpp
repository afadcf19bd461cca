// Golden cases: reading arrays and pictures, and judging by a case's tolerance.
#include "support/golden.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace redraw::golden {
namespace {

constexpr double kDefaultRelative = 1e-5;

bool starts_with_any(const std::string& text, std::initializer_list<const char*> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const char* prefix) { return text.starts_with(prefix); });
}

std::string header_field(const std::string& header, const std::string& key) {
  const auto at = header.find("'" + key + "':");
  if (at == std::string::npos) throw std::runtime_error("npy header lacks " + key);
  return header.substr(at + key.size() + 3);
}

std::vector<std::int64_t> parse_shape(const std::string& text) {
  std::vector<std::int64_t> shape;
  for (std::size_t i = text.find('(') + 1; i < text.size() && text[i] != ')'; ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) continue;
    std::size_t used = 0;
    shape.push_back(std::stoll(text.substr(i), &used));
    i += used - 1;
  }
  return shape;
}

template <typename T>
std::vector<T> read_raw(std::ifstream& file, std::size_t count) {
  std::vector<T> values(count);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(T)));
  if (!file) throw std::runtime_error("npy file is cut short");
  return values;
}

bool close(double got, double expected, double absolute, double relative) {
  if (std::isnan(got) || std::isnan(expected)) return std::isnan(got) && std::isnan(expected);
  if (std::isinf(expected) || std::isinf(got)) return got == expected;
  return std::abs(got - expected) <= absolute + relative * std::abs(expected);
}

struct Bounds { double absolute = 0, relative = kDefaultRelative; };

Bounds bounds_of(const Json& tolerance) {
  Bounds bounds;
  if (!tolerance.is_object()) return bounds;
  if (tolerance.value("exact", false)) return {0, 0};
  for (const char* key : {"abs", "atol"})
    if (tolerance.contains(key)) { bounds.absolute = tolerance[key]; bounds.relative = 0; }
  for (const char* key : {"rel", "rtol"})
    if (tolerance.contains(key)) bounds.relative = tolerance[key];
  return bounds;
}

struct Differences {
  double max = 0, sum = 0;
  std::size_t worst = 0, different = 0, outside = 0, count = 0;
};

template <typename Get>
Differences differences(std::size_t count, const Get& pair, Bounds bounds) {
  Differences d;
  d.count = count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto [got, expected] = pair(i);
    const double difference = std::isnan(got) != std::isnan(expected) ? INFINITY
                              : got == expected ? 0 : std::abs(got - expected);
    d.sum += difference;
    d.different += difference != 0;
    d.outside += !close(got, expected, bounds.absolute, bounds.relative);
    if (difference > d.max) { d.max = difference; d.worst = i; }
  }
  return d;
}

template <typename Get>
Failure judge(std::size_t count, const Get& pair, const Json& tolerance) {
  const Differences d = differences(count, pair, bounds_of(tolerance));
  bool ok = d.outside == 0;
  if (tolerance.is_object() && tolerance.contains("mean_abs")) {
    ok = d.sum <= tolerance["mean_abs"].get<double>() * static_cast<double>(std::max<std::size_t>(1, count));
    if (tolerance.contains("max_abs")) ok = ok && d.max <= tolerance["max_abs"].get<double>();
  } else if (tolerance.is_object() && tolerance.contains("max_abs")) {
    ok = d.max <= tolerance["max_abs"].get<double>() &&
         static_cast<double>(d.different) <=
             tolerance.value("max_fraction_different", 1.0) * static_cast<double>(count);
  }
  if (ok) return "";
  std::string text = fmt::format("{} of {} differ, {} outside; largest {:.6g} at {}; mean {:.3g}; pairs",
                                 d.different, count, d.outside, d.max, d.worst,
                                 d.sum / static_cast<double>(std::max<std::size_t>(1, count)));
  for (std::size_t i = d.worst; i < std::min(count, d.worst + 5); ++i) {
    const auto [got, expected] = pair(i);
    text += fmt::format(" {:.7g}/{:.7g}", got, expected);
  }
  return text;
}

}  // namespace

std::filesystem::path Case::path(const std::string& name) const {
  if (packs != folder && starts_with_any(name, {"files/", "upscalers/", "bad/"}) &&
      !std::filesystem::exists(folder / name))
    return packs / name;
  return folder / name;
}

Array read_npy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[10] = {};
  file.read(magic, 10);
  if (!file || std::memcmp(magic, "\x93NUMPY", 6) != 0)
    throw std::runtime_error("not an npy file: " + path.string());
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(magic[8])) +
                      256U * static_cast<std::size_t>(static_cast<unsigned char>(magic[9]));
  std::string header(length, ' ');
  file.read(header.data(), static_cast<std::streamsize>(length));
  Array array;
  array.shape = parse_shape(header_field(header, "shape"));
  std::size_t count = 1;
  for (const auto n : array.shape) count *= static_cast<std::size_t>(n);
  const std::string descr = header_field(header, "descr");
  for (const char* type : {"f4", "f8", "u1", "i8", "i4", "b1"})
    if (descr.find(type) < 6) array.dtype = type;
  const auto widen = [&](const auto& values) {
    array.data.assign(values.begin(), values.end());
  };
  if (array.dtype == "f4") array.data = read_raw<float>(file, count);
  else if (array.dtype == "f8") {
    for (const double v : read_raw<double>(file, count)) array.data.push_back(static_cast<float>(v));
  } else if (array.dtype == "u1" || array.dtype == "b1") widen(read_raw<std::uint8_t>(file, count));
  else if (array.dtype == "i8" || array.dtype == "i4") {
    if (array.dtype == "i8") array.ints = read_raw<std::int64_t>(file, count);
    else for (const auto v : read_raw<std::int32_t>(file, count)) array.ints.push_back(v);
    for (const auto v : array.ints) array.data.push_back(static_cast<float>(v));
  } else {
    throw std::runtime_error("npy dtype not known: " + descr.substr(0, 8));
  }
  return array;
}

Array Case::array(const std::string& name) const { return read_npy(path(name)); }

Image Case::image(const std::string& name) const {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&png, path(name).c_str()) == 0)
    throw std::runtime_error("cannot read " + path(name).string() + ": " + png.message);
  const bool color = (png.format & PNG_FORMAT_FLAG_COLOR) != 0;
  const bool alpha = (png.format & PNG_FORMAT_FLAG_ALPHA) != 0;
  png.format = alpha ? PNG_FORMAT_RGBA : color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  Image image(static_cast<int>(png.width), static_cast<int>(png.height), alpha ? 4 : color ? 3 : 1);
  if (png_image_finish_read(&png, nullptr, image.data.data(), 0, nullptr) == 0)
    throw std::runtime_error("cannot read " + path(name).string() + ": " + png.message);
  return image;
}

Failure compare(const Image& got, const Image& expected, const Json& tolerance) {
  if (got.size() != expected.size() || got.channels != expected.channels)
    return fmt::format("picture is {}x{}x{}, expected {}x{}x{}", got.width, got.height, got.channels,
                       expected.width, expected.height, expected.channels);
  const bool named = tolerance.is_object() && !tolerance.empty();
  return judge(got.data.size(),
               [&](std::size_t i) { return std::pair<double, double>(got.data[i], expected.data[i]); },
               named ? tolerance : Json{{"exact", true}});
}

Failure compare(const std::vector<float>& got, const std::vector<std::int64_t>& got_shape,
                const Array& expected, const Json& tolerance) {
  if (got_shape != expected.shape)
    return fmt::format("shape is {}, expected {}", got_shape, expected.shape);
  if (got.size() != expected.data.size()) return "number of elements differs";
  return judge(got.size(),
               [&](std::size_t i) { return std::pair<double, double>(got[i], expected.data[i]); },
               tolerance);
}

Failure compare(const Json& got, const Json& expected, const Json& tolerance) {
  const Failure differs = fmt::format("{} instead of {}", got.dump(), expected.dump()).substr(0, 2000);
  if (got.is_number_integer() && expected.is_number_integer())
    return got.get<std::int64_t>() == expected.get<std::int64_t>() ? "" : differs;
  if (got.is_number() && expected.is_number()) {
    const Bounds bounds = bounds_of(tolerance);
    return close(got, expected, bounds.absolute, bounds.relative) ? "" : differs;
  }
  if (got.type() != expected.type()) return differs;
  if (!got.is_structured()) return got == expected ? "" : differs;
  if (got.size() != expected.size()) return differs;
  for (const auto& [key, value] : expected.items()) {
    if (got.is_object() && !got.contains(key)) return "lacks " + key;
    const Json& mine = got.is_object() ? got.at(key) : got.at(std::stoul(key));
    if (Failure failure = compare(mine, value, tolerance); !failure.empty())
      return fmt::format("[{}]: {}", key, failure);
  }
  return "";
}

}  // namespace redraw::golden
