// The Engine on libtorch: owns model and device, calls the stages in order.
#include "pipeline/engine.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "base/hash_cache.h"
#include "nn/cuda_plugin.h"
#include "nn/device.h"
#include "nn/kept_memory.h"
#include "nn/layers.h"
#include "pipeline/embedding_cache.h"
#include "pipeline/networks.h"
#include "pipeline/single_tiles.h"
#include "pipeline/stages.h"
#include "pipeline/trace.h"
#include "schedule/samplers.h"

namespace redraw {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBitwiseThreads = 4;  // whatever the machine has: sums are cut by the number of threads

/// CUDA: no algorithm that is chosen by a race of timings, none that adds in the order of arrival.
void fix_algorithms() {
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 1);  // cuBLAS asks for it before it promises equal sums
  ::setenv("REDRAW_CUDA_GRAPHS", "off", 1);           // a recorded call may get another algorithm than an ordinary one
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setDeterministicAlgorithms(true, false);
}

class StageClock {
 public:
  explicit StageClock(const at::Device& device) : device_(device) {}

  void lap(const std::string& stage) {
    if (!device_.is_cpu())
      at::accelerator::synchronizeDevice(device_.index());  // else the next stage pays for this one
    const auto now = Clock::now();
    timings_[stage] = std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
  }
  const std::map<std::string, double>& timings_ms() const { return timings_; }

 private:
  at::Device device_;
  Clock::time_point last_ = Clock::now();
  std::map<std::string, double> timings_;
};

std::vector<std::int64_t> seeds_of(std::span<const EngineTask> tasks, std::int64_t Job::*member) {
  std::vector<std::int64_t> seeds;
  for (const EngineTask& task : tasks) seeds.push_back(task.job->*member);
  return seeds;
}

class TorchEngine : public Engine {
 public:
  explicit TorchEngine(const EngineSpec& spec)
      : device_(choose_device(spec.device, spec.bitwise && spec.dtype == "auto" ? "f32" : spec.dtype, spec.vae_dtype)),
        tokenizer_(Tokenizer::load(Tokenizer::find_vocabulary())) {
    const int threads = spec.bitwise && spec.threads == 0 ? kBitwiseThreads : spec.threads;
    if (threads > 0) at::set_num_threads(threads);
    if (spec.bitwise) fix_algorithms();
    const c10::InferenceMode guard;
    model_ = load_model(spec.model_path, spec.vae_path, device_);
    networks_.emplace(*model_);
    embeddings_.emplace(*model_, tokenizer_);
    fill_info(spec);
  }

  const ModelInfo& info() const override { return info_; }

  int auto_batch(Size work_size) const override { return redraw::auto_batch(work_size); }

  std::optional<std::size_t> peak_device_bytes() const override {
    if (device_.device.is_cpu()) return std::nullopt;
    constexpr auto kAll = static_cast<std::size_t>(at::CachingAllocator::StatType::AGGREGATE);
    return static_cast<std::size_t>(at::accelerator::getDeviceStats(device_.device.index()).allocated_bytes[kAll].peak);
  }

  std::vector<Generated> run(std::span<const EngineTask> tasks,
                             const std::function<void(int, int)>& on_step) override {
    const c10::InferenceMode guard;
    const KeptMemory kept;
    const Trace trace;
    return translate_torch_errors([&] { return run_pictures(tasks, on_step); });
  }

 private:
  std::vector<Generated> run_pictures(std::span<const EngineTask> tasks, const OnStep& on_step) {
    const Job& job = *tasks[0].job;
    const TilePlan tiles = tile_plan(job.recipe, model_->traits(), job.work_size);
    const auto stages = [this](std::span<const EngineTask> some, const OnStep& told) { return run_stages(some, told); };
    const int per_call =
        find_sampler(job.recipe.sampler)->alone ? 1 : pictures_per_call(job.recipe, {tiles.tile, tiles.tile});
    std::vector<Generated> all = tiles.is(TileMode::kSingle) ? single_tiles(tasks, tiles, per_call, stages, on_step)
                                                             : run_stages(tasks, on_step);
    for (std::size_t i = 0; i < all.size(); ++i) judge(tasks[i], tiles, all[i]);
    return all;
  }

  std::vector<Generated> run_stages(std::span<const EngineTask> tasks,
                                    const std::function<void(int, int)>& on_step) {
    const auto same_loras = [&](const EngineTask& task) { return task.job->loras == tasks[0].job->loras; };
    REDRAW_CHECK(std::all_of(tasks.begin(), tasks.end(), same_loras), "one call has one set of LoRAs");
    StageClock clock(device_.device);
    Generated common;
    networks_->use(*tasks[0].job, common);
    const PromptEmbeddings embeddings = embeddings_->of(tasks);
    clock.lap("lora");
    tell_idle_settings(tasks[0].job->recipe, common);
    const CircularPadding seamless(tasks[0].job->recipe.tiling);
    const std::vector<std::int64_t> seeds = seeds_of(tasks, &Job::seed), shape = noise_shape(*model_, tasks);
    const NoiseRules rules = noise_rules(tasks[0].job->recipe);
    ImageNoise content_noise(seeds, shape, {rules.rng});  // A1111 draws it without variation and resizing
    const Latents latents = encode(*model_, tasks, content_noise);
    clock.lap("encode");
    const Conditioning conditioning = condition(*model_, tokenizer_, tasks, embeddings);
    clock.lap("condition");
    ImageNoise noise(seeds, shape, rules, seeds_of(tasks, &Job::variation_seed));
    SkippedUncond skipped;
    const at::Tensor latent = denoise(*model_, tasks, latents, conditioning, noise, on_step, &skipped);
    clock.lap("denoise");
    if (const std::string why = model_->unrecorded(); !why.empty())
      common.notes.push_back("the UNet's calls are not recorded as a CUDA graph, which costs time alone: " + why);
    std::vector<Generated> all = finish(*model_, tasks, latents, latent);
    clock.lap("decode");
    for (std::size_t i = 0; i < all.size(); ++i) {
      Generated& one = all[i];
      one.timings_ms = clock.timings_ms();
      one.networks = common.networks;
      one.notes.insert(one.notes.begin(), common.notes.begin(), common.notes.end());
      one.skipped = skipped;
      embeddings_->tell(conditioning.embeddings[i], one);
    }
    return all;
  }

  /// Settings of SDXL alone, with another family.
  void tell_idle_settings(const Recipe& recipe, Generated& generated) const {
    const bool asked = recipe.sdxl_clip_l_skip || recipe.sdxl_crop_top != 0 || recipe.sdxl_crop_left != 0;
    if (!asked || info_.family == "sdxl") return;
    const std::string what =
        "sdxl_clip_l_skip and sdxl_crop do nothing with \"" + info_.model_name + "\", which is " + info_.family;
    if (recipe.strict)
      throw Error(ErrorKind::kRequest, what, "model", "warnings are errors with --strict", "leave these settings out");
    generated.notes.push_back(what);
  }

  void fill_info(const EngineSpec& spec) {
    const ModelTraits& traits = model_->traits();
    const std::filesystem::path path = spec.model_path, vae = spec.vae_path;
    info_.family = traits.family;
    info_.prediction = traits.prediction;
    info_.is_inpainting = traits.is_inpainting();
    info_.is_pix2pix = traits.is_pix2pix();
    info_.model_name = path.stem().string();
    info_.model_sha256 = file_hash(path);
    if (!vae.empty()) {
      info_.vae_name = vae.filename().string();
      info_.vae_sha256 = file_hash(vae);
    }
    info_.device = device_.device.str();
    info_.device_name = name_of(device_.device);
    info_.kernels = cuda_kernels_text(device_.device);
    info_.threads = at::get_num_threads();
    info_.dtype = name_of(traits.dtype);
    info_.vae_dtype = name_of(traits.vae_dtype);
  }

  DeviceChoice device_;
  Tokenizer tokenizer_;
  std::unique_ptr<Model> model_;
  std::optional<Networks> networks_;
  std::optional<EmbeddingCache> embeddings_;
  ModelInfo info_;
};

}  // namespace

std::unique_ptr<Engine> create_engine(const EngineSpec& spec) {
  return translate_torch_errors([&] { return std::make_unique<TorchEngine>(spec); });
}

}  // namespace redraw
