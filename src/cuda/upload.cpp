// Weights to the device: page by page from a mapped file, by several threads.
#include "cuda/upload.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

#include <c10/cuda/CUDAException.h>
#include <cuda_runtime.h>

namespace redraw::cuda {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{4} << 20;
constexpr unsigned kMostThreads = 8;

std::vector<Upload> in_chunks(const std::vector<Upload>& work) {
  std::vector<Upload> chunks;
  for (const Upload& whole : work)
    for (std::size_t at = 0; at < whole.bytes; at += kBufferBytes)
      chunks.push_back({static_cast<const char*>(whole.from) + at, static_cast<char*>(whole.to) + at,
                        std::min(kBufferBytes, whole.bytes - at)});
  return chunks;
}

/// Memory that the device reads by itself, and when it has done so.
class PinnedBuffer {
 public:
  PinnedBuffer() {
    C10_CUDA_CHECK(cudaHostAlloc(&memory_, kBufferBytes, cudaHostAllocDefault));
    C10_CUDA_CHECK(cudaEventCreateWithFlags(&read_, cudaEventDisableTiming));
  }
  ~PinnedBuffer() {
    if (read_ != nullptr) C10_CUDA_IGNORE_ERROR(cudaEventDestroy(read_));
    C10_CUDA_IGNORE_ERROR(cudaFreeHost(memory_));
  }
  PinnedBuffer(const PinnedBuffer&) = delete;
  PinnedBuffer& operator=(const PinnedBuffer&) = delete;

  void send(const Upload& chunk, cudaStream_t stream) {
    C10_CUDA_CHECK(cudaEventSynchronize(read_));  // at once where nothing was sent yet
    std::memcpy(memory_, chunk.from, chunk.bytes);
    C10_CUDA_CHECK(cudaMemcpyAsync(chunk.to, memory_, chunk.bytes, cudaMemcpyHostToDevice, stream));
    C10_CUDA_CHECK(cudaEventRecord(read_, stream));
  }

 private:
  void* memory_ = nullptr;
  cudaEvent_t read_ = nullptr;
};

/// One thread's share of the chunks: whichever is next.
void send_some(const std::vector<Upload>& chunks, std::atomic<std::size_t>& next, int device) {
  C10_CUDA_CHECK(cudaSetDevice(device));
  cudaStream_t stream = nullptr;
  C10_CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  {
    std::array<PinnedBuffer, 2> buffers;
    std::size_t turn = 0;
    for (std::size_t i = next++; i < chunks.size(); i = next++) buffers[turn++ % 2].send(chunks[i], stream);
    C10_CUDA_CHECK(cudaStreamSynchronize(stream));
  }
  C10_CUDA_CHECK(cudaStreamDestroy(stream));
}

}  // namespace

void upload(const std::vector<Upload>& work, int device) {
  const std::vector<Upload> chunks = in_chunks(work);
  C10_CUDA_CHECK(cudaDeviceSynchronize());  // the places may be memory that earlier work still uses
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex of_failure;
  std::vector<std::thread> threads;
  const auto count =
      std::min<std::size_t>({kMostThreads, std::max(1U, std::thread::hardware_concurrency()), chunks.size()});
  for (std::size_t i = 0; i < count; ++i)
    threads.emplace_back([&] {
      try {
        send_some(chunks, next, device);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(of_failure);
        failure = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace redraw::cuda
