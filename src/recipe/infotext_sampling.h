// The infotext's fields of schedule and sampler: written only where they count and differ from A1111's default.
#pragma once

#include "recipe/infotext.h"

namespace redraw {

/// As Python writes a float: A1111's options are floats where its parameters may be whole.
std::string float_text(double value);

/// What A1111 notes while it makes the schedule.
InfotextFields schedule_fields(const Recipe& recipe);
/// What it notes when it starts the sampler; UniPC's under the keys that it reads but does not write.
InfotextFields sampler_fields(const Recipe& recipe);

}  // namespace redraw
