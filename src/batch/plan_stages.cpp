// Plan stages: one plan per stage, joined so that each picture's jobs make a chain.
#include "batch/plan_stages.h"

#include <algorithm>

#include "batch/seeds.h"
#include "recipe/stages.h"

namespace redraw {
namespace {

/// By Job::number.
using Chains = std::map<std::size_t, std::vector<Job>>;

template <typename T>
void append(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// Stages that share a setting say the same of it.
void append_new(std::vector<std::string>& notes, const std::vector<std::string>& more) {
  for (const std::string& note : more)
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

StagePlace place_after(const Plan& plan, std::size_t stage, std::size_t stages) {
  StagePlace place{static_cast<int>(stage), stage + 1 == stages, {}};
  for (const Job& job : plan.jobs) place.sizes[job.input_path] = job.target_size;
  return place;
}

void hang_on(Chains& chains, Plan& plan) {
  for (Job& job : plan.jobs) job.before = std::move(chains.at(job.number));
}

}  // namespace

Plan plan_stages(const Recipe& recipe, const StagePlanner& plan_stage) {
  Recipe asked = recipe;
  const Seeds seeds = first_seeds(recipe);
  asked.seed = seeds.seed;
  asked.variation_seed = seeds.variation_seed;
  std::vector<Error> errors;
  const std::vector<Recipe> stages = stage_recipes(asked, errors);
  Chains chains;
  Plan plan, before;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    plan = plan_stage(stages[i], place_after(before, i, stages.size()));
    append(errors, plan.errors);
    append_new(before.notes, plan.notes);
    append(before.failures, plan.failures);
    before.jobs = plan.jobs;
    if (i + 1 < stages.size())
      for (Job& job : plan.jobs) chains[job.number].push_back(std::move(job));
  }
  if (!errors.empty()) plan.jobs.clear();
  else hang_on(chains, plan);
  plan.errors = std::move(errors);
  plan.notes = std::move(before.notes);
  plan.failures = std::move(before.failures);
  plan.seed_drawn = draws_seed(recipe);
  return plan;
}

}  // namespace redraw
