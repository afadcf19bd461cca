// Infotext out of picture files: EXIF user comments of JPEG, WebP and PNG, and PNG's text chunks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redraw {

/// The EXIF block of a JPEG, WebP or PNG as libexif takes it ("Exif\0\0", then TIFF); empty: none.
std::string exif_block(std::string_view file);

/// The bytes of the tag UserComment, its eight bytes of encoding included; empty: none.
std::string user_comment(std::string_view exif_block);

/// A UserComment as UTF-8. UNICODE is UTF-16, big endian unless it begins with a byte order mark;
/// ASCII and anything unknown is taken as UTF-8; what is damaged becomes U+FFFD.
std::string decode_user_comment(std::string_view comment);

/// How the picture was made, as A1111 finds it: the user comment, else the PNG text "parameters".
/// Any bytes can be given. source A1111 1.10 images.read_info_from_image; golden: ui/files
std::optional<std::string> picture_infotext(std::string_view file);

}  // namespace redraw
