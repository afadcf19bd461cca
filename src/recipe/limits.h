// Limits: durations, shares and lists of devices as they are typed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redraw {

/// "3h50m", "90s", "1d12h", "1.5h", "2:30:00" (hours, minutes, seconds) -> seconds; nullopt for anything else.
std::optional<double> parse_duration(std::string_view text);

/// "20" or "5%".
struct FailureLimit {
  double amount = 0;
  bool is_share = false;  // of all pictures, in %
};
std::optional<FailureLimit> parse_failure_limit(std::string_view text);

/// "0,1" -> cuda:0, cuda:1; "cpu,cpu" and "cuda:0,cuda:1" stay. nullopt: something in it is no device.
std::optional<std::vector<std::string>> parse_devices(std::string_view text);

/// cpu, cuda or cuda:N.
bool is_device_name(std::string_view name);

}  // namespace redraw
