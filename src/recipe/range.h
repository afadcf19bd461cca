// Ranges of numbers as text: "0.2..0.6 step 0.1" to its numbers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace redraw {

/// Holds "..".
bool is_range(std::string_view text);

/// "A..B" (whole numbers, step 1) or "A..B step S", up or down, with B where the steps meet it; the step's sign is not
/// looked at. Each number is written as short as it can be: 0.3, never 0.30000000000000004.
/// Errors: kRequest without origin: no numbers, decimals without a step, a step of 0, more than `most` numbers.
std::vector<std::string> spell_range(const std::string& text, std::size_t most);

}  // namespace redraw
