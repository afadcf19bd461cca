// redraw bench: measures a model here, as a table for people or as JSON to keep.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/machine.h"
#include "base/report.h"
#include "base/text.h"
#include "batch/bench.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "recipe/options.h"
#include "schedule/samplers.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

/// Settings that bench takes; the rest of the work is always the same.
constexpr std::string_view kSettings[] = {"model",       "vae",  "device", "dtype", "vae_dtype", "vae_tile",  "threads",
                                          "determinism", "size", "batch",  "steps", "sampler",   "cfg_scale", "seed"};
constexpr int kMostRuns = 1000;

std::vector<Flag> known_flags() {
  std::vector<Flag> flags = {{"warmup", "--warmup", '\0', "", false, "integer, 0 to 1000", "1"},
                             {"repeats", "--repeats", '\0', "", false, "integer, 1 to 1000", "5"},
                             {"json", "--json", '\0', "", true, "", ""},
                             {"quiet", "--quiet", 'q', "", true, "", ""}};
  for (const std::string_view key : kSettings) {
    const Option& option = *find_option(key);
    const auto value = text_of(option, bench_recipe());
    flags.push_back({std::string(key), flag_of(key), option.short_flag,
                     option.alias.empty() ? "" : flag_of(option.alias), false, values_of(option),
                     value && !value->empty() ? *value : "VALUE"});
  }
  return flags;
}

int runs_of(CommandLine& line, const char* key, int least, int otherwise) {
  const std::string* typed = typed_value(line, key);
  if (typed == nullptr) return otherwise;
  const auto value = parse_integer(*typed);
  if (value && *value >= least && *value <= kMostRuns) return static_cast<int>(*value);
  line.errors.emplace_back(ErrorKind::kRequest, fmt::format("{} cannot be \"{}\"", key, *typed), flag_of(key),
                           fmt::format("{} takes: integer, {} to {}", key, least, kMostRuns),
                           fmt::format("the default is {} {}", flag_of(key), otherwise));
  return otherwise;
}

Recipe recipe_of(CommandLine& line) {
  Recipe recipe = bench_recipe();
  std::vector<Setting> settings;
  for (const TypedFlag& flag : line.flags)
    if (std::find(std::begin(kSettings), std::end(kSettings), flag.key) != std::end(kSettings))
      settings.push_back({flag.key, {flag.values.back()}, flag.origin, {}});
  for (const Error& error : apply_settings(recipe, settings)) line.errors.push_back(error);
  return recipe;
}

double megabytes(std::size_t bytes) { return static_cast<double>(bytes) / 1e6; }

Json json_of(const Timing& timing) {
  return {{"median", timing.median()}, {"min", timing.min()}, {"max", timing.max()}};
}

Json json_of(const BenchReport& report) {
  const ModelInfo& model = report.model;
  const Recipe& recipe = report.job.recipe;
  const Cpu cpu = this_cpu();
  Json json = {{"redraw", REDRAW_VERSION}, {"time", utc_now()}};
  json["model"] = {{"name", model.model_name},
                   {"family", model.family},
                   {"sha256", model.model_sha256},
                   {"vae_sha256", model.vae_sha256}};
  json["machine"] = {
      {"device", model.device},           {"device_name", model.device_name.empty() ? cpu.name : model.device_name},
      {"kernels", model.kernels},         {"cpu", cpu.name},
      {"instruction_sets", cpu.features}, {"cores", cpu.cores},
      {"threads", model.threads}};
  json["work"] = {
      {"width", report.job.work_size.width}, {"height", report.job.work_size.height}, {"batch", report.batch},
      {"steps", report.job.steps_run}, {"sampler", recipe.sampler}, {"scheduler", recipe.scheduler},
      {"cfg_scale", recipe.cfg_scale}, {"denoise", recipe.denoise}, {"dtype", model.dtype},
      {"vae_dtype", model.vae_dtype}, {"prompt", recipe.prompt}, {"negative_prompt", recipe.negative_prompt},
      {"seed", report.job.seed}};
  json["warmup"] = report.options.warmup;
  json["repeats"] = report.options.repeats;
  json["load_ms"] = report.load_ms;
  for (const Timing& part : report.parts) json["parts_ms"][part.part] = json_of(part);
  json["whole_ms"] = json_of(report.whole);
  json["cpu_ms"] = json_of(report.cpu);
  json["steps_per_second"] = report.steps_per_second();
  json["pictures_per_second"] = report.pictures_per_second();
  json["memory_mb"] = {{"after_load", megabytes(report.bytes_after_load)}, {"peak", megabytes(report.peak_bytes)},
                       {"device_peak", report.peak_device_bytes ? Json(megabytes(*report.peak_device_bytes)) : Json()}};
  return json;
}

void print_row(const Timing& timing) {
  fmt::print("{:<24} {:>10.1f} {:>10.1f} {:>10.1f}\n", timing.label, timing.median(), timing.min(), timing.max());
}

void print_table(const BenchReport& report) {
  const ModelInfo& model = report.model;
  const Recipe& recipe = report.job.recipe;
  const Cpu cpu = this_cpu();
  fmt::print("redraw {}: {} ({}) on {}, {}, VAE {}\n", REDRAW_VERSION, model.model_name, model.family,
             model.device_name.empty() ? model.device : fmt::format("{} ({})", model.device, model.device_name),
             model.dtype, model.vae_dtype);
  if (!model.kernels.empty()) fmt::print("kernels of the GPU: {}\n", model.kernels);
  fmt::print("{}, {} of {} cores, {}\n", cpu.name, model.threads, cpu.cores, fmt::join(cpu.features, " "));
  fmt::print("{}x{}, batch {}, {} steps, {}, {}, cfg {}; {} warm-up, {} repeats\n\n", report.job.work_size.width,
             report.job.work_size.height, report.batch, report.job.steps_run, find_sampler(recipe.sampler)->label,
             find_scheduler(recipe.scheduler)->label, recipe.cfg_scale, report.options.warmup, report.options.repeats);
  fmt::print("{:<24} {:>10} {:>10} {:>10}\n", "ms", "median", "min", "max");
  for (const Timing& part : report.parts) print_row(part);
  print_row(report.whole);
  print_row(report.cpu);
  fmt::print("\n{:.3f} steps and {:.3f} pictures per second; loaded in {:.0f} ms\n", report.steps_per_second(),
             report.pictures_per_second(), report.load_ms);
  fmt::print("memory: {:.0f} MB after loading, {:.0f} MB at most", megabytes(report.bytes_after_load),
             megabytes(report.peak_bytes));
  fmt::print("{}\n", report.peak_device_bytes
                         ? fmt::format("; {:.0f} MB of the device", megabytes(*report.peak_device_bytes))
                         : "");
}

}  // namespace

int bench_model(const std::vector<std::string>& args) {
  CommandLine line = read_command_line(args, known_flags());
  const bool json = is_on(line, "json"), quiet = is_on(line, "quiet");
  const BenchOptions defaults,
      options{runs_of(line, "warmup", 0, defaults.warmup), runs_of(line, "repeats", 1, defaults.repeats)};
  const Recipe recipe = recipe_of(line);
  if (!line.words.empty())
    line.errors.emplace_back(ErrorKind::kRequest,
                             fmt::format("bench takes no picture, and \"{}\" is given", line.words[0]), "command line",
                             "it makes its own, the same everywhere", "leave it out; the model is --model FILE");
  if (!line.errors.empty()) return report_errors(line.errors);
  const BenchReport report = bench(recipe, options, load_engine, [quiet](const std::string& what) {
    if (!quiet) fmt::print(stderr, "redraw: {}\n", what);
  });
  if (!report.errors.empty()) return report_errors(report.errors);
  if (json) fmt::print("{}\n", json_of(report).dump(2, ' ', false, Json::error_handler_t::replace));
  else print_table(report);
  return 0;
}

}  // namespace redraw
