// Single tiles: a picture cut into tiles that are redrawn as pictures of their own and joined in pixels.
#include "pipeline/single_tiles.h"

#include <algorithm>

#include "image/composite.h"
#include "image/join_tiles.h"

namespace redraw {
namespace {

/// A tile as the engine gets a picture.
struct Tile {
  Job job;
  Prepared prepared;
};

class SingleTiles {
 public:
  SingleTiles(std::span<const EngineTask> tasks, const TilePlan& plan)
      : tasks_(tasks), size_(tasks[0].job->work_size), overlap_(plan.overlap),
        across_(grid_spans(size_.width, std::min(plan.tile, size_.width), plan.overlap)),
        down_(grid_spans(size_.height, std::min(plan.tile, size_.height), plan.overlap)),
        joined_(tasks.size()), images_(tasks.size()) {}

  std::size_t count() const { return tasks_.size() * per_picture(); }

  Tile tile(std::size_t number) const {
    const EngineTask& task = tasks_[number / per_picture()];
    const std::size_t place = number % per_picture();
    const TileSpan &x = across_[place % across_.size()], &y = down_[place / across_.size()];
    const Rect part{x.begin, y.begin, x.begin + x.length, y.begin + y.length};
    Tile tile{*task.job, {}};
    tile.job.seed += static_cast<std::int64_t>(place);
    tile.job.work_size = tile.job.target_size = {x.length, y.length};
    tile.prepared.base = tile.prepared.init_image = crop(task.prepared->init_image, part);
    if (task.prepared->latent_mask) tile.prepared.latent_mask = crop(*task.prepared->latent_mask, part);
    return tile;
  }

  void add(std::size_t number, Generated made) {
    Generated& whole = joined_[number / per_picture()];
    if (made.error && !whole.error) whole.error = made.error;
    images_[number / per_picture()].push_back(std::move(made.image));
    for (const auto& [stage, ms] : made.timings_ms) whole.timings_ms[stage] += ms;
    for (std::string& note : made.notes)
      if (std::find(whole.notes.begin(), whole.notes.end(), note) == whole.notes.end())
        whole.notes.push_back(std::move(note));
    whole.networks = std::move(made.networks);
    whole.skipped.at_low_sigma |= made.skipped.at_low_sigma;
    whole.skipped.early |= made.skipped.early;
  }

  std::vector<Generated> joined() {
    for (std::size_t i = 0; i < joined_.size(); ++i)
      if (!joined_[i].error) joined_[i].image = join_tiles(size_, images_[i], across_, down_, overlap_);
    return std::move(joined_);
  }

 private:
  std::size_t per_picture() const { return across_.size() * down_.size(); }

  std::span<const EngineTask> tasks_;
  Size size_;
  int overlap_;
  std::vector<TileSpan> across_, down_;
  std::vector<Generated> joined_;           // side by side with tasks_
  std::vector<std::vector<Image>> images_;  // their tiles
};

}  // namespace

std::vector<Generated> single_tiles(std::span<const EngineTask> tasks, const TilePlan& plan, int per_call,
                                    const RunTasks& run, const OnStep& on_step) {
  SingleTiles all(tasks, plan);
  const std::size_t most = static_cast<std::size_t>(per_call);
  const int calls = static_cast<int>((all.count() + most - 1) / most);
  for (int call = 0; call < calls; ++call) {
    const std::size_t first = static_cast<std::size_t>(call) * most, last = std::min(first + most, all.count());
    std::vector<Tile> tiles;
    for (std::size_t i = first; i < last; ++i) tiles.push_back(all.tile(i));
    std::vector<EngineTask> some;
    for (const Tile& tile : tiles) some.push_back({&tile.job, &tile.prepared});
    std::vector<Generated> made = run(some, [&](int step, int of) {
      if (on_step) on_step(call * of + step, calls * of);
    });
    for (std::size_t i = 0; i < made.size(); ++i) all.add(first + i, std::move(made[i]));
  }
  return all.joined();
}

}  // namespace redraw
