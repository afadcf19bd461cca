// NumPy's SeedSequence: many seeds out of one, each by its place in a tree.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace redraw {

/// Words of generate_state.
///
/// entropy    the seed, >= 0; spawn_key  the place, empty: the root
/// source     numpy.random.SeedSequence, after O'Neill's seed_seq_fe; golden: ui/brownian seed_sequence
std::vector<std::uint32_t> seed_sequence(std::uint64_t entropy, std::span<const std::uint64_t> spawn_key,
                                         std::size_t pool_size, std::size_t words);

}  // namespace redraw
