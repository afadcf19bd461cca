// Bench: how long a model's parts and a whole picture take here.
#include "batch/bench.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>

#include <fmt/format.h>

#include "base/files.h"
#include "base/machine.h"
#include "base/scratch.h"
#include "batch/load.h"
#include "canvas/prepare.h"
#include "image/png.h"

namespace redraw {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct PartRow {
  const char* part;
  const char* label;
  const char* stage;  // of Generated::timings_ms
  bool per_step;
};
constexpr PartRow kParts[] = {
    {"text_encoder", "text encoder", "condition", false},
    {"vae_encode", "VAE encode", "encode", false},
    {"unet_step", "UNet step with guidance", "denoise", true},
    {"vae_decode", "VAE decode", "decode", false},
};

/// Colours that run into each other with a fine pattern, so that PNG and VAE have something to do.
Image made_picture(Size size) {
  Image image(size.width, size.height, 3);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      std::uint8_t* pixel = image.at(x, y);
      pixel[0] = static_cast<std::uint8_t>(x * 255 / size.width);
      pixel[1] = static_cast<std::uint8_t>(y * 255 / size.height);
      pixel[2] = static_cast<std::uint8_t>((x ^ y) & 255);
    }
  return image;
}

/// The jobs that the main job would make of the picture; the files are gone afterwards.
Plan plan_of(Recipe& recipe, Image& source) {
  const Scratch scratch;
  source = made_picture({recipe.width.value_or(512), recipe.height.value_or(512)});
  const auto file = scratch.path() / "picture.png";
  write_file_atomically(file, encode_png(source, {}));
  recipe.inputs = {file.string()};
  recipe.output = (scratch.path() / "out").string();
  recipe.sidecars = false;
  recipe.count = std::max(1, recipe.batch);
  return make_plan(recipe);
}

/// One batch again and again.
class Bench {
 public:
  Bench(const Plan& plan, const Image& source, Engine& engine) : plan_(plan), source_(source), engine_(engine) {}

  struct Times {
    std::map<std::string, double> stages;
    double whole = 0, cpu = 0;
  };

  Times run() {
    const auto start = Clock::now();
    const std::clock_t cpu = std::clock();
    std::vector<Prepared> prepared;
    for (const Job& job : plan_.jobs) prepared.push_back(prepare(job, source_, std::nullopt));
    std::vector<EngineTask> tasks;
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) tasks.push_back({&plan_.jobs[i], &prepared[i]});
    const std::vector<Generated> made = engine_.run(tasks, [](int, int) {});
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i].error) throw *made[i].error;
      std::int64_t changed = 0;
      encode_png(paste_back(prepared[i], plan_.jobs[i], made[i], &changed), {});
    }
    return {made[0].timings_ms, ms_since(start), 1000.0 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC};
  }

 private:
  const Plan& plan_;
  const Image& source_;
  Engine& engine_;
};

void add(BenchReport& report, const Bench::Times& times) {
  report.whole.ms.push_back(times.whole);
  report.cpu.ms.push_back(times.cpu);
  for (const PartRow& row : kParts) {
    const auto stage = times.stages.find(row.stage);
    REDRAW_CHECK(stage != times.stages.end(), "the engine says how long each stage took");
    auto part =
        std::find_if(report.parts.begin(), report.parts.end(), [&](const Timing& t) { return t.part == row.part; });
    if (part == report.parts.end()) part = report.parts.insert(part, {row.part, row.label, {}});
    part->ms.push_back(row.per_step ? stage->second / report.job.steps_run : stage->second);
  }
}

double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

double Timing::median() const { return middle(ms); }
double Timing::min() const { return *std::min_element(ms.begin(), ms.end()); }
double Timing::max() const { return *std::max_element(ms.begin(), ms.end()); }

double BenchReport::steps_per_second() const {
  const auto step = std::find_if(parts.begin(), parts.end(), [](const Timing& t) { return t.part == "unet_step"; });
  return 1000 / step->median();
}
double BenchReport::pictures_per_second() const { return 1000 * batch / whole.median(); }

Recipe bench_recipe() {
  Recipe recipe;
  recipe.prompt = "a boat on a lake in the evening";
  recipe.negative_prompt = "blurry";
  recipe.seed = 7;
  recipe.denoise = 0.5;
  recipe.exact_steps = true;
  recipe.steps = 8;
  recipe.sampler = "euler";
  recipe.width = recipe.height = 512;
  recipe.batch = 1;
  return recipe;
}

BenchReport bench(Recipe recipe, const BenchOptions& options, const EngineFactory& make_engine,
                  const std::function<void(const std::string&)>& tell) {
  BenchReport report;
  report.options = options;
  Image source;
  const Plan plan = plan_of(recipe, source);
  report.errors = plan.errors;
  for (const PictureError& failure : plan.failures) report.errors.push_back(failure.error);
  if (!report.errors.empty()) return report;
  report.job = plan.jobs[0];
  report.batch = static_cast<int>(plan.jobs.size());
  report.whole = {"whole", "whole, pixels to PNG", {}};
  report.cpu = {"cpu", "whole, CPU time", {}};
  const auto start = Clock::now();
  const std::unique_ptr<Engine> engine = make_engine(spec_of(plan.jobs[0].recipe));
  report.load_ms = ms_since(start);
  report.bytes_after_load = memory_of_process().now;
  report.model = engine->info();
  tell(fmt::format("{} on {}, {}: loaded in {:.0f} ms", report.model.model_name, report.model.device,
                   report.model.dtype, report.load_ms));
  Bench work(plan, source, *engine);
  for (int i = 0; i < options.warmup + options.repeats; ++i) {
    const Bench::Times times = work.run();
    const bool counts = i >= options.warmup;
    if (counts) add(report, times);
    tell(counts ? fmt::format("repeat {} of {}: {:.0f} ms", i - options.warmup + 1, options.repeats, times.whole)
                : fmt::format("warm-up {} of {}: {:.0f} ms", i + 1, options.warmup, times.whole));
  }
  report.peak_bytes = memory_of_process().peak;
  report.peak_device_bytes = engine->peak_device_bytes();
  return report;
}

}  // namespace redraw
