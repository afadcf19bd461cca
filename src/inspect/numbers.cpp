// The numbers of a small tensor, without libtorch.
#include "inspect/numbers.h"

#include <bit>
#include <cmath>

#include "formats/bytes.h"

namespace redraw {
namespace {

double from_f16(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const double fraction = static_cast<double>(bits & 1023) / 1024, sign = bits >> 15 != 0 ? -1 : 1;
  if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
  return sign * (exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15));
}
double from_f32(std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }
double from_bf16(std::uint64_t bits) { return from_f32(bits << 16); }
double from_f64(std::uint64_t bits) { return std::bit_cast<double>(bits); }

struct Reader {
  ElementType type;
  double (*read)(std::uint64_t bits);
};
constexpr Reader kReaders[] = {{ElementType::kF16, from_f16},
                               {ElementType::kBF16, from_bf16},
                               {ElementType::kF32, from_f32},
                               {ElementType::kF64, from_f64}};

/// Where the element lies in its storage, in elements.
std::uint64_t place_of(const TensorInfo& tensor, std::uint64_t index) {
  auto place = static_cast<std::uint64_t>(tensor.offset);
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    const auto side = static_cast<std::uint64_t>(tensor.shape[i]);
    place += index % side * static_cast<std::uint64_t>(tensor.strides[i]);
    index /= side;
  }
  return place;
}

}  // namespace

std::vector<double> numbers_of(const TensorInfo& tensor) {
  std::vector<double> numbers;
  const std::uint64_t size = row_of(tensor.type).size;
  for (const Reader& reader : kReaders)
    for (std::uint64_t i = 0; reader.type == tensor.type && i < tensor.elements(); ++i)
      numbers.push_back(
          reader.read(little_endian(tensor.storage.substr(place_of(tensor, i) * size), static_cast<int>(size))));
  return numbers;
}

}  // namespace redraw
