// redraw upscale: pictures through an upscaler alone, row by row into their files.
#include "batch/upscale.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/files.h"
#include "base/report.h"
#include "batch/interrupt.h"
#include "batch/outputs.h"
#include "batch/paths.h"
#include "batch/provenance.h"
#include "batch/run_plan.h"
#include "image/png.h"
#include "image/read.h"
#include "image/row_streams.h"
#include "recipe/infotext.h"
#include "recipe/options.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

bool has_size(const Recipe& recipe) { return recipe.scale || recipe.width || recipe.height; }

struct Upscalers {
  LoadedUpscaler first, second;
  double visibility = 0;  // of the second
};

/// Alpha that is the same everywhere needs no upscaler.
std::optional<std::uint8_t> constant_alpha(const Image& image) {
  for (std::size_t i = 3; i < image.data.size(); i += 4)
    if (image.data[i] != image.data[3]) return std::nullopt;
  return image.data[3];
}

/// Pillow's Image.blend: towards b, cut to 8 bits.
std::uint8_t blended(std::uint8_t a, std::uint8_t b, double share) {
  return static_cast<std::uint8_t>(static_cast<float>(a) + static_cast<float>(share) * static_cast<float>(b - a));
}

/// The streams of one picture: colours, colours of the second upscaler, alpha; joined row by row.
class PictureStreams {
 public:
  PictureStreams(const Upscalers& upscalers, const Image& source, Size target, const Tiling& tiling, RowSink sink)
      : source_(source), target_(target), visibility_(upscalers.visibility), sink_(std::move(sink)),
        row_(static_cast<std::size_t>(target.width) * static_cast<std::size_t>(source.channels)) {
    const bool blends = visibility_ > 0;
    if (source.channels == 4) alpha_ = constant_alpha(source);
    const bool alpha_stream = source.channels == 4 && !alpha_;
    zipper_.emplace(std::vector<std::size_t>(1U + blends + alpha_stream, static_cast<std::size_t>(target.width) * 3),
                    [this](const std::vector<const std::uint8_t*>& rows) { join(rows); });
    colours_.push_back(enlarging_rows(upscalers.first, source.size(), target, tiling, zipper_->input(0)));
    if (blends) colours_.push_back(enlarging_rows(upscalers.second, source.size(), target, tiling, zipper_->input(1)));
    if (alpha_stream)
      alphas_ = enlarging_rows(upscalers.first, source.size(), target, tiling, zipper_->input(colours_.size()));
  }
  PictureStreams(const PictureStreams&) = delete;
  PictureStreams& operator=(const PictureStreams&) = delete;

  void run() {
    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(source_.width) * 3), alpha(rgb.size());
    for (int y = 0; y < source_.height; ++y) {
      for (int x = 0; x < source_.width; ++x)
        for (int c = 0; c < 3; ++c) {
          const std::size_t i = static_cast<std::size_t>(x) * 3 + static_cast<std::size_t>(c);
          rgb[i] = source_.at(x, y)[source_.channels == 1 ? 0 : c];
          alpha[i] = source_.at(x, y)[source_.channels - 1];
        }
      for (const RowSink& colours : colours_) colours(rgb.data());
      if (alphas_) alphas_(alpha.data());
    }
  }

 private:
  static std::uint8_t grey_of(const std::uint8_t* p) {
    return static_cast<std::uint8_t>((19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 32768) >> 16);
  }

  void join(const std::vector<const std::uint8_t*>& rows) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(target_.width); ++x) {
      std::uint8_t pixel[3];
      for (std::size_t c = 0; c < 3; ++c)
        pixel[c] = visibility_ > 0 ? blended(rows[0][3 * x + c], rows[1][3 * x + c], visibility_) : rows[0][3 * x + c];
      std::uint8_t* target = row_.data() + x * static_cast<std::size_t>(source_.channels);
      if (source_.channels == 1) target[0] = grey_of(pixel);
      else std::copy_n(pixel, 3, target);
      if (source_.channels == 4) target[3] = alpha_ ? *alpha_ : grey_of(rows.back() + 3 * x);
    }
    sink_(row_.data());
  }

  const Image& source_;
  Size target_;
  double visibility_;
  RowSink sink_;
  std::vector<std::uint8_t> row_;
  std::optional<std::uint8_t> alpha_;
  std::optional<RowZipper> zipper_;
  std::vector<RowSink> colours_;
  RowSink alphas_;
};

Json upscaler_json(const LoadedUpscaler& upscaler) {
  Json json = {{"name", upscaler.name()}};
  if (!upscaler.network) return json;
  const UpscalerInfo& info = upscaler.network->info();
  json["sha256"] = info.sha256;
  json["architecture"] = info.architecture;
  json["scale"] = info.scale;
  json["device"] = info.device;
  json["dtype"] = info.dtype;
  return json;
}

/// A1111's words for what its Extras tab did.
std::string postprocessing_text(const Job& job, const Upscalers& upscalers) {
  const Recipe& recipe = job.recipe;
  InfotextFields fields;
  if (recipe.width || recipe.height)
    fields.emplace_back("Postprocess upscale to", fmt::format("{}x{}", job.target_size.width, job.target_size.height));
  else
    fields.emplace_back(
        "Postprocess upscale by",
        fmt::format("{}", recipe.scale.value_or(upscalers.first.network ? upscalers.first.network->info().scale : 1)));
  fields.emplace_back("Postprocess upscaler", upscalers.first.name());
  if (upscalers.visibility > 0) fields.emplace_back("Postprocess upscaler 2", upscalers.second.name());
  return write_infotext("", "", fields);
}

/// The source's own infotext stays; "postprocessing" and "redraw" say what was done to it.
std::vector<TextChunk> texts_of(const Job& job, const std::string& bytes, const Upscalers& upscalers) {
  std::vector<TextChunk> texts;
  if (bytes.starts_with("\x89PNG"))
    if (const auto all = png_texts(bytes); all.contains("parameters"))
      texts.push_back({"parameters", all.at("parameters")});
  texts.push_back({"postprocessing", postprocessing_text(job, upscalers)});
  const auto hash = sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  Json json = {{"schema", 1}, {"version", REDRAW_VERSION}, {"command", "upscale"}, {"recipe", recipe_json(job.recipe)}};
  json["job"] = {{"source_size", {job.source_size.width, job.source_size.height}},
                 {"target_size", {job.target_size.width, job.target_size.height}}};
  json["input"] = {{"path", job.input_path.string()}, {"sha256", hash}};
  json["upscaler"] = upscaler_json(upscalers.first);
  if (upscalers.visibility > 0) json["upscaler_2"] = upscaler_json(upscalers.second);
  texts.push_back({"redraw", json.dump(-1, ' ', false, Json::error_handler_t::replace)});
  return texts;
}

class Run {
 public:
  Run(const Upscalers& upscalers, Progress& progress) : upscalers_(upscalers), progress_(progress) {}

  Result one(const Job& planned) const {
    Result result;
    try {
      write(planned);
      result.output_path = planned.output_path;
    } catch (const Error& error) {
      const std::string where = error.where().empty() ? planned.input_path.string() : error.where();
      result.error = Error(error.kind(), fmt::format("\"{}\": {}", planned.input_path.string(), error.what()), where,
                           error.why(), error.fix());
    } catch (const std::exception& error) {
      result.error = Error(ErrorKind::kDevice, fmt::format("cannot upscale \"{}\"", planned.input_path.string()),
                           planned.input_path.string(), error.what(), "a smaller --upscale-tile needs less memory");
    }
    return result;
  }

 private:
  void write(const Job& planned) const {
    Job job = planned;
    const std::string bytes = read_file(job.input_path);
    const Image source = read_image(job.input_path);
    if (!has_size(job.recipe)) {
      const int scale = upscalers_.first.network->info().scale;
      job.target_size = {source.width * scale, source.height * scale};
    }
    make_folder(job.output_path.parent_path());
    AtomicFile file(job.output_path);
    PngRows png(job.target_size, source.channels, texts_of(job, bytes, upscalers_),
                [&](std::span<const std::uint8_t> some) { file.write(some); });
    const Recipe& recipe = job.recipe;
    const Tiling tiling{recipe.upscale_tile, recipe.upscale_overlap, TileRule::kContext,
                        [this](int done, int of) { progress_.step({}, done, of); }};
    PictureStreams(upscalers_, source, job.target_size, tiling, [&](const std::uint8_t* row) { png.push(row); }).run();
    png.finish();
    const WritingGuard guard;
    file.commit();
  }

  const Upscalers& upscalers_;
  Progress& progress_;
};

constexpr std::string_view kUsed[] = {
    "inputs", "recursive", "output", "name", "existing", "manifest", "sidecars", "width", "height", "scale",
    "upscaler", "upscaler_2", "upscaler_2_visibility", "upscale_tile", "upscale_overlap", "device", "dtype",
    "threads", "strict"};

bool is_used(std::string_view key) {
  return key == "size" || std::find(std::begin(kUsed), std::end(kUsed), key) != std::end(kUsed);
}

/// What only redrawing has a use for. Recipes may hold it; a flag was meant.
void check_flags(const Recipe& recipe, std::vector<Error>& errors) {
  for (const auto& [key, origin] : recipe.origins)
    if (origin.starts_with("-") && !is_used(key))
      errors.emplace_back(
          ErrorKind::kRequest, fmt::format("redraw upscale has no use for {}", origin), origin,
          "it enlarges and redraws nothing",
          "leave it out, or redraw the picture larger: redraw INPUT --scale 2 --upscaler NAME --denoise 0.3");
}

/// Without what a recipe says of redrawing: its masks, stages and prompts need not be there.
Recipe upscale_recipe(const Recipe& asked) {
  Recipe recipe;
  for (const std::string_view key : kUsed) copy_value(*find_option(key), asked, recipe);
  recipe.flags = asked.flags;
  recipe.origins = asked.origins;
  if (recipe.upscaler.empty()) recipe.upscaler = kDefaultUpscaler;
  return recipe;
}

std::vector<Result> upscale_all(const Plan& plan, UpscalerCache& cache, Progress& progress, StopRule& stops) {
  for (const Job& job : plan.jobs)  // before the first picture: a file that does not load stops the run
    for (const char* key : {"upscaler", "upscaler_2"}) cache.of(job.recipe, key);
  std::vector<Result> results(plan.jobs.size());
  for (std::size_t i = 0; i < results.size() && stops.before_batch(progress.counts().failed) == Stop::kNone; ++i) {
    const Recipe& recipe = plan.jobs[i].recipe;
    const Upscalers upscalers{cache.of(recipe, "upscaler"), cache.of(recipe, "upscaler_2"),
                              recipe.upscaler_2_visibility};
    results[i] = Run(upscalers, progress).one(plan.jobs[i]);
    progress.finished(plan.jobs[i], results[i]);
  }
  return results;
}

}  // namespace

int run_upscale_with(const Recipe& asked, const RunOptions& options, const UpscalerFactory& load) {
  const Recipe recipe = upscale_recipe(asked);
  std::vector<Error> errors;
  check_flags(recipe, errors);
  if (!errors.empty()) return report_errors(errors);
  PlanOptions planning;
  planning.model = false;
  planning.upscale = true;
  return run_work(recipe, options, planning, [&](const Plan& plan, Progress& progress, StopRule& stops) {
    if (asked.upscaler.empty()) progress.note(fmt::format("no upscaler is named: {} is taken", recipe.upscaler));
    UpscalerCache cache(load, progress);
    return upscale_all(plan, cache, progress, stops);
  });
}

int run_upscale(const Recipe& recipe, const RunOptions& options) {
  return run_upscale_with(recipe, options, load_upscaler);
}

}  // namespace redraw
