// The interface of every upscaling network, and the TABLE of architectures.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "upscale/net_weights.h"

namespace redraw {

/// What the file says of itself; spandrel's words.
struct NetworkTraits {
  std::string architecture;
  int scale = 1;
  int input_channels = 3;
  std::vector<std::string> tags;
  int minimum = 0;         // px; smaller pictures are padded
  int multiple_of = 1;     // px; others are padded
  bool half = true;        // runs in f16
  bool weighted = false;   // A1111 joins its tiles by their mean instead of ramps
};

class Network {
 public:
  virtual ~Network() = default;
  NetworkTraits traits;
  at::Device device{at::kCPU};
  at::ScalarType dtype = at::kFloat;
  /// x [N, C, H, W] in 0..1, sizes as the traits ask -> [N, C, scale H, scale W], not clamped
  virtual at::Tensor forward(const at::Tensor& x) const = 0;
};

struct ArchitectureRow {
  const char* name;
  bool (*detect)(const NetWeights& weights);
  std::unique_ptr<Network> (*load)(NetWeights& weights);
};

/// The row whose keys the file has, the most specific first; nullptr: none.
const ArchitectureRow* find_architecture(const NetWeights& weights);

/// esrgan.cpp, compact.cpp, dat.cpp, swinir.cpp: sizes follow from keys and shapes. Errors: kModel.
std::unique_ptr<Network> load_esrgan(NetWeights& weights);
std::unique_ptr<Network> load_compact(NetWeights& weights);
std::unique_ptr<Network> load_dat(NetWeights& weights);
std::unique_ptr<Network> load_swinir(NetWeights& weights);

/// A file: .safetensors, .pth (wrappers params_ema, params, state_dict and the prefix module. are taken off),
/// or ncnn's .param with the .bin beside it.
/// dtype  nullopt: f16 on CUDA where the network bears it, else f32
/// Errors: kFile, kModel (no upscaler and what it is instead, missing or odd keys, infinite weights).
std::unique_ptr<Network> load_network(const std::filesystem::path& file, const DeviceChoice& device);

/// The network on RGB in 0..1, padded to what it asks for (reflected at the right and bottom), clamped to 0..1, cut.
/// x [N, 3, H, W] f32 on any device -> [N, 3, scale H, scale W] f32. source spandrel 0.4.2; golden: models/upscale
at::Tensor run_network(const Network& network, const at::Tensor& x);

/// Factor of pixel shuffling convolutions NAME.0, NAME.2, ... over `channels`; they are taken.
int load_shuffles(NetWeights& weights, const std::string& name, std::int64_t channels, std::vector<Conv>& layers);

}  // namespace redraw
