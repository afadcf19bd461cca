// Reading pictures: any common file to 8-bit samples, upright.
#pragma once

#include <filesystem>

#include "redraw/image.h"

namespace redraw {

/// Larger pictures are refused before their pixels are allocated.
constexpr int kMaxSide = 32768;
constexpr long long kMaxPixels = 268'435'456;

/// PNG, JPEG, WebP, BMP, TGA, GIF (of animations the first frame) as grey, RGB or RGBA; EXIF orientation applied.
/// 16-bit grey is clipped at 255 and a palette with transparency becomes RGBA, as Pillow does. Errors: kFile with the
/// reason (no picture, cut short, unsupported kind, too large). source A1111 1.10 (Pillow 10); golden: ui/read
Image read_image(const std::filesystem::path& path);

/// Size after orientation, from the header alone. Errors: as read_image.
Size picture_size(const std::filesystem::path& path);

/// Suffixes that a folder is searched for, lower case with the dot.
bool has_picture_suffix(const std::filesystem::path& path);

}  // namespace redraw
