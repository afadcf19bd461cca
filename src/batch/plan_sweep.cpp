// Plan a sweep: one plan per cell, joined so that the cells of one model run together.
#include "batch/plan_sweep.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "batch/batches.h"
#include "batch/paths.h"
#include "batch/run_plan.h"

namespace redraw {
namespace {

/// "[stem].png" -> "[stem]_denoise-0.2.png". Another suffix stays last, for the plan to refuse.
std::string cell_name(const std::string& pattern, const std::string& suffix) {
  const std::string ending = std::filesystem::path(pattern).extension().string();
  const bool picture = to_lower(ending) == ".png" || to_lower(ending) == ".jpg" || to_lower(ending) == ".webp";
  return picture ? pattern.substr(0, pattern.size() - ending.size()) + suffix + ending : pattern + suffix + ".png";
}

class SweepPlanner {
 public:
  SweepPlanner(const Recipe& recipe, const CellPlanner& plan_cell) : recipe_(recipe), plan_cell_(plan_cell) {}

  Plan make() {
    joined_.axes = sweep_axes(recipe_, joined_.errors);
    joined_.notes = fixed_axes(recipe_);
    check_stages_too();
    if (!joined_.errors.empty()) return std::move(joined_);
    const std::size_t cells = count_cells(joined_.axes);
    for (std::size_t cell = 0; cell < cells && joined_.errors.size() < kMostErrors; ++cell) add(cell);
    check_one_file(cells);
    check_names();
    sort_by_engine();
    return std::move(joined_);
  }

 private:
  static constexpr std::size_t kMostErrors = 100;

  void fail(const char* key, const std::string& what, const std::string& why, const std::string& fix) {
    joined_.errors.emplace_back(ErrorKind::kRequest, what, origin_of(recipe_, key), why, fix);
  }

  void check_stages_too() {
    if (!recipe_.stages.empty())
      fail("sweep", "sweep and stages are both given", "a stage's own settings would stand over those of the cells",
           "leave one of them out; a picture of an earlier stage can be the input of a sweep");
  }

  void add(std::size_t cell) {
    std::vector<Error> errors;
    Recipe own = cell_recipe(recipe_, joined_.axes, cell, errors);
    own.name = cell_name(recipe_.name, cell_suffix(joined_.axes, cell));
    if (recipe_.existing == Existing::kSkip)
      own.existing = Existing::kResume;  // lets all pass: the report shows them too
    Plan plan = errors.empty() ? plan_cell_(own) : Plan();
    append_new(joined_.errors, told_errors_, errors);
    append_new(joined_.errors, told_errors_, plan.errors);
    for (const std::string& note : plan.notes)
      if (told_.insert(note).second) joined_.notes.push_back(note);
    add_failures(cell, plan);
    add_jobs(cell, plan);
    if (cell == 0) take_common(plan);
  }

  static void append_new(std::vector<Error>& all, std::set<std::string>& told, const std::vector<Error>& more) {
    for (const Error& error : more)
      if (told.insert(error.message()).second) all.push_back(error);
  }

  void take_common(Plan& plan) {
    joined_.ledger_folder = plan.ledger_folder;
    joined_.ledger_part = plan.ledger_part;
    joined_.model_path = plan.model_path;
    joined_.standard_input = plan.standard_input;
    joined_.upscale = plan.upscale;
  }

  void add_failures(std::size_t cell, const Plan& plan) {
    for (const PictureError& failure : plan.failures) {
      for (int variant = 0; variant < recipe_.count; ++variant)
        joined_.cells.push_back({cell, failure.input, variant, {}, 0, failure.error.what()});
      if (told_failures_.insert(failure.input.string() + "\n" + failure.error.message()).second)
        joined_.failures.push_back(failure);
    }
  }

  void add_jobs(std::size_t cell, Plan& plan) {
    std::map<int, int> groups;  // of this cell -> of the sweep
    const std::string label = cell_label(joined_.axes, cell);
    for (Job& job : plan.jobs) {
      job.recipe.name = recipe_.name;
      job.recipe.existing = recipe_.existing;
      const auto [group, fresh] = groups.try_emplace(job.group);
      if (fresh)
        group->second = groups_.emplace(text_of_group(job.recipe), static_cast<int>(groups_.size())).first->second;
      job.group = group->second;
      job.own = job.own.empty() ? label : label + ", " + job.own;
      const int variant = static_cast<int>(job.number % static_cast<std::size_t>(recipe_.count));
      joined_.cells.push_back({cell, job.input_path, variant, job.output_path, job.seed, ""});
      if (recipe_.existing == Existing::kSkip && is_there(job.output_path)) joined_.skipped.push_back(job.output_path);
      else joined_.jobs.push_back(std::move(job));
    }
  }

  void check_one_file(std::size_t cells) {
    if (joined_.ledger_folder.empty() && cells > 1 && joined_.errors.empty())
      fail("output", fmt::format("{} cells for one file \"{}\"", cells, recipe_.output), "a .png file holds one result",
           "name a folder");
  }

  /// Within a cell its own plan has looked.
  void check_names() {
    std::set<std::filesystem::path> names;
    for (const SweepResult& result : joined_.cells)
      if (!result.output.empty() && !names.insert(result.output).second && joined_.errors.empty())
        fail("name", fmt::format("two results would be \"{}\"", result.output.string()),
             "two pictures of two cells get one name",
             "tell them apart by the name, for example --name \"[rel_dir]/[index]-[stem].png\"");
  }

  /// Loading a model takes longer than a picture.
  void sort_by_engine() {
    std::vector<EngineSpec> seen;
    std::vector<std::pair<std::size_t, std::size_t>> order;  // engine, place
    for (std::size_t i = 0; i < joined_.jobs.size(); ++i) {
      const EngineSpec spec = spec_of(joined_.jobs[i].recipe);
      const auto found = std::find(seen.begin(), seen.end(), spec);
      order.emplace_back(found - seen.begin(), i);
      if (found == seen.end()) seen.push_back(spec);
    }
    std::sort(order.begin(), order.end());
    std::vector<Job> sorted;
    sorted.reserve(order.size());
    for (const auto& [engine, place] : order) sorted.push_back(std::move(joined_.jobs[place]));
    joined_.jobs = std::move(sorted);
  }

  const Recipe& recipe_;
  const CellPlanner& plan_cell_;
  std::map<std::string, int> groups_;
  std::set<std::string> told_, told_errors_, told_failures_;
  Plan joined_;
};

}  // namespace

Plan plan_sweep(const Recipe& recipe, const CellPlanner& plan_cell) { return SweepPlanner(recipe, plan_cell).make(); }

}  // namespace redraw
