// Drawing: filled rectangles, frames and small text on RGB pictures; the only file that knows stb_easy_font.
#include "image/draw.h"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <vector>

#include <stb_easy_font.h>

namespace redraw {
namespace {

constexpr int kTextScale = 2;              // the font's own letters are 7 px high
constexpr std::size_t kBytesOfLetter = 2048;  // of the font's quads; letters take 270 on average

struct Vertex {
  float x, y, z;
  std::uint8_t color[4];
};

/// The font has no other letters and would read past its table. One "?" for each code point.
std::string printable(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if ((c & 0xC0) == 0x80) continue;
    result += c >= ' ' && c <= '~' ? c : '?';
  }
  return result;
}

Rect rect_of(const Vertex* quad, int x, int y) {
  const auto scaled = [](float value) { return static_cast<int>(value) * kTextScale; };
  return {x + scaled(quad[0].x), y + scaled(quad[0].y), x + scaled(quad[2].x), y + scaled(quad[2].y)};
}

/// The longest beginning of the word that fits; at least one letter.
std::size_t fitting_letters(const std::string& word, int width) {
  std::size_t count = 1;
  while (count < word.size() && text_width(word.substr(0, count + 1)) <= width) ++count;
  return count;
}

std::string wrap_line(const std::string& text, int width) {
  std::string lines, line, word;
  std::istringstream words(text);
  while (words >> word) {
    if (!line.empty() && text_width(line + " " + word) > width) {
      lines += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    while (text_width(line) > width && line.size() > 1) {
      const std::size_t count = fitting_letters(line, width);
      lines += line.substr(0, count) + "\n";
      line.erase(0, count);
    }
  }
  return lines + line;
}

}  // namespace

void fill_rect(Image& image, const Rect& rect, Rgb color) {
  const int x1 = std::max(rect.x1, 0), x2 = std::min(rect.x2, image.width);
  for (int y = std::max(rect.y1, 0); y < std::min(rect.y2, image.height); ++y)
    for (int x = x1; x < x2; ++x) {
      std::uint8_t* pixel = image.at(x, y);
      pixel[0] = color.r, pixel[1] = color.g, pixel[2] = color.b;
    }
}

void draw_frame(Image& image, const Rect& rect, int width, Rgb color) {
  fill_rect(image, {rect.x1, rect.y1, rect.x2, rect.y1 + width}, color);
  fill_rect(image, {rect.x1, rect.y2 - width, rect.x2, rect.y2}, color);
  fill_rect(image, {rect.x1, rect.y1, rect.x1 + width, rect.y2}, color);
  fill_rect(image, {rect.x2 - width, rect.y1, rect.x2, rect.y2}, color);
}

void draw_text(Image& image, int x, int y, const std::string& text, Rgb color) {
  std::string letters = printable(text);
  std::vector<char> buffer((letters.size() + 1) * kBytesOfLetter);
  const int quads = stb_easy_font_print(0, 0, letters.data(), nullptr, buffer.data(), static_cast<int>(buffer.size()));
  for (int i = 0; i < quads; ++i) {
    Vertex quad[4];
    std::memcpy(quad, buffer.data() + static_cast<std::size_t>(i) * sizeof quad, sizeof quad);
    fill_rect(image, rect_of(quad, x, y), color);
  }
}

void draw_lines(Image& image, int x, int y, const std::string& text, Rgb color) {
  for (std::size_t at = 0; at <= text.size(); y += kTextLine) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    draw_text(image, x, y, text.substr(at, end - at), color);
    at = end + 1;
  }
}

int count_lines(const std::string& text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1; }

int text_width(const std::string& text) {
  std::string letters = printable(text);
  return stb_easy_font_width(letters.data()) * kTextScale;
}

std::string wrap_text(const std::string& text, int width) {
  std::string wrapped;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) wrapped += (wrapped.empty() ? "" : "\n") + wrap_line(line, width);
  return wrapped;
}

}  // namespace redraw
