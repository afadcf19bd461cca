// Upscalers by name: pixel filters, and network files looked up in the model folders.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "batch/progress.h"
#include "canvas/enlarge.h"
#include "redraw/job.h"
#include "redraw/upscaler.h"

namespace redraw {

/// One of the two is set, or neither where the recipe names nothing.
struct UpscalerChoice {
  const PixelUpscaler* pixel = nullptr;
  std::filesystem::path file;
  bool is_network() const { return !file.empty(); }
};

/// Folders in this order: `upscalers` below each model folder, the model folders, those that scripts/setup.sh fills.
std::vector<std::filesystem::path> upscaler_folders();
/// Files that lie in a folder for upscalers, for lists; by name.
std::vector<std::filesystem::path> known_upscaler_files();

/// key  "upscaler" or "upscaler_2": a pixel upscaler, a path, or a name with or without suffix
/// Errors: kModel naming the folders and the nearest name.
UpscalerChoice find_upscaler(const Recipe& recipe, const std::string& key);

/// The file that holds the numbers of a recipe's network (ncnn's .bin beside its .param); empty: it names none.
std::filesystem::path upscaler_weights(const Recipe& recipe);

/// What `redraw upscale` cannot do. Errors: kRequest.
void check_upscalers(const Recipe& recipe);

/// kRequest where overlap and tile do not go together, or tiles with another setting.
void check_tiling(const Recipe& recipe);

using UpscalerFactory = std::function<std::unique_ptr<Upscaler>(const UpscalerSpec&)>;

struct LoadedUpscaler {
  const PixelUpscaler* pixel = nullptr;
  std::shared_ptr<const Upscaler> network;
  std::string name() const { return network ? network->info().name : pixel != nullptr ? std::string(pixel->name) : ""; }
};
using UpscalerOf = std::function<LoadedUpscaler(const Job&)>;

/// Loads each file once, when it is first asked for, and tells of it. From any thread.
class UpscalerCache {
 public:
  UpscalerCache(const UpscalerFactory& load, Progress& progress) : load_(load), progress_(progress) {}
  /// key  "upscaler" or "upscaler_2"
  LoadedUpscaler of(const Recipe& recipe, const std::string& key);
  /// Before the first picture: a file that does not load stops the run.
  void load_all(std::span<const Job> jobs);
  UpscalerOf by_job() { return [this](const Job& job) { return of(job.recipe, "upscaler"); }; }

 private:
  std::shared_ptr<const Upscaler> load(const Recipe& recipe, const std::filesystem::path& file);

  const UpscalerFactory& load_;
  Progress& progress_;
  std::mutex mutex_;
  std::map<std::string, LoadedUpscaler> loaded_;  // by name, as the recipe says it
};

/// A pass by A1111's rule, for pictures that are redrawn afterwards; empty for "none".
Enlarge webui_pass(const LoadedUpscaler& upscaler, const Recipe& recipe);

/// Rows of an RGB picture in, rows of one of the size `to` out: passes of the network until both sides reach it, at
/// most three, then Lanczos (A1111's rule, without its rounding to multiples of 8).
RowSink enlarging_rows(const LoadedUpscaler& upscaler, Size from, Size to, const Tiling& tiling, RowSink sink);

}  // namespace redraw
