// A file to a network: wrappers taken off, architecture found, every weight checked.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "redraw/error.h"
#include "upscale/ncnn.h"
#include "upscale/network.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

/// Keys below one prefix, where all of them have it.
StateDict below(const StateDict& tensors, const std::string& prefix) {
  StateDict result;
  for (const auto& [key, tensor] : tensors)
    if (key.starts_with(prefix)) result.emplace(key.substr(prefix.size()), tensor);
  return result;
}

/// Real-ESRGAN's wrappers; the averaged weights before the others.
StateDict unwrapped(StateDict tensors) {
  for (const char* wrapper : {"params_ema.", "params.", "state_dict.", "model_state_dict."}) {
    StateDict inner = below(tensors, wrapper);
    if (inner.empty()) continue;
    tensors = std::move(inner);
    break;
  }
  StateDict plain = below(tensors, "module.");
  return !plain.empty() && plain.size() == tensors.size() ? plain : tensors;
}

struct OtherKind {
  const char* part;
  const char* what;
};
constexpr OtherKind kOthers[] = {{"model.diffusion_model.", "a Stable Diffusion checkpoint: give it with --model"},
                                 {"first_stage_model.", "a VAE: give it with --vae"},
                                 {"encoder.down.", "a VAE: give it with --vae"},
                                 {"lora_", "a LoRA"},
                                 {"emb_params", "a textual inversion embedding"}};

[[noreturn]] void fail_unknown(const StateDict& tensors, const fs::path& file) {
  std::string why = "none of its " + std::to_string(tensors.size()) +
                    " keys belongs to an architecture that redraw knows (ESRGAN, Compact, DAT, SwinIR)";
  for (const OtherKind& other : kOthers) {
    const bool found = std::any_of(tensors.begin(), tensors.end(), [&](const auto& entry) {
      return entry.first.find(other.part) != std::string::npos;
    });
    if (found) { why = std::string("it is ") + other.what; break; }
  }
  throw Error(ErrorKind::kModel, "\"" + file.filename().string() + "\" is no upscaler", file.string(), why,
              "give an upscaler, for example --upscaler realesrgan-x4plus (redraw list upscalers)");
}

/// The picture of another net, shrunk by bicubic at its end.
class Shrunk : public Network {
 public:
  Shrunk(std::unique_ptr<Network> inner, double factor) : inner_(std::move(inner)) {
    traits = inner_->traits;
    traits.scale = static_cast<int>(std::lround(traits.scale * factor));
    device = inner_->device;
    dtype = inner_->dtype;
  }
  at::Tensor forward(const at::Tensor& x) const override {
    return at::upsample_bicubic2d(inner_->forward(x), {x.size(2) * traits.scale, x.size(3) * traits.scale}, false);
  }

 private:
  std::unique_ptr<Network> inner_;
};

std::unique_ptr<Network> build(const StateDict& tensors, const fs::path& file, const DeviceChoice& choice,
                               at::ScalarType dtype) {
  NetWeights weights(tensors, file, choice.device, dtype);
  const ArchitectureRow* row = find_architecture(weights);
  if (row == nullptr) fail_unknown(tensors, file);
  std::unique_ptr<Network> network = row->load(weights);
  weights.check_all_taken();
  network->dtype = dtype;
  network->device = choice.device;
  if (network->traits.input_channels != 3)
    weights.fail("it takes " + std::to_string(network->traits.input_channels) + " channels, and pictures have 3");
  return network;
}

}  // namespace

std::unique_ptr<Network> load_network(const fs::path& file, const DeviceChoice& choice) {
  NcnnFile read;
  if (is_ncnn(file)) read = read_ncnn(file);
  else read.tensors = unwrapped(load_tensors(file));
  const at::ScalarType wanted = choice.dtype.value_or(choice.device.is_cuda() ? at::kHalf : at::kFloat);
  std::unique_ptr<Network> network = build(read.tensors, file, choice, wanted);
  if (!choice.dtype && wanted == at::kHalf && !network->traits.half)
    network = build(read.tensors, file, choice, at::kFloat);
  return read.shrink == 1 ? std::move(network) : std::make_unique<Shrunk>(std::move(network), read.shrink);
}

}  // namespace redraw
