// Writing PNG files: row by row through libpng, or a whole picture at once through libdeflate.
#include <libdeflate.h>

#include <algorithm>
#include <csetjmp>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>

#include "base/fast.h"
#include "image/libpng.h"
#include "image/png.h"

namespace redraw {
namespace {

constexpr int kCompressionLevel = 3;  // with the Sub filter: a third of level 6's time for a tenth more bytes
constexpr int kFastLevel = 1;         // of libdeflate: a third of the time of the above for as many bytes
constexpr std::size_t kLargestChunk = std::size_t{1} << 30;  // a PNG chunk ends at 2^31 - 1

void flush_bytes(png_structp) {}

std::optional<std::string> to_latin1(std::string_view utf8) {
  std::string latin1;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) { latin1 += utf8[i]; continue; }
    if ((c != 0xC2 && c != 0xC3) || i + 1 == utf8.size()) return std::nullopt;
    const auto next = static_cast<unsigned char>(utf8[++i]);
    latin1 += static_cast<char>((c == 0xC3 ? 0x40 : 0) + next);
  }
  return latin1;
}

int png_kind(int channels) {
  return channels == 4 ? PNG_COLOR_TYPE_RGBA : channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
}

}  // namespace

/// What libpng's callbacks reach.
struct PngRows::State {
  Write write;
  std::string message;
  std::exception_ptr thrown;  // by write: nothing may fly through libpng
  png_structp png = nullptr;
  png_infop info = nullptr;

  explicit State(Write to) : write(std::move(to)) {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &message, png_jump, png_ignore);
    info = png_create_info_struct(png);
    png_set_write_fn(png, this, on_bytes, flush_bytes);
  }
  ~State() { png_destroy_write_struct(&png, &info); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static void on_bytes(png_structp png, png_bytep data, std::size_t count) {
    auto* state = static_cast<State*>(png_get_io_ptr(png));
    try {
      state->write({data, count});
    } catch (...) {
      state->thrown = std::current_exception();
    }
    if (state->thrown) png_error(png, "the bytes cannot be written");
  }

  /// f may hold nothing that has to be destroyed: libpng jumps out of it.
  template <typename F>
  void call(F f) {
    if (setjmp(png_jmpbuf(png)) == 0) return f();
    if (thrown) std::rethrow_exception(thrown);
    throw std::runtime_error(message);
  }
};

namespace {

/// Texts as libpng takes them.
struct PngTexts {
  std::vector<std::string> bodies;
  std::vector<png_text> chunks;

  explicit PngTexts(std::span<const TextChunk> texts) : chunks(texts.size()) {
    for (const TextChunk& text : texts) bodies.push_back(to_latin1(text.text).value_or(text.text));
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const bool latin1 = to_latin1(texts[i].text).has_value();
      chunks[i].compression = latin1 ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
      chunks[i].key = const_cast<char*>(texts[i].keyword.c_str());
      chunks[i].text = bodies[i].data();
      (latin1 ? chunks[i].text_length : chunks[i].itxt_length) = bodies[i].size();
    }
  }
};

/// Each row less the one above it (filter Up), with the filter's number before it.
REDRAW_FAST std::vector<std::uint8_t> filtered_up(const Image& image) {
  const std::size_t stride = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  std::vector<std::uint8_t> out((stride + 1) * static_cast<std::size_t>(image.height));
  const std::vector<std::uint8_t> nothing(stride);
  const std::uint8_t* above = nothing.data();
  std::uint8_t* to = out.data();
  for (int y = 0; y < image.height; ++y, to += stride) {
    const std::uint8_t* row = image.at(0, y);
    *to++ = PNG_FILTER_VALUE_UP;
    for (std::size_t i = 0; i < stride; ++i) to[i] = static_cast<std::uint8_t>(row[i] - above[i]);
    above = row;
  }
  return out;
}

std::vector<std::uint8_t> deflated(std::span<const std::uint8_t> bytes) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(kFastLevel), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  std::vector<std::uint8_t> out(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

}  // namespace

PngRows::PngRows(Size size, int channels, std::span<const TextChunk> texts, Write write)
    : state_(std::make_unique<State>(std::move(write))) {
  PngTexts known(texts);
  State& s = *state_;
  s.call([&] {
    png_set_compression_level(s.png, kCompressionLevel);
    png_set_filter(s.png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP);
    png_set_IHDR(s.png, s.info, static_cast<png_uint_32>(size.width), static_cast<png_uint_32>(size.height), 8,
                 png_kind(channels), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    if (!known.chunks.empty()) png_set_text(s.png, s.info, known.chunks.data(), static_cast<int>(known.chunks.size()));
    png_write_info(s.png, s.info);
  });
}

PngRows::~PngRows() = default;

void PngRows::push(const std::uint8_t* row) {
  state_->call([&] { png_write_row(state_->png, row); });
}

void PngRows::finish() {
  state_->call([&] { png_write_end(state_->png, nullptr); });
}

void PngRows::finish(std::span<const std::uint8_t> deflated_rows) {
  static constexpr png_byte kPixels[] = "IDAT", kEnd[] = "IEND";
  state_->call([&] {
    for (std::size_t at = 0; at < deflated_rows.size(); at += kLargestChunk)
      png_write_chunk(state_->png, kPixels, deflated_rows.data() + at,
                      std::min(kLargestChunk, deflated_rows.size() - at));
    png_write_chunk(state_->png, kEnd, nullptr, 0);
  });
}

std::vector<std::uint8_t> encode_png(const Image& image, std::span<const TextChunk> texts) {
  std::vector<std::uint8_t> bytes;
  PngRows rows(image.size(), image.channels, texts,
               [&](std::span<const std::uint8_t> some) { bytes.insert(bytes.end(), some.begin(), some.end()); });
  rows.finish(deflated(filtered_up(image)));
  return bytes;
}
}  // namespace redraw
