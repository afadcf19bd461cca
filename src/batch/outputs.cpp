// Outputs: where each result goes, and the collisions that are found before anything runs.
#include "batch/outputs.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "batch/names.h"
#include "batch/paths.h"
#include "image/read.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestName = 240;  // bytes; file systems take 255, the temporary name has a suffix

/// "out.png": the one result, unless a folder has this name.
bool is_single_file(const Recipe& recipe) {
  return to_lower(fs::path(recipe.output).extension().string()) == ".png" && !is_folder(recipe.output);
}

fs::path nearest_existing(fs::path folder) {
  while (!folder.empty() && !is_there(folder)) folder = folder.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

/// Asked by doing, because permissions alone do not tell (read-only and special file systems).
bool takes_files(const fs::path& folder) {
  std::string name = (folder / ".redraw-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0) return false;
  ::close(file);
  ::unlink(name.c_str());
  return true;
}

class Placer {
 public:
  Placer(const Recipe& recipe, std::span<const Input> inputs, Plan& plan) : recipe_(recipe), plan_(plan) {
    for (const Input& input : inputs) sources_.emplace(input.canonical.string(), "the input");
    for (const Job& job : plan.jobs)
      if (!job.mask_path.empty() && masks_.insert(job.mask_path).second)
        sources_.emplace(canonical_of(job.mask_path).string(), "a mask");
    for (const Job& job : plan.jobs)
      if (!job.sketch_path.empty() && sketches_.insert(job.sketch_path).second)
        sources_.emplace(canonical_of(job.sketch_path).string(), "a sketch");
    model_name_ = plan.model_path.stem().string();
  }

  void place(std::span<const OutputRequest> requests) {
    std::vector<Job> kept;
    kept.reserve(plan_.jobs.size());
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) {
      Job& job = plan_.jobs[i];
      job.output_path = path_of(job, requests[i]);
      const bool free = take_name(job);
      if (free && requests[i].is_ours && is_allowed(job)) kept.push_back(std::move(job));
    }
    plan_.jobs = std::move(kept);
  }

 private:
  void fail(const std::string& key, const std::string& what, const std::string& why, const std::string& fix) {
    plan_.errors.emplace_back(ErrorKind::kRequest, what, origin_of(recipe_, key), why, fix);
  }

  fs::path path_of(const Job& job, const OutputRequest& request) const {
    if (is_single_file(recipe_)) return recipe_.output;
    const NameContext context{job, *request.input, model_name_, request.index, request.variant, recipe_.count};
    return (fs::path(recipe_.output) / expand_name(recipe_.name, context)).lexically_normal();
  }

  bool is_taken(const fs::path& path) const { return names_.contains(path.string()) || is_there(path); }

  /// No file system takes it; asked first, because such a path cannot be looked up.
  bool is_too_long(const fs::path& path) {
    const auto longest = std::max_element(path.begin(), path.end(), [](const fs::path& a, const fs::path& b) {
      return a.native().size() < b.native().size();
    });
    if (longest->native().size() <= kLongestName) return false;
    fail("name", fmt::format("the name \"{}\" is too long", longest->string()),
         fmt::format("it has {} bytes, and names have {} at most", longest->native().size(), kLongestName),
         "name the results in another way, for example --name \"[index].png\"");
    return true;
  }

  /// By its words, and by links that lie on the way.
  bool leaves_folder(const fs::path& path) {
    if (is_single_file(recipe_)) return false;
    const auto [known, fresh] = inside_.try_emplace(path.parent_path());
    const fs::path parent = fresh || !known->second ? canonical_of(path.parent_path()) : fs::path();
    if (fresh) {
      const fs::path inside = parent.lexically_relative(canonical_of(recipe_.output));
      known->second = !inside.empty() && *inside.begin() != "..";
    }
    if (known->second) return false;
    fail("name", fmt::format("the result \"{}\" lies outside the output folder", path.string()),
         fmt::format("its folder is \"{}\"", parent.string()),
         "results are written below the output folder: name another one with --output, or take the link away");
    return true;
  }

  bool take_name(Job& job) {
    if (is_too_long(job.output_path) || leaves_folder(job.output_path)) return false;
    if (recipe_.existing == Existing::kRename) {
      const fs::path first = job.output_path;
      for (int n = 1; is_taken(job.output_path); ++n)
        job.output_path = first.parent_path() / fmt::format("{}-{}.png", first.stem().string(), n);
    }
    const auto [other, fresh] = names_.emplace(job.output_path.string(), job.input_path.string());
    if (!fresh)
      fail("name", fmt::format("two results would be \"{}\"", job.output_path.string()),
           other->second == job.input_path.string()
               ? fmt::format("both are of \"{}\"", other->second)
               : fmt::format("they are of \"{}\" and \"{}\"", other->second, job.input_path.string()),
           "tell them apart by the name, for example --name \"[rel_dir]/[stem]-[index].png\"");
    return fresh;
  }

  bool is_allowed(const Job& job) {
    if (!is_there(job.output_path)) return true;
    const auto source = sources_.find(canonical_of(job.output_path).string());
    const std::string name = job.output_path.string();
    if (source != sources_.end()) {
      fail("output", fmt::format("the result \"{}\" would replace {} of the same name", name, source->second),
           "originals are never overwritten", "name another folder with --output");
      return false;
    }
    if (is_folder(job.output_path)) {
      fail("output", fmt::format("the result \"{}\" is a folder", name), "a folder cannot be replaced",
           "name another output");
      return false;
    }
    if (recipe_.existing == Existing::kError)
      fail("existing", fmt::format("\"{}\" is there already", name), "nothing is overwritten unless asked for",
           "use --resume, or --existing skip, overwrite or rename, or another --output");
    if (recipe_.existing == Existing::kSkip) plan_.skipped.push_back(job.output_path);
    return recipe_.existing == Existing::kOverwrite || recipe_.existing == Existing::kResume;
  }

  const Recipe& recipe_;
  Plan& plan_;
  std::string model_name_;
  std::map<std::string, std::string> names_;    // output -> input
  std::map<std::string, std::string> sources_;  // canonical path -> what it is
  std::set<fs::path> masks_, sketches_;
  std::map<fs::path, bool> inside_;  // folders of results: below the output folder, links resolved
};

}  // namespace

void check_output_folder(const Recipe& recipe) {
  const fs::path output = recipe.output;
  const std::string where = origin_of(recipe, "output");
  if (has_picture_suffix(output) && to_lower(output.extension().string()) != ".png" && !is_folder(output))
    throw Error(ErrorKind::kRequest, fmt::format("the output \"{}\" is no PNG file", recipe.output), where,
                "results are PNG files", "end the name in .png, or name a folder");
  const fs::path folder = output_folder(recipe);
  const fs::path nearest = nearest_existing(folder);
  errno = ENOTDIR;
  if (is_folder(nearest) && takes_files(nearest)) return;
  throw Error(ErrorKind::kFile, fmt::format("cannot write to the output folder \"{}\"", folder.string()), where,
              fmt::format("{}: {}", nearest.string(), std::strerror(errno)),
              "check its permissions, or name another folder with --output");
}

fs::path output_folder(const Recipe& recipe) {
  const fs::path output = recipe.output;
  return is_single_file(recipe) ? output.parent_path() : output;
}

fs::path ledger_folder(const Recipe& recipe) { return is_single_file(recipe) ? fs::path() : output_folder(recipe); }

void make_folder(const fs::path& folder) {
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error)
    throw Error(ErrorKind::kFile, fmt::format("cannot make the folder \"{}\"", folder.string()), folder.string(),
                error.message(), "check the permissions of the folder above it");
}

void place_outputs(const Recipe& recipe, std::span<const Input> inputs,
                   std::span<const OutputRequest> requests, Plan& plan) {
  const std::size_t results = inputs.size() * static_cast<std::size_t>(recipe.count);
  if (is_single_file(recipe) && results > 1) {
    plan.errors.emplace_back(ErrorKind::kRequest, fmt::format("{} results for one file \"{}\"", results, recipe.output),
                             origin_of(recipe, "output"), "a .png file holds one result", "name a folder");
    return;
  }
  Placer(recipe, inputs, plan).place(requests);
}

}  // namespace redraw
