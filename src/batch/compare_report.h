// Compare report: what was compared, as lines, JSON and JUnit XML.
#pragma once

#include <span>
#include <string>

#include "batch/compare.h"

namespace redraw {

/// A line per pair: good or DIFFERENT, name, numbers; what is wrong below it; counts at the end.
std::string comparisons_as_text(std::span<const Comparison> pairs);
/// {"compared", "good", "different", "pictures": [...]}; PSNR of equal pictures is null.
std::string comparisons_as_json(std::span<const Comparison> pairs);
/// One test case per picture: failures are what is out of tolerance, errors are files that cannot be read.
std::string comparisons_as_junit(std::span<const Comparison> pairs);

}  // namespace redraw
