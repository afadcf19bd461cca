// Philox: the counter-based random numbers of NVIDIA GPUs, on any device.
#pragma once

#include <cstdint>
#include <span>

namespace redraw {

/// Unit normal numbers as torch draws them on a GPU and A1111 with its option RNG: NV.
///
/// draw  the number of this draw of its generator, from 0, whatever the sizes of the others
/// source Salmon et al. 2011, Philox 4x32 with 10 rounds; A1111 1.10 rng_philox; golden: ui/rng nv_0_mixed
void philox_normal(std::uint64_t seed, std::uint32_t draw, std::span<float> values);

}  // namespace redraw
