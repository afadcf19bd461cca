// WebP pictures through libwebp.
#pragma once

#include <string_view>

#include "redraw/image.h"

namespace redraw {

bool is_webp(std::string_view bytes);

/// RGB, or RGBA where the file says that it has alpha; of an animation the first frame on its canvas, as Pillow does.
/// Throws std::runtime_error with the reason.
Image decode_webp(std::string_view bytes);

/// Whether the head says that EXIF follows, which lies behind the pixels.
bool webp_has_exif(std::string_view head);

/// From the head of the file alone. Throws as decode_webp.
Size webp_size(std::string_view bytes);

}  // namespace redraw
