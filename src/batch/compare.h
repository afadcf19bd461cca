// Compare: pictures against those that they should be, by pairs of files or whole folders.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/difference.h"
#include "redraw/error.h"
#include "redraw/image.h"

namespace redraw {

/// What may differ; what is not set is not asked. Nothing set: nothing may differ.
struct Tolerance {
  std::optional<int> max_difference;   // steps of 255, of any channel
  std::optional<double> max_changed;   // % of the pixels
  std::optional<double> min_psnr;      // dB
  std::optional<double> min_ssim;
  std::optional<double> max_flip;      // mean
};

struct Metrics {
  Difference difference;
  double changed_percent = 0;
  std::optional<double> ssim;  // nullopt: the picture is too small for its window
  double flip = 0;
};

/// Which pixels count: where the mask (128 and above) is white, or where it is not.
struct Region {
  std::filesystem::path mask;  // empty: all pixels
  bool outside = false;
};

/// One picture and what it should be.
struct Comparison {
  std::string name;                   // below the folders
  std::filesystem::path golden, made;
  std::optional<Metrics> metrics;     // nullopt: they cannot be compared
  std::vector<std::string> failures;  // what is out of tolerance; empty: good
  std::optional<Error> error;         // a file that cannot be read
  double seconds = 0;

  bool good() const { return failures.empty() && !error; }
};

/// Pictures of one size; RGB where neither has alpha. where: pixels above 0; nullptr: all.
Metrics measure(const Image& golden, const Image& made, const Mask* where);

/// One sentence for each limit that is broken.
std::vector<std::string> broken_limits(const Metrics& metrics, const Tolerance& tolerance);

/// Two files are one pair; of two folders, pictures of one path below them, subfolders too, in natural
/// order, with those that are in one of them alone. Errors: kFile (not there), kRequest (a file and a
/// folder, no pictures).
std::vector<Comparison> pair_up(const std::filesystem::path& golden, const std::filesystem::path& made);

/// Reads and measures; nothing is thrown.
void compare(Comparison& pair, const Region& region, const Tolerance& tolerance);

/// golden | made | difference times its gain | FLIP, with the changed box framed.
Image picture_of(const Comparison& pair, const Region& region);

}  // namespace redraw
