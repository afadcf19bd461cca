// Memory that is kept for the next tensors: what is kept, how much, and that numbers do not mix.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include <thread>
#include <vector>

#include "nn/kept_memory.h"

using namespace redraw;

namespace {

constexpr std::int64_t kMegabyte = 1 << 20;
at::Tensor of_megabytes(std::int64_t count) { return at::empty({count * kMegabyte}, at::kByte); }

}  // namespace

CATCH_TEST_CASE("kept memory: a tensor takes the place of the one before", "[nn]") {
  const KeptMemory keep;
  const void* place = nullptr;
  {
    const at::Tensor first = of_megabytes(40);
    place = first.const_data_ptr();
  }
  CATCH_CHECK(KeptMemory::counts().kept >= 40 * kMegabyte);
  CATCH_CHECK(of_megabytes(39).const_data_ptr() == place);
  const std::size_t before = KeptMemory::counts().in_use;
  const at::Tensor small = of_megabytes(20);
  CATCH_CHECK(KeptMemory::counts().in_use == before + 20 * kMegabyte);  // not 40, of which much would lie idle
}

CATCH_TEST_CASE("kept memory: with what is in use never more than was in use at once", "[nn]") {
  const KeptMemory keep;
  for (const std::int64_t size : {64, 3, 30, 7, 50, 1, 90, 12, 64, 5}) {
    const at::Tensor one = of_megabytes(size), other = of_megabytes(size / 2 + 1);
    const KeptMemory::Counts now = KeptMemory::counts();
    CATCH_CHECK(now.in_use + now.kept <= now.most_in_use);
  }
  const KeptMemory::Counts after = KeptMemory::counts();
  CATCH_CHECK(after.in_use + after.kept <= after.most_in_use);
}

CATCH_TEST_CASE("kept memory: what was made outside goes back at once", "[nn]") {
  { const KeptMemory installs_it; }
  at::Tensor outside = of_megabytes(200);
  const KeptMemory::Counts before = KeptMemory::counts();
  const KeptMemory keep;
  outside.reset();
  CATCH_CHECK(KeptMemory::counts().in_use == before.in_use - 200 * kMegabyte);
  CATCH_CHECK(KeptMemory::counts().kept == before.kept);
}

CATCH_TEST_CASE("kept memory: threads that make and free tensors do not get in each other's way", "[nn]") {
  const KeptMemory keep;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t, &wrong] {
      for (int i = 0; i < 200; ++i) {
        const at::Tensor mine = of_megabytes(1 + (t + i) % 3).fill_(t);
        wrong[static_cast<std::size_t>(t)] += mine.eq(t).all().item<bool>() ? 0 : 1;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CATCH_CHECK(wrong == std::vector<int>(4));
}

CATCH_TEST_CASE("kept memory: before a tensor is refused, what is kept goes back", "[nn]") {
  const KeptMemory keep;
  of_megabytes(30).fill_(1);
  of_megabytes(30).fill_(1);
  CATCH_REQUIRE(KeptMemory::counts().kept > 0);
  CATCH_CHECK_THROWS(at::empty({std::int64_t{1} << 50}, at::kByte));
  CATCH_CHECK(KeptMemory::counts().kept == 0);
  CATCH_CHECK(of_megabytes(2).fill_(3).sum().item<std::int64_t>() == 6 * kMegabyte);  // and the next one is made
}
