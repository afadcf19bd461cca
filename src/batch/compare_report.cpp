// Compare report: what was compared, as lines, JSON and JUnit XML.
#include "batch/compare_report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace redraw {
namespace {

using Json = nlohmann::ordered_json;

std::size_t count_if_good(std::span<const Comparison> pairs) {
  return static_cast<std::size_t>(
      std::count_if(pairs.begin(), pairs.end(), [](const Comparison& p) { return p.good(); }));
}

std::string numbers_of(const Metrics& metrics) {
  const Difference& d = metrics.difference;
  if (d.changed == 0) return "  bit-equal";
  std::string text =
      fmt::format("  largest {}, changed {:.4g} %, PSNR {:.2f} dB", d.largest, metrics.changed_percent, d.psnr);
  if (metrics.ssim) text += fmt::format(", SSIM {:.5f}", *metrics.ssim);
  return text + fmt::format(", FLIP {:.5f}", metrics.flip);
}

std::string lines_of(const Comparison& pair) {
  std::string text = fmt::format("{}  {}{}\n", pair.good() ? "good     " : "DIFFERENT", pair.name,
                                 pair.metrics ? numbers_of(*pair.metrics) : "");
  for (const std::string& failure : pair.failures) text += "  " + failure + "\n";
  if (pair.error) text += fmt::format("  {}: {}\n", pair.error->what(), pair.error->why());
  return text;
}

Json json_of(const Comparison& pair) {
  Json json = {
      {"name", pair.name}, {"good", pair.good()}, {"golden", pair.golden.string()}, {"made", pair.made.string()}};
  if (const auto& m = pair.metrics) {
    const Difference& d = m->difference;
    json["largest_difference"] = d.largest;
    json["changed_pixels"] = d.changed;
    json["compared_pixels"] = d.pixels;
    json["changed_percent"] = m->changed_percent;
    if (d.changed > 0) json["changed_box"] = {d.box.x1, d.box.y1, d.box.x2, d.box.y2};
    json["psnr"] = std::isinf(d.psnr) ? Json() : Json(d.psnr);
    json["ssim"] = m->ssim ? Json(*m->ssim) : Json();
    json["flip"] = m->flip;
  }
  json["failures"] = pair.failures;
  if (pair.error) json["error"] = pair.error->what();
  return json;
}

/// For attributes and text; characters that XML 1.0 does not know become "?".
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') result += "&amp;";
    else if (c == '<') result += "&lt;";
    else if (c == '>') result += "&gt;";
    else if (c == '"') result += "&quot;";
    else result += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
  }
  return result;
}

std::string junit_case(const Comparison& pair) {
  std::string text = fmt::format("    <testcase classname=\"redraw.compare\" name=\"{}\" time=\"{:.3f}\"",
                                 escaped(pair.name), pair.seconds);
  if (pair.good()) return text + "/>\n";
  text += ">\n";
  if (pair.error)
    text += fmt::format("      <error message=\"{}\">{}</error>\n", escaped(pair.error->what()),
                        escaped(pair.error->message()));
  if (!pair.failures.empty())
    text +=
        fmt::format("      <failure message=\"{}\">{}</failure>\n", escaped(pair.failures[0]), escaped(lines_of(pair)));
  return text + "    </testcase>\n";
}

}  // namespace

std::string comparisons_as_text(std::span<const Comparison> pairs) {
  std::string text;
  for (const Comparison& pair : pairs) text += lines_of(pair);
  const std::size_t good = count_if_good(pairs);
  return text + fmt::format("{} compared, {} good, {} different\n", pairs.size(), good, pairs.size() - good);
}

std::string comparisons_as_json(std::span<const Comparison> pairs) {
  const std::size_t good = count_if_good(pairs);
  Json json = {
      {"compared", pairs.size()}, {"good", good}, {"different", pairs.size() - good}, {"pictures", Json::array()}};
  for (const Comparison& pair : pairs) json["pictures"].push_back(json_of(pair));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string comparisons_as_junit(std::span<const Comparison> pairs) {
  std::size_t failures = 0, errors = 0;
  double seconds = 0;
  std::string cases;
  for (const Comparison& pair : pairs) {
    errors += pair.error.has_value();
    failures += !pair.error && !pair.failures.empty();
    seconds += pair.seconds;
    cases += junit_case(pair);
  }
  const std::string counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\"", pairs.size(),
                                         failures, errors, seconds);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n  <testsuite name=\"redraw compare\" {0}>\n{1}  "
      "</testsuite>\n</testsuites>\n",
      counts, cases);
}

}  // namespace redraw
