// NumPy's SeedSequence: many seeds out of one, each by its place in a tree.
#include "sampling/seed_sequence.h"

namespace redraw {
namespace {

/// Stirs one word after another, each with another constant.
struct Hash {
  std::uint32_t constant, factor;
  std::uint32_t operator()(std::uint32_t value) {
    value ^= constant;
    constant *= factor;
    value *= constant;
    return value ^ (value >> 16);
  }
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t value = 0xca01f9ddU * x - 0x4973f715U * y;
  return value ^ (value >> 16);
}

/// Low word first; 0 is one word.
void add_words(std::vector<std::uint32_t>& words, std::uint64_t number) {
  do {
    words.push_back(static_cast<std::uint32_t>(number));
    number >>= 32;
  } while (number > 0);
}

}  // namespace

std::vector<std::uint32_t> seed_sequence(std::uint64_t entropy, std::span<const std::uint64_t> spawn_key,
                                         std::size_t pool_size, std::size_t words) {
  std::vector<std::uint32_t> source;
  add_words(source, entropy);
  if (!spawn_key.empty() && source.size() < pool_size) source.resize(pool_size);
  for (const std::uint64_t key : spawn_key) add_words(source, key);

  Hash hash{0x43b0d7e5U, 0x931e8875U};
  std::vector<std::uint32_t> pool;
  for (std::size_t i = 0; i < pool_size; ++i) pool.push_back(hash(i < source.size() ? source[i] : 0));
  for (std::size_t from = 0; from < pool_size; ++from)
    for (std::size_t to = 0; to < pool_size; ++to)
      if (from != to) pool[to] = mix(pool[to], hash(pool[from]));
  for (std::size_t from = pool_size; from < source.size(); ++from)
    for (std::uint32_t& word : pool) word = mix(word, hash(source[from]));

  Hash output{0x8b51f9ddU, 0x58f38dedU};
  std::vector<std::uint32_t> state;
  for (std::size_t i = 0; i < words; ++i) state.push_back(output(pool[i % pool_size]));
  return state;
}

}  // namespace redraw
