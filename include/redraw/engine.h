// Engine: loads models once, turns prepared pictures into redrawn ones. Free of libtorch.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "redraw/error.h"
#include "redraw/image.h"
#include "redraw/job.h"

namespace redraw {

struct EngineSpec {
  std::string model_path;
  std::string vae_path;  // empty: the checkpoint's own
  std::string device = "auto";
  std::string dtype = "auto";
  int threads = 0;
  std::string vae_dtype = "auto";
  bool bitwise = false;  // the same bits on every run: fixed threads, f32, no algorithm chosen by speed
  bool operator==(const EngineSpec&) const = default;
};

struct ModelInfo {
  std::string family;         // "sd1"
  std::string prediction;     // "eps" or "v"
  std::string model_name;     // file name without suffix
  std::string model_sha256;   // 64 hex digits of the whole file
  std::string vae_name, vae_sha256;
  std::string device, dtype;  // as chosen: "cpu", "bf16"
  std::string vae_dtype;
  std::string device_name;    // of a GPU, as its driver says it; empty: the CPU
  std::string kernels;        // of a GPU: "libredraw_cuda.so", or "ATen: " and why; empty: the CPU
  int threads = 0;            // of the CPU, as one call uses them
  int channels = 3;           // of the picture
  bool is_inpainting = false, is_pix2pix = false;  // the UNet is told the picture too
};

struct EngineTask {
  const Job* job = nullptr;
  const Prepared* prepared = nullptr;
};

/// A LoRA or embedding that a picture was made with. Embeddings stand in the order of A1111's "TI hashes", once for
/// each text encoder and each prompt that names them.
struct UsedNetwork {
  std::string kind;               // "lora", "embedding"
  std::string name;               // as it was asked for
  std::string path, sha256;       // of the file
  std::string short_hash;         // 12 digits as A1111 writes them: of a LoRA's tensors, of an embedding's whole file
  std::size_t matched = 0, total = 0;  // layers; vectors of an embedding
  bool in_negative = false;            // an embedding: named by the negative prompt
};

/// Rules that left the negative prompt out of a call; the infotext names them where they did.
struct SkippedUncond {
  bool at_low_sigma = false, early = false;
};

/// The decoded picture at work_size before any paste, or why there is none.
struct Generated {
  Image image;
  std::optional<Mask> overlay_mask;  // soft inpainting: what the overlay is cut with, instead of the mask's own
  std::optional<double> seam_ratio;  // of a picture that was made in tiles: 1 where no border shows
  std::map<std::string, double> timings_ms;
  std::vector<UsedNetwork> networks;
  std::vector<std::string> notes;  // what is to be said once
  std::optional<Error> error;
  SkippedUncond skipped = {};

  static Generated of(Image image) {
    Generated generated;
    generated.image = std::move(image);
    return generated;
  }
  static Generated failed(const Error& error) {
    Generated generated;
    generated.error = error;
    return generated;
  }
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const ModelInfo& info() const = 0;
  /// Pictures that fit into one model call at this size.
  virtual int auto_batch(Size work_size) const = 0;
  /// Most bytes of the GPU's memory that tensors have held; nullopt: on the CPU.
  virtual std::optional<std::size_t> peak_device_bytes() const { return std::nullopt; }
  /// All tasks have one work_size, steps_run, sampler and scheduler, and the same LoRAs; the result of each is the same
  /// whichever neighbours it has. on_step(step, of) is called after every model step.
  virtual std::vector<Generated> run(std::span<const EngineTask> tasks,
                                     const std::function<void(int, int)>& on_step) = 0;
};

/// Loads libredraw_engine.so (beside the executable) on first use, then the models.
/// Errors: kModel, kDevice, kFile; kInternal when the library is missing.
std::unique_ptr<Engine> load_engine(const EngineSpec& spec);

/// Whether libredraw_cuda.so lies beside the engine library, for CUDA devices to use.
bool has_cuda_plugin();

}  // namespace redraw
