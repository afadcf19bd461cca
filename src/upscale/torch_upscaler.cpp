// The Upscaler on libtorch: one network, run tile by tile.
#include "upscale/torch_upscaler.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "base/files.h"
#include "nn/kept_memory.h"
#include "upscale/ncnn.h"
#include "upscale/tiles.h"

namespace redraw {
namespace {

namespace fs = std::filesystem;

at::Tensor run_checked(const Network& network, const at::Tensor& tile) {
  const at::Tensor result = run_network(network, tile).to(at::kCPU);
  if (!at::isfinite(result).all().item<bool>())
    throw Error(ErrorKind::kModel, "the upscaler gives a picture that is not finite (NaN or infinity)",
                network.traits.architecture, "its weights or their number format overflow",
                "try --dtype f32; if it stays, the file is damaged");
  return result;
}

/// Each push in libtorch's inference mode, with its errors in our words.
class GuardedStage : public RowStage {
 public:
  explicit GuardedStage(std::unique_ptr<RowStage> inner) : inner_(std::move(inner)) {}
  void push(const std::uint8_t* row) override {
    const c10::InferenceMode guard;
    translate_torch_errors([&] { inner_->push(row); });
  }

 private:
  const KeptMemory kept_;  // from tile to tile
  std::unique_ptr<RowStage> inner_;
};

class TorchUpscaler : public Upscaler {
 public:
  explicit TorchUpscaler(const UpscalerSpec& spec) : device_(choose_device(spec.device, spec.dtype)) {
    if (spec.threads > 0) at::set_num_threads(spec.threads);
    const c10::InferenceMode guard;
    const fs::path path = spec.path;
    network_ = load_network(path, device_);
    info_.name = path.stem().string();
    info_.architecture = network_->traits.architecture;
    info_.tags = network_->traits.tags;
    info_.scale = network_->traits.scale;
    info_.sha256 = sha256_of_file(is_ncnn(path) ? fs::path(path).replace_extension(".bin") : path);
    info_.device = device_.device.str();
    info_.dtype = network_->dtype == at::kFloat ? "f32" : network_->dtype == at::kHalf ? "f16" : "bf16";
  }

  const UpscalerInfo& info() const override { return info_; }

  std::unique_ptr<RowStage> rows(Size size, const Tiling& tiling, RowSink sink) const override {
    const c10::InferenceMode guard;
    return std::make_unique<GuardedStage>(network_rows(*network_, size, tiling, std::move(sink)));
  }

 private:
  DeviceChoice device_;
  std::unique_ptr<Network> network_;
  UpscalerInfo info_;
};

}  // namespace

std::unique_ptr<RowStage> network_rows(const Network& network, Size size, const Tiling& tiling, RowSink sink) {
  const bool weighted = network.traits.weighted && tiling.rule == TileRule::kWebui;
  const auto run = [&network](const at::Tensor& tile) { return run_checked(network, tile); };
  return (weighted ? weighted_tiles : ramped_tiles)(size, network.traits.scale, tiling, run, std::move(sink));
}

std::unique_ptr<Upscaler> create_upscaler(const UpscalerSpec& spec) {
  return translate_torch_errors([&] { return std::make_unique<TorchUpscaler>(spec); });
}

}  // namespace redraw
