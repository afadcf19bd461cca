// The safetensors format: a checked JSON header in front of the numbers.
#pragma once

#include "formats/fault.h"
#include "formats/model_file.h"

namespace redraw {

/// Whether the bytes begin as a safetensors file does: a length, then "{".
bool is_safetensors(std::string_view bytes);

/// As the reference implementation (safetensors 0.5): keys once, no overlaps, no gaps, nothing left over.
ModelFile parse_safetensors(std::string_view bytes, const Fault& fault);

}  // namespace redraw
