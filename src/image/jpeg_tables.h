// Huffman tables of JPEG files, looked at before the decoder trusts them.
#pragma once

#include <string_view>

namespace redraw {

/// False where a Huffman table claims more than the 256 codes that one can have: stb_image (up to 2.28) counts them
/// into an array of 257 without looking. Walks the file's head as stb_image does, and takes no APP segment for a table.
bool has_sound_jpeg_tables(std::string_view file);

}  // namespace redraw
