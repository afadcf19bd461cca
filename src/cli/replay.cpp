// redraw replay: makes pictures again from what they say, and tells how near that comes.
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/report.h"
#include "batch/engine_cache.h"
#include "batch/replay.h"
#include "cli/commands.h"
#include "cli/tolerance.h"

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kLeastPsnr = 40;   // dB; what another processor's rounding leaves
constexpr double kMostFlip = 0.02;

std::vector<Flag> known_flags() {
  std::vector<Flag> flags = {
      {"keep", "--keep", '\0', "", false, "folder", "again/"},
      {"model", "--model", 'M', "", false, "path", "model.safetensors"},
      {"device", "--device", '\0', "", false, "auto | cpu | cuda | cuda:N", "cpu"},
      {"dtype", "--dtype", '\0', "", false, "auto | f32 | f16 | bf16", "f32"},
      {"exact", "--exact", '\0', "", true, "", ""}, {"json", "--json", '\0', "", true, "", ""}};
  add_tolerance_flags(flags);
  return flags;
}

std::string text_of(const CommandLine& line, std::string_view key) {
  const std::string* value = typed_value(line, key);
  return value == nullptr ? "" : *value;
}

ReplayOptions with_limit_zero(ReplayOptions options) {
  options.tolerance = {};
  options.tolerance.max_difference = 0;
  return options;
}

ReplayOptions options_of(CommandLine& line) {
  ReplayOptions options{tolerance_of(line), text_of(line, "keep"), text_of(line, "model"), text_of(line, "device"),
                        text_of(line, "dtype")};
  const bool exact = is_on(line, "exact");
  if (exact || !asks_nothing(options.tolerance)) return exact ? with_limit_zero(options) : options;
  options.tolerance.min_psnr = kLeastPsnr;
  options.tolerance.max_flip = kMostFlip;
  return options;
}

void print_text(const Replay& replay) {
  std::string line = fmt::format("{:<16}  {}", verdict_name(replay.verdict), replay.picture.string());
  if (const auto& m = replay.comparison.metrics; m && m->difference.changed > 0)
    line +=
        fmt::format("  largest {}, PSNR {:.2f} dB, FLIP {:.5f}", m->difference.largest, m->difference.psnr, m->flip);
  if (!replay.note.empty()) line += "  (" + replay.note + ")";
  fmt::print("{}\n", line);
  for (const std::string& failure : replay.comparison.failures) fmt::print("  {}\n", failure);
  for (const Error& error : replay.errors) fmt::print(stderr, "{}\n", error.message());
}

Json json_of(const Replay& replay) {
  Json json = {{"picture", replay.picture.string()}, {"verdict", verdict_name(replay.verdict)}};
  if (const auto& m = replay.comparison.metrics) {
    json["largest_difference"] = m->difference.largest;
    json["changed_pixels"] = m->difference.changed;
    json["psnr"] = m->difference.changed > 0 ? Json(m->difference.psnr) : Json();
    json["flip"] = m->flip;
  }
  if (!replay.note.empty()) json["otherwise"] = replay.note;
  for (const Error& error : replay.errors) json["errors"].push_back(error.message());
  return json;
}

bool is_good(const Replay& replay) {
  return replay.verdict == Verdict::kBitExact || replay.verdict == Verdict::kWithinTolerance;
}

}  // namespace

int replay_pictures(const std::vector<std::string>& args) {
  CommandLine line = read_command_line(args, known_flags());
  const ReplayOptions options = options_of(line);
  const bool json = is_on(line, "json");
  if (line.words.empty() && line.errors.empty())
    line.errors.emplace_back(ErrorKind::kRequest, "replay names no picture", "command line",
                             "it takes PNG files that redraw wrote", "redraw replay redrawn/lake.png");
  if (!line.errors.empty()) return report_errors(line.errors);
  const EngineFactory engines = cached(load_engine);
  Json list = Json::array();
  std::size_t good = 0;
  int code = 0;
  for (const std::string& word : line.words) {
    const Replay one = replay(word, options, engines);
    good += is_good(one);
    if (json) list.push_back(json_of(one));
    else print_text(one);
    if (!is_good(one)) code = line.words.size() == 1 && !one.errors.empty() ? one.errors[0].exit_code() : 1;
    if (!one.errors.empty() && one.errors[0].kind() == ErrorKind::kInterrupted) return one.errors[0].exit_code();
  }
  if (json) fmt::print("{}\n", list.dump(2, ' ', false, Json::error_handler_t::replace));
  else if (line.words.size() > 1) fmt::print("{} replayed, {} good\n", line.words.size(), good);
  return code;
}

}  // namespace redraw
