// Words and numbers: nearest name, natural order, number parsing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redraw {

/// The candidate with the smallest edit distance (case ignored); nullopt where none is near
/// (distance above a third of the length, at least 2).
std::optional<std::string> nearest_name(std::string_view wanted,
                                        std::span<const std::string_view> candidates);

/// Numbers inside compare as numbers, letters without case: "a2" < "a10".
bool natural_less(std::string_view a, std::string_view b);

/// The whole text as a number, independent of the locale; nullopt otherwise (also for inf, nan).
std::optional<double> parse_number(std::string_view text);
std::optional<long long> parse_integer(std::string_view text);

/// "2026-03-01T12:00:00.123Z": now, in UTC; sorts as text.
std::string utc_now();

/// For terminals and logs: control characters, C1 controls, direction marks and broken UTF-8 become \xNN,
/// so that a file name can neither steer the terminal nor feign a line.
std::string printable(std::string_view text);

std::string to_lower(std::string_view text);  // ASCII
std::string trim(std::string_view text);      // ASCII white space

}  // namespace redraw
