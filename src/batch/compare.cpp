// Compare: pictures against those that they should be, by pairs of files or whole folders.
#include "batch/compare.h"

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "batch/paths.h"
#include "canvas/preview.h"
#include "image/composite.h"
#include "image/flip.h"
#include "image/read.h"
#include "image/ssim.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr int kWhite = 128;  // mask values from here on are inside

/// Path below the folder -> the file.
std::map<std::string, fs::path> pictures_in(const fs::path& folder) {
  std::map<std::string, fs::path> found;
  try {
    for (fs::recursive_directory_iterator entry(folder); entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->is_directory() && entry->path().filename().string().starts_with("."))
        entry.disable_recursion_pending();
      else if (entry->is_regular_file() && has_picture_suffix(entry->path()))
        found[entry->path().lexically_relative(folder).generic_string()] = entry->path();
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::kFile, fmt::format("cannot read the folder \"{}\"", folder.string()), folder.string(),
                error.code().message(), "check its permissions");
  }
  return found;
}

void check_there(const fs::path& path) {
  if (is_there(path)) return;
  throw Error(ErrorKind::kFile, fmt::format("there is no picture or folder \"{}\"", path.string()), path.string(),
              "compare takes two files or two folders", "check the name");
}

std::vector<Comparison> pair_folders(const fs::path& golden, const fs::path& made) {
  const auto a = pictures_in(golden), b = pictures_in(made);
  std::map<std::string, Comparison> pairs;
  for (const auto& [name, path] : a) pairs[name].golden = path;
  for (const auto& [name, path] : b) pairs[name].made = path;
  std::vector<Comparison> list;
  for (auto& [name, pair] : pairs) {
    pair.name = name;
    list.push_back(std::move(pair));
  }
  std::sort(list.begin(), list.end(),
            [](const Comparison& x, const Comparison& y) { return natural_less(x.name, y.name); });
  if (!list.empty()) return list;
  throw Error(ErrorKind::kRequest,
              fmt::format("neither \"{}\" nor \"{}\" holds a picture", golden.string(), made.string()), "command line",
              "nothing can be compared", "name two files, or two folders with pictures");
}

/// Both in the same channels: RGBA where one has alpha.
void make_alike(Image& a, Image& b) {
  const bool alpha = a.channels == 4 || b.channels == 4;
  for (Image* image : {&a, &b}) *image = alpha ? to_rgba(*image) : to_rgb(*image);
}

Mask region_mask(const Region& region, Size size) {
  Mask mask = to_grey(read_image(region.mask));
  if (mask.size() != size)
    throw Error(ErrorKind::kRequest,
                fmt::format("the mask \"{}\" is {}x{}, the picture {}x{}", region.mask.string(), mask.width,
                            mask.height, size.width, size.height),
                region.mask.string(), "inside and outside have their place only at the picture's size",
                "resize the mask");
  for (std::uint8_t& value : mask.data) value = (value >= kWhite) == region.outside ? 0 : 255;
  return mask;
}

struct Images {
  Image golden, made;
  std::optional<Mask> where;
  const Mask* mask() const { return where ? &*where : nullptr; }
};

/// where is set only for pictures of one size.
Images read_pair(const Comparison& pair, const Region& region) {
  Images images{read_image(pair.golden), read_image(pair.made), std::nullopt};
  make_alike(images.golden, images.made);
  if (images.golden.size() == images.made.size() && !region.mask.empty())
    images.where = region_mask(region, images.golden.size());
  return images;
}

void compare_files(Comparison& pair, const Region& region, const Tolerance& tolerance) {
  if (pair.golden.empty()) return pair.failures.push_back("there is no golden picture of this name"), void();
  if (pair.made.empty()) return pair.failures.push_back("the picture is missing"), void();
  const Images images = read_pair(pair, region);
  if (images.golden.size() != images.made.size()) {
    pair.failures.push_back(fmt::format("it is {}x{}, the golden one {}x{}", images.made.width, images.made.height,
                                        images.golden.width, images.golden.height));
    return;
  }
  pair.metrics = measure(images.golden, images.made, images.mask());
  pair.failures = broken_limits(*pair.metrics, tolerance);
}

bool asks_nothing(const Tolerance& t) {
  return !t.max_difference && !t.max_changed && !t.min_psnr && !t.min_ssim && !t.max_flip;
}

int gain_of(const Difference& difference) { return std::max(1, 255 / std::max(1, difference.largest)); }

}  // namespace

Metrics measure(const Image& golden, const Image& made, const Mask* where) {
  Metrics metrics;
  metrics.difference = difference_of(golden, made, where);
  const Difference& d = metrics.difference;
  metrics.changed_percent = 100 * static_cast<double>(d.changed) / std::max(1.0, static_cast<double>(d.pixels));
  if (d.changed == 0) {  // the others need not be asked
    metrics.ssim = 1;
    return metrics;
  }
  metrics.ssim = ssim(golden, made, where);
  metrics.flip = mean_of(flip_map(golden, made), where);
  return metrics;
}

std::vector<std::string> broken_limits(const Metrics& metrics, const Tolerance& asked) {
  Tolerance tolerance = asked;
  if (asks_nothing(tolerance)) tolerance.max_difference = 0;
  std::vector<std::string> broken;
  const Difference& d = metrics.difference;
  if (tolerance.max_difference && d.largest > *tolerance.max_difference)
    broken.push_back(fmt::format("the largest difference is {}, allowed is {} ({} pixels within {}x{} at {},{})",
                                 d.largest, *tolerance.max_difference, d.changed, d.box.width(), d.box.height(),
                                 d.box.x1, d.box.y1));
  if (tolerance.max_changed && metrics.changed_percent > *tolerance.max_changed)
    broken.push_back(fmt::format("{:.4g} % of the pixels changed, allowed are {} %", metrics.changed_percent,
                                 *tolerance.max_changed));
  if (tolerance.min_psnr && d.psnr < *tolerance.min_psnr)
    broken.push_back(fmt::format("PSNR is {:.2f} dB, asked are {} dB", d.psnr, *tolerance.min_psnr));
  if (tolerance.min_ssim && metrics.ssim && *metrics.ssim < *tolerance.min_ssim)
    broken.push_back(fmt::format("SSIM is {:.5f}, asked is {}", *metrics.ssim, *tolerance.min_ssim));
  if (tolerance.min_ssim && !metrics.ssim)
    broken.push_back("SSIM has no value: its window of 11x11 pixels fits nowhere");
  if (tolerance.max_flip && metrics.flip > *tolerance.max_flip)
    broken.push_back(fmt::format("FLIP is {:.5f}, allowed is {}", metrics.flip, *tolerance.max_flip));
  return broken;
}

std::vector<Comparison> pair_up(const fs::path& golden, const fs::path& made) {
  check_there(golden);
  check_there(made);
  if (is_folder(golden) && is_folder(made)) return pair_folders(golden, made);
  if (is_folder(golden) || is_folder(made))
    throw Error(ErrorKind::kRequest,
                fmt::format("\"{}\" and \"{}\": one is a folder, one a file", golden.string(), made.string()),
                "command line", "compare takes two files or two folders", "name two of a kind");
  Comparison pair;
  pair.name = made.filename().string();
  pair.golden = golden;
  pair.made = made;
  return {pair};
}

void compare(Comparison& pair, const Region& region, const Tolerance& tolerance) {
  const auto start = std::chrono::steady_clock::now();
  try {
    compare_files(pair, region, tolerance);
  } catch (const Error& error) {
    pair.error = error;
  } catch (const std::exception& error) {
    pair.error =
        Error(ErrorKind::kFile, fmt::format("cannot compare \"{}\"", pair.name), pair.made.string(), error.what());
  }
  pair.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Image picture_of(const Comparison& pair, const Region& region) {
  const Images images = read_pair(pair, region);
  const Difference& d = pair.metrics->difference;
  const int gain = gain_of(d);
  const Image golden = to_rgb(images.golden), made = to_rgb(images.made);
  const std::optional<Rect> box = d.changed > 0 ? std::optional(d.box) : std::nullopt;
  const PreviewPanel panels[] = {
      {"golden", golden, pair.golden.string(), box},
      {"made", made, pair.made.string(), box},
      {"difference", difference_picture(golden, made, gain),
       fmt::format("times {}, largest {}, {} pixels", gain, d.largest, d.changed), box},
      {"FLIP", flip_picture(flip_map(golden, made)), fmt::format("mean {:.5f}", pair.metrics->flip)}};
  std::string footer = fmt::format("{}: PSNR {:.2f} dB", pair.name, d.psnr);
  if (pair.metrics->ssim) footer += fmt::format(", SSIM {:.5f}", *pair.metrics->ssim);
  for (const std::string& failure : pair.failures) footer += "\n" + failure;
  return draw_preview(panels, footer);
}

}  // namespace redraw
