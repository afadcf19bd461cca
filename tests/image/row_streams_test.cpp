// Tests of image/row_streams: the streams give what the functions over whole pictures give.
#include <catch2/catch.hpp>

#include "image/resample.h"
#include "image/row_streams.h"
#include "support/pictures.h"

using namespace redraw;

namespace {

using Make = std::unique_ptr<RowStage> (*)(Size, Size, int, RowSink);

Image streamed(Make make, const Image& image, Size size) {
  Image result(size.width, size.height, image.channels);
  push_rows(image, *make(image.size(), size, image.channels, collector(result)));
  return result;
}

}  // namespace

TEST_CASE("lanczos_rows and nearest_rows: bit for bit the resize of the whole picture", "[image][property]") {
  for (const int channels : {1, 3})
    for (const Size from : {Size{1, 1}, Size{7, 5}, Size{40, 33}})
      for (const Size to : {Size{1, 1}, Size{7, 5}, Size{13, 5}, Size{7, 50}, Size{100, 91}, Size{3, 2}}) {
        INFO(channels << ": " << from.width << "x" << from.height << " to " << to.width << "x" << to.height);
        const Image image = test::noisy_image(from.width, from.height, channels);
        CHECK(streamed(lanczos_rows, image, to) == resize_lanczos(image, to));
        CHECK(streamed(nearest_rows, image, to) == resize_nearest(image, to));
      }
}

TEST_CASE("RowZipper: rows meet whichever stream is ahead", "[image]") {
  std::vector<int> sums;
  RowZipper zipper({1, 1},
                   [&](const std::vector<const std::uint8_t*>& rows) { sums.push_back(rows[0][0] + rows[1][0]); });
  const RowSink first = zipper.input(0), second = zipper.input(1);
  const auto push = [](const RowSink& sink, std::uint8_t value) { sink(&value); };
  push(first, 1);
  push(first, 2);
  CHECK(sums.empty());
  push(second, 10);
  push(second, 20);
  push(second, 30);
  CHECK(sums == std::vector<int>{11, 22});
  push(first, 3);
  CHECK(sums == std::vector<int>{11, 22, 33});
}
