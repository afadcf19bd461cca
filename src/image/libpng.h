// How this program hears of libpng's errors: the message is kept and libpng jumps back.
#pragma once

#include <png.h>

#include <csetjmp>
#include <string>

namespace redraw {

/// The error pointer of the struct is a std::string.
[[noreturn]] inline void png_jump(png_structp png, png_const_charp message) {
  *static_cast<std::string*>(png_get_error_ptr(png)) = message;
  std::longjmp(png_jmpbuf(png), 1);
}
inline void png_ignore(png_structp, png_const_charp) {}

}  // namespace redraw
