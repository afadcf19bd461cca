// What this processor can do, as far as a choice between two ways hangs on it.
#pragma once

namespace redraw {

/// AMX for bf16, with the kernel's leave to use it.
bool multiplies_tiles();

}  // namespace redraw
