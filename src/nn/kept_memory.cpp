// Memory of feature maps on the CPU, kept for the next ones.
#include "nn/kept_memory.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>

namespace redraw {
namespace {

constexpr std::size_t kLeast = std::size_t{1} << 20;  // below, the C library keeps it (base/heap.h)

/// ATen's allocator for the CPU with a shelf for large blocks. Small ones pass through.
class KeepingAllocator : public c10::Allocator {
 public:
  static KeepingAllocator& instance() {
    static KeepingAllocator* const allocator = new KeepingAllocator;  // tensors may outlive everything static
    return *allocator;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    void* const data = bytes < kLeast ? c10::alloc_cpu(bytes) : large(bytes);
    return {data, data, &give_back, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t count) const override { default_copy_data(to, from, count); }

  void keep(int change) {
    const std::lock_guard lock(mutex_);
    keepers_ += change;
  }
  KeptMemory::Counts counts() {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  struct Block {
    void* data;
    std::size_t bytes;
    bool to_keep;
  };

  void* large(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    Block block = from_shelf(bytes);
    if (block.data == nullptr) {
      while (!shelf_.empty() && counts_.in_use + counts_.kept + bytes > counts_.most_in_use) drop_oldest();
      block = {from_system(bytes), bytes, keepers_ > 0};
    }
    counts_.in_use += block.bytes;
    counts_.most_in_use = std::max(counts_.most_in_use, counts_.in_use);
    blocks_.emplace(block.data, block);
    return block.data;
  }

  /// The smallest that fits without much waste.
  Block from_shelf(std::size_t bytes) {
    auto best = shelf_.end();
    for (auto i = shelf_.begin(); i != shelf_.end(); ++i)
      if (i->bytes >= bytes && i->bytes <= bytes + bytes / 4 && (best == shelf_.end() || i->bytes < best->bytes))
        best = i;
    if (best == shelf_.end()) return {nullptr, 0, false};
    const Block block = *best;
    shelf_.erase(best);
    counts_.kept -= block.bytes;
    return block;
  }

  void* from_system(std::size_t bytes) {
    try {
      return c10::alloc_cpu(bytes);
    } catch (const c10::Error&) {
      if (shelf_.empty()) throw;
    }
    while (!shelf_.empty()) drop_oldest();
    return c10::alloc_cpu(bytes);
  }

  void drop_oldest() {
    c10::free_cpu(shelf_.front().data);
    counts_.kept -= shelf_.front().bytes;
    shelf_.pop_front();
  }

  void take_back(void* data) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(data);
    if (found == blocks_.end()) return c10::free_cpu(data);
    const Block block = found->second;
    blocks_.erase(found);
    counts_.in_use -= block.bytes;
    if (!block.to_keep) return c10::free_cpu(data);
    counts_.kept += block.bytes;
    shelf_.push_back(block);
  }

  static void give_back(void* data) {
    if (data != nullptr) instance().take_back(data);
  }

  std::mutex mutex_;
  std::unordered_map<void*, Block> blocks_;  // large ones in use
  std::list<Block> shelf_;                   // the oldest first
  KeptMemory::Counts counts_;
  int keepers_ = 0;
};

}  // namespace

KeptMemory::KeptMemory() {
  static const bool once = [] {
    c10::SetCPUAllocator(&KeepingAllocator::instance());
    return true;
  }();
  static_cast<void>(once);
  KeepingAllocator::instance().keep(1);
}

KeptMemory::~KeptMemory() { KeepingAllocator::instance().keep(-1); }

KeptMemory::Counts KeptMemory::counts() { return KeepingAllocator::instance().counts(); }

}  // namespace redraw
