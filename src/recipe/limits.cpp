// Limits: durations, shares and lists of devices as they are typed.
#include "recipe/limits.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace redraw {
namespace {

struct Unit {
  char name;
  double seconds;
};
constexpr Unit kUnits[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(trim(text.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

bool is_plain(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

/// "2:30:00" or "30:00".
std::optional<double> parse_clock(std::string_view text) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  double seconds = 0;
  for (const std::string& part : parts) {
    const auto value = is_plain(part) ? parse_number(part) : std::nullopt;
    if (!value) return std::nullopt;
    seconds = seconds * 60 + *value;
  }
  return seconds;
}

/// "3h50m": units fall from left to right.
std::optional<double> parse_units(std::string_view text) {
  double seconds = 0;
  const Unit* unit = std::begin(kUnits);
  while (!text.empty()) {
    std::size_t digits = 0;
    while (digits < text.size() && is_plain(text.substr(digits, 1))) ++digits;
    if (digits == 0 || digits == text.size()) return std::nullopt;
    unit = std::find_if(unit, std::end(kUnits), [&](const Unit& row) { return row.name == text[digits]; });
    const auto value = parse_number(text.substr(0, digits));
    if (unit == std::end(kUnits) || !value) return std::nullopt;
    seconds += *value * unit->seconds;
    ++unit;
    text.remove_prefix(digits + 1);
  }
  return seconds;
}

}  // namespace

std::optional<double> parse_duration(std::string_view text) {
  const std::string word = to_lower(trim(text));
  const auto seconds = word.find(':') != std::string::npos ? parse_clock(word) : parse_units(word);
  return seconds && *seconds > 0 ? seconds : std::nullopt;
}

std::optional<FailureLimit> parse_failure_limit(std::string_view text) {
  std::string word = trim(text);
  const bool share = word.ends_with('%');
  if (share) word.pop_back();
  const auto amount = is_plain(word) ? parse_number(word) : std::nullopt;
  if (!amount || (share && *amount > 100) || (!share && !parse_integer(word))) return std::nullopt;
  return FailureLimit{*amount, share};
}

bool is_device_name(std::string_view name) {
  if (name == "cpu" || name == "cuda") return true;
  return name.starts_with("cuda:") && is_plain(name.substr(5)) && parse_integer(name.substr(5));
}

std::optional<std::vector<std::string>> parse_devices(std::string_view text) {
  std::vector<std::string> devices = split(text, ',');
  for (std::string& device : devices) {
    if (is_plain(device) && parse_integer(device)) device.insert(0, "cuda:");
    if (!is_device_name(device)) return std::nullopt;
  }
  return devices;
}

}  // namespace redraw
