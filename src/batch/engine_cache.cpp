// Engine cache: one loaded engine over several runs.
#include "batch/engine_cache.h"

namespace redraw {
namespace {

/// Hands calls on to an engine that others use too.
class Shared : public Engine {
 public:
  explicit Shared(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
  const ModelInfo& info() const override { return engine_->info(); }
  int auto_batch(Size size) const override { return engine_->auto_batch(size); }
  std::optional<std::size_t> peak_device_bytes() const override { return engine_->peak_device_bytes(); }
  std::vector<Generated> run(std::span<const EngineTask> tasks, const std::function<void(int, int)>& on_step) override {
    return engine_->run(tasks, on_step);
  }

 private:
  std::shared_ptr<Engine> engine_;
};

struct Cache {
  EngineSpec spec;
  std::shared_ptr<Engine> engine;
};

}  // namespace

EngineFactory cached(EngineFactory make) {
  return
      [make = std::move(make), cache = std::make_shared<Cache>()](const EngineSpec& spec) -> std::unique_ptr<Engine> {
        if (!cache->engine || !(cache->spec == spec)) {
          cache->engine.reset();  // before the next: both may not fit into the memory
          cache->engine = make(spec);
          cache->spec = spec;
        }
        return std::make_unique<Shared>(cache->engine);
      };
}

}  // namespace redraw
