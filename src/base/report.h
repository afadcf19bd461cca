// What the user reads on stderr when something is wrong.
#pragma once

#include <vector>

#include "redraw/error.h"

namespace redraw {

/// Prints each error once, at most 20, and their number where there are several. Returns the exit
/// code: 2 where any of them is a wrong request, else the first one's. errors: at least one.
int report_errors(const std::vector<Error>& errors);

}  // namespace redraw
