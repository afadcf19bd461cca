// Upscalers by name: pixel filters, and network files looked up in the model folders.
#include "batch/upscalers.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "base/text.h"
#include "batch/model_lookup.h"
#include "batch/paths.h"
#include "image/composite.h"
#include "image/row_streams.h"
#include "image/tile_spans.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSuffixes[] = {".safetensors", ".pth", ".param", ".pt"};

bool is_upscaler_suffix(const fs::path& path) {
  return std::find(std::begin(kSuffixes), std::end(kSuffixes), to_lower(path.extension().string())) !=
         std::end(kSuffixes);
}

/// What scripts/setup.sh fetches into the checkout that the program was built in.
fs::path fetched_folder() { return (executable_folder() / "../../../.deps/upscalers").lexically_normal(); }

fs::path file_called(const fs::path& folder, const std::string& name) {
  if (is_upscaler_suffix(name) && is_there(folder / name)) return folder / name;
  for (const char* suffix : kSuffixes)
    if (is_there(folder / (name + suffix))) return folder / (name + suffix);
  return {};
}

std::string nearest_known(const std::string& wanted) {
  std::vector<std::string> names;
  for (const PixelUpscaler& row : pixel_upscalers()) names.emplace_back(row.name);
  for (const fs::path& file : known_upscaler_files()) names.push_back(file.stem().string());
  const auto nearest = nearest_name(wanted, std::vector<std::string_view>(names.begin(), names.end()));
  return nearest ? fmt::format("did you mean {}? ", *nearest) : std::string();
}

[[noreturn]] void fail_unknown(const Recipe& recipe, const std::string& key, const std::string& name) {
  std::vector<std::string> folders;
  for (const fs::path& folder : upscaler_folders()) folders.push_back(folder.string());
  const std::string nearest = nearest_known(name);
  const bool unfetched = name.starts_with("realesr") && nearest.find("realesr") == std::string::npos;
  throw Error(ErrorKind::kModel, fmt::format("there is no upscaler \"{}\"", name), origin_of(recipe, key),
              name.find('/') != std::string::npos
                  ? "no file has this path"
                  : fmt::format("looked for {}.safetensors, .pth and .param in {}", name, fmt::join(folders, ", ")),
              unfetched ? "scripts/setup.sh fetches Real-ESRGAN's weights (it needs the network once)"
                        : nearest + "all names: redraw list upscalers");
}

}  // namespace

std::vector<fs::path> upscaler_folders() {
  std::vector<fs::path> folders;
  for (const fs::path& folder : model_folders()) folders.push_back(folder / "upscalers");
  folders.push_back(fetched_folder());
  for (const fs::path& folder : model_folders()) folders.push_back(folder);
  return folders;
}

std::vector<fs::path> known_upscaler_files() {
  std::vector<fs::path> files;
  std::set<std::string> names;
  for (const fs::path& folder : upscaler_folders()) {
    if (folder.filename() != "upscalers") continue;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (is_upscaler_suffix(entry.path()) && names.insert(entry.path().stem().string()).second)
        files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return natural_less(a.stem().string(), b.stem().string()); });
  return files;
}

UpscalerChoice find_upscaler(const Recipe& recipe, const std::string& key) {
  const std::string& name = key == "upscaler" ? recipe.upscaler : recipe.upscaler_2;
  if (name.empty()) return {};
  if (const PixelUpscaler* row = find_pixel_upscaler(name)) return {row, {}};
  if (is_there(name) && !is_folder(name)) return {nullptr, name};
  if (name.find('/') == std::string::npos)
    for (const fs::path& folder : upscaler_folders())
      if (const fs::path file = file_called(folder, name); !file.empty()) return {nullptr, file};
  fail_unknown(recipe, key, name);
}

fs::path upscaler_weights(const Recipe& recipe) {
  const fs::path file = find_upscaler(recipe, "upscaler").file;
  return file.extension() == ".param" ? fs::path(file).replace_extension(".bin") : file;
}

void check_upscalers(const Recipe& recipe) {
  if (!find_upscaler(recipe, "upscaler").is_network() && !recipe.scale && !recipe.width && !recipe.height)
    throw Error(ErrorKind::kRequest, fmt::format("{} has no factor of its own", recipe.upscaler),
                origin_of(recipe, "upscaler"), "only networks have one", "give --scale, --size, --width or --height");
  if (recipe.upscaler_2.empty() != (recipe.upscaler_2_visibility == 0))
    throw Error(ErrorKind::kRequest,
                recipe.upscaler_2.empty() ? "upscaler_2_visibility is given without upscaler_2"
                                          : "upscaler_2 is given and not seen",
                origin_of(recipe, recipe.upscaler_2.empty() ? "upscaler_2_visibility" : "upscaler_2"),
                "the second upscaler is laid over the first as far as its visibility says",
                "--upscaler-2 NAME --upscaler-2-visibility 0.5");
}

namespace {

/// Tiles that are pictures of their own are cut and joined in pixels.
void check_single_tiles(const Recipe& recipe) {
  const bool mask = !recipe.mask.empty();
  struct Row { bool asked; const char *key, *setting, *why, *fix; };
  for (const Row& row : {Row{mask && recipe.inpaint_area == InpaintArea::kOnlyMasked, "inpaint_area",
                             "inpaint_area: only_masked", "what is cut out around the mask is redrawn as one picture",
                             "take inpaint_area: whole_picture, or tile_mode: joint"},
                         Row{mask && recipe.soft_inpainting, "soft_inpainting", "soft_inpainting",
                             "it weighs the change of the whole picture", "leave it out, or take tile_mode: joint"},
                         Row{recipe.resize_mode == ResizeMode::kLatent, "resize_mode", "resize_mode: latent",
                             "the tiles are cut from pixels", "take resize_mode: just, or tile_mode: joint"}})
    if (row.asked)
      throw Error(ErrorKind::kRequest, fmt::format("tile_mode: single and {} do not go together", row.setting),
                  origin_of(recipe, row.key), row.why, row.fix);
}

}  // namespace

void check_tiling(const Recipe& recipe) {
  constexpr int kLeastAuto = 512;  // px, of the smallest family
  const int tile = tile_side(recipe.tile).value_or(kLeastAuto);
  struct Pair { const char* tile; const char* overlap; int px, overlap_px; };
  for (const Pair& pair : {Pair{"upscale_tile", "upscale_overlap", recipe.upscale_tile, recipe.upscale_overlap},
                           Pair{"tile", "tile_overlap", tile, recipe.tile_overlap}})
    if (pair.px != 0 && pair.overlap_px >= pair.px)
      throw Error(ErrorKind::kRequest, fmt::format("tiles of {} px cannot overlap by {}", pair.px, pair.overlap_px),
                  origin_of(recipe, pair.overlap), "the overlap is smaller than the tile",
                  fmt::format("{}: {}   {}: {}", pair.tile, pair.px, pair.overlap, pair.px / 4));
  if (tile != 0 && recipe.tile_mode == TileMode::kSingle) check_single_tiles(recipe);
  if (tile != 0 && recipe.tiling)
    throw Error(ErrorKind::kRequest, "tile and tiling do not go together", origin_of(recipe, "tile"),
                "a picture that repeats is seen whole, around its borders", "leave one of them out");
}

LoadedUpscaler UpscalerCache::of(const Recipe& recipe, const std::string& key) {
  const std::lock_guard lock(mutex_);
  const std::string& name = key == "upscaler" ? recipe.upscaler : recipe.upscaler_2;
  if (const auto known = loaded_.find(name); known != loaded_.end()) return known->second;
  const UpscalerChoice choice = find_upscaler(recipe, key);
  LoadedUpscaler upscaler{choice.pixel, choice.is_network() ? load(recipe, choice.file) : nullptr};
  return loaded_.emplace(name, std::move(upscaler)).first->second;
}

void UpscalerCache::load_all(std::span<const Job> jobs) {
  for (const Job& job : jobs) {
    for (const Job& stage : job.before) of(stage.recipe, "upscaler");
    of(job.recipe, "upscaler");
  }
}

std::shared_ptr<const Upscaler> UpscalerCache::load(const Recipe& recipe, const fs::path& file) {
  std::shared_ptr<const Upscaler> network = load_({file.string(), recipe.device, recipe.dtype, recipe.threads});
  const UpscalerInfo& info = network->info();
  progress_.note(
      fmt::format("{} ({} x{}) on {}, {}", info.name, info.architecture, info.scale, info.device, info.dtype));
  return network;
}

Enlarge webui_pass(const LoadedUpscaler& upscaler, const Recipe& recipe) {
  if (upscaler.pixel != nullptr) return upscaler.pixel->pass;
  if (!upscaler.network) return {};
  const Tiling tiling{recipe.upscale_tile, recipe.upscale_overlap, TileRule::kWebui, {}};
  return [network = upscaler.network, tiling](const Image& image, double) { return network->run(image, tiling); };
}

RowSink enlarging_rows(const LoadedUpscaler& upscaler, Size from, Size to, const Tiling& tiling, RowSink sink) {
  if (!upscaler.network) {
    const bool nearest = upscaler.pixel != nullptr && upscaler.pixel->name == "nearest";
    return into((nearest ? nearest_rows : lanczos_rows)(from, to, 3, std::move(sink)));
  }
  const int scale = upscaler.network->info().scale;
  std::vector<Size> sizes = {from};
  for (int pass = 0; pass < 3; ++pass) {
    const Size size = sizes.back();
    const bool reached = size.width >= to.width && size.height >= to.height;
    if (reached && (pass > 0 || from != to)) break;
    sizes.push_back({size.width * scale, size.height * scale});
    if (scale == 1) break;
  }
  if (sizes.back() != to || sizes.size() == 1) sink = into(lanczos_rows(sizes.back(), to, 3, std::move(sink)));
  for (std::size_t i = sizes.size() - 1; i > 0; --i)
    sink = into(upscaler.network->rows(sizes[i - 1], tiling, std::move(sink)));
  return sink;
}

Image Upscaler::run(const Image& image, const Tiling& tiling) const {
  const int scale = info().scale;
  Image result(image.width * scale, image.height * scale, 3);
  const auto stage = rows(image.size(), tiling, collector(result));
  push_rows(to_rgb(image), *stage);
  return result;
}

}  // namespace redraw
