// Golden rows of the batch room: the seeds of a job's pictures, and a folder as A1111's batch tab takes it.
#include <algorithm>

#include "batch/plan.h"
#include "batch/seeds.h"
#include "batch/fixture.h"
#include "recipe/options.h"
#include "schedule/samplers.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

namespace fs = std::filesystem;

Failure batch_seeds_row(const Case& c) {
  Json results = Json::array();
  for (const Json& call : c.inputs.at("calls")) {
    Json seeds = Json::array(), variations = Json::array();
    for (int i = 0; i < call.at("batch_size").get<int>() * call.at("n_iter").get<int>(); ++i) {
      const Seeds one = count_on({call.at("seed"), call.at("subseed")}, call.at("subseed_strength"), i);
      seeds.push_back(one.seed);
      variations.push_back(one.variation_seed);
    }
    results.push_back({{"seeds", seeds}, {"subseeds", variations}});
  }
  return compare(Json{{"results", results}}, c.expected, c.tolerance);
}

/// The pictures of a case; their bytes are PNG whatever they are called, as readers go by content.
void write_pictures(const Case& c, const batch_test::Folder& folder) {
  const Json& images = c.inputs.at("images");
  std::size_t next = 0;
  for (const Json& name : images) {
    const bool is_picture = fs::path(name.get<std::string>()).extension() != ".txt";
    const bool has_size = c.inputs.at("image_sizes").size() == images.size() || is_picture;
    const Json size = has_size ? c.inputs.at("image_sizes").at(next++) : Json::array({8, 8});
    std::vector<TextChunk> texts;
    if (c.inputs.at("infotexts").contains(name)) texts = {{"parameters", c.inputs.at("infotexts").at(name)}};
    if (is_picture) folder.picture("in/" + name.get<std::string>(), Image(size[0], size[1], 3), texts);
    else folder.write("in/" + name.get<std::string>(), "no picture");
  }
  if (c.inputs.at("masks").is_null()) return;
  for (const Json& name : c.inputs.at("masks")) folder.picture("masks/" + name.get<std::string>(), 8, 8);
}

Recipe recipe_of(const Case& c, const batch_test::Folder& folder) {
  const Json& job = c.inputs.at("job");
  Recipe recipe;
  recipe.inputs = {folder.text("in")};
  recipe.recursive = true;
  recipe.output = folder.text("out");
  recipe.seed_mode = SeedMode::kFixed;
  recipe.prompt = job.at("prompt");
  recipe.negative_prompt = job.at("negative_prompt");
  recipe.seed = job.at("seed");
  recipe.steps = job.at("steps");
  recipe.cfg_scale = job.at("cfg_scale");
  recipe.sampler = find_sampler(job.at("sampler").get<std::string>())->name;
  recipe.count = job.value("n_iter", 1);
  if (!c.inputs.at("masks").is_null()) recipe.mask = folder.text("masks");
  if (c.inputs.value("to_scale", false)) recipe.scale = c.inputs.at("scale_by").get<double>();
  else {
    recipe.width = job.at("width").get<int>();
    recipe.height = job.at("height").get<int>();
  }
  if (c.inputs.value("use_png_info", false))
    recipe.png_info = c.inputs.at("png_info_props").get<std::vector<std::string>>();
  return recipe;
}

Json told(const Job& job, int variant, const Json& expected) {
  std::string name = expected.at("file_name");
  const std::string word = "[generation_number]";
  const std::size_t at = name.find(word);
  if (at != std::string::npos) name.replace(at, word.size(), std::to_string(variant));
  Json result = expected;  // copies and same_name are of A1111's own loop
  result["image"] = job.input_path.filename().string();
  result["mask"] = job.mask_path.empty() ? Json() : Json(job.mask_path.filename().string());
  result["width"] = job.target_size.width;
  result["height"] = job.target_size.height;
  result["prompt"] = job.recipe.prompt;
  result["negative_prompt"] = job.recipe.negative_prompt;
  result["seed"] = job.seed - (variant - 1);
  result["cfg_scale"] = job.recipe.cfg_scale;
  result["steps"] = job.recipe.steps;
  result["sampler"] = find_sampler(job.recipe.sampler)->label;
  if (job.output_path.stem() != name) result["file_name"] = job.output_path.stem().string();
  return result;
}

Failure process_batch_row(const Case& c) {
  const Json& expected = c.expected.at("processed");
  for (const Json& one : expected)
    if (find_sampler(one.at("sampler").get<std::string>()) == nullptr) throw Skip{"sampler is not built yet"};
  const batch_test::Folder folder;
  write_pictures(c, folder);
  const Recipe recipe = recipe_of(c, folder);
  const Plan plan = make_plan(recipe, {false, {}});
  if (!plan.errors.empty()) return plan.errors[0].message();
  if (plan.jobs.size() != expected.size() * static_cast<std::size_t>(recipe.count))
    return std::to_string(plan.jobs.size()) + " jobs";
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    const std::size_t picture = i / static_cast<std::size_t>(recipe.count);
    const int variant = static_cast<int>(i % static_cast<std::size_t>(recipe.count)) + 1;
    const Failure failure = compare(told(plan.jobs[i], variant, expected[picture]), expected[picture], c.tolerance);
    if (!failure.empty()) return failure;
  }
  return "";
}

}  // namespace

std::vector<Row> batch_rows() { return {{"batch_seeds", batch_seeds_row}, {"process_batch", process_batch_row}}; }

}  // namespace redraw::golden
