// The one symbol of libredraw_cuda.so: fused kernels, and recordings as CUDA graphs.
#include "nn/cuda_plugin.h"

#include <memory>

#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "cuda/fused.h"
#include "cuda/upload.h"

namespace redraw::cuda {
namespace {

using Pool = std::shared_ptr<const at::cuda::MempoolId_t>;

/// All graphs share memory: they run one after the other, and what one leaves is copied out before the next. A pool
/// lives as long as its graphs: libtorch gives its memory back with the last of them and takes its name no second time.
Pool shared_pool() {
  static std::weak_ptr<const at::cuda::MempoolId_t> living;
  Pool pool = living.lock();
  if (!pool) living = pool = std::make_shared<const at::cuda::MempoolId_t>(at::cuda::graph_pool_handle());
  return pool;
}

/// One for all graphs of the process: memory of the pool is given out by streams, and the default stream cannot be
/// captured.
c10::cuda::CUDAStream capture_stream() {
  static const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool();
  return stream;
}

/// libtorch ties the device's random numbers to a capture, and a capture that fails leaves them tied for ever: for its
/// time the generator works on a copy of its state. (No network draws any.)
class OwnRandomState {
 public:
  OwnRandomState()
      : generator_(at::cuda::detail::getDefaultCUDAGenerator()), before_(generator_.graphsafe_get_state()) {
    generator_.graphsafe_set_state(generator_.clone().graphsafe_get_state());
  }
  ~OwnRandomState() { generator_.graphsafe_set_state(before_); }
  OwnRandomState(const OwnRandomState&) = delete;
  OwnRandomState& operator=(const OwnRandomState&) = delete;

 private:
  at::Generator generator_, before_;
};

class Graph : public Recording {
 public:
  explicit Graph(const std::function<void()>& work) {
    const OwnRandomState random;
    C10_CUDA_CHECK(cudaDeviceSynchronize());  // what the inputs were copied by
    const c10::cuda::CUDAStreamGuard guard(capture_stream());
    graph_.capture_begin(*pool_, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      end_after_failure();
      throw;
    }
    graph_.capture_end();
  }
  void replay() override { graph_.replay(); }

 private:
  void end_after_failure() noexcept {
    try {
      graph_.capture_end();
    } catch (const std::exception&) {
      cudaGetLastError();  // that the capture is void is known; the next launch is not to hear of it
      // capture_end() did not come to it.
      c10::cuda::CUDACachingAllocator::endAllocateToPool(c10::cuda::current_device(), *pool_);
    }
  }

  const Pool pool_ = shared_pool();  // outlives the graph
  at::cuda::CUDAGraph graph_;
};

std::unique_ptr<Recording> record(const std::function<void()>& work) { return std::make_unique<Graph>(work); }

}  // namespace
}  // namespace redraw::cuda

extern "C" __attribute__((visibility("default"))) const redraw::CudaPlugin* redraw_cuda_plugin() {
  static const redraw::CudaPlugin plugin{redraw::kCudaPluginVersion, &redraw::cuda::kFusedKernels, redraw::cuda::record,
                                         redraw::cuda::upload};
  return &plugin;
}
