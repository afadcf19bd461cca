// Resume: which planned pictures are there already, made of the same files with the same settings.
#include "batch/resume.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "batch/outputs.h"
#include "batch/paths.h"
#include "batch/seeds.h"
#include "batch/upscalers.h"
#include "image/png.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

struct Claim {
  bool is_ours = false;  // redraw wrote the file
  std::string key;       // as the file says it; empty: it does not
};

/// What the output file itself says; one that is no PNG any more is ours where the ledger knows it.
Claim claim_of(const fs::path& output, bool in_ledger) {
  try {
    const std::string bytes = read_file(output);
    if (!bytes.starts_with("\x89PNG")) return {in_ledger, ""};
    const auto texts = png_texts(bytes);
    const auto chunk = texts.find("redraw");
    if (chunk == texts.end()) return {};
    const auto json = nlohmann::json::parse(chunk->second, nullptr, false);
    if (!json.is_object() || !json.contains("schema")) return {};
    return {true, json.value("key", "")};
  } catch (const std::exception&) {
    return {in_ledger, ""};
  }
}

std::optional<HashedFile> hashed(const fs::path& path, FileHashes& hashes) {
  return path.empty() ? std::nullopt : std::optional(hashes.of(path));
}

std::string sha256_of(const std::optional<HashedFile>& file) { return file ? file->sha256 : ""; }

/// What stands for the hash of the job's input.
std::string input_of(const Job& job, FileHashes& hashes) {
  if (!job.input_key.empty()) return job.input_key;
  if (job.before.empty()) return hashes.of(job.input_path).sha256;
  std::string key;
  for (Job stage : job.before) {
    stage.input_key = key;
    key = planned_key(stage, hashes);
  }
  return key;
}

class Resumer {
 public:
  Resumer(const Recipe& recipe, const LedgerRecords& records, Plan& plan)
      : recipe_(recipe), records_(records), plan_(plan) {
    remember_all(records, hashes_);
  }

  void drop() {
    std::vector<Job> left;
    left.reserve(plan_.jobs.size());
    for (Job& job : plan_.jobs) {
      give_seed_again(job);
      if (is_finished(job)) plan_.skipped.push_back(job.output_path);
      else left.push_back(std::move(job));
    }
    plan_.jobs = std::move(left);
  }

 private:
  const LedgerEntry* entry_of(const Job& job) const {
    return records_.find(name_in_ledger(plan_.ledger_folder, job.output_path));
  }

  /// Of a drawn seed any value is as good: the one that made the picture, so that a picture more in the
  /// folder does not shift the others'. Stages keep the run's: their seeds hang together.
  void give_seed_again(Job& job) const {
    const LedgerEntry* entry = plan_.seed_drawn && job.before.empty() ? entry_of(job) : nullptr;
    if (entry == nullptr || recipe_.name.find("[seed]") != std::string::npos) return;
    if (draws_picture_seed(recipe_)) job.seed = job.recipe.seed = entry->seed;
    if (draws_variation_seed(recipe_)) job.variation_seed = job.recipe.variation_seed = entry->variation_seed;
  }

  bool is_finished(const Job& job) {
    const auto there = stamp_of(job.output_path);
    if (!there) return false;
    const LedgerEntry* entry = entry_of(job);
    const std::string key = key_of(job);
    if (key.empty()) return false;  // an input that cannot be read: the run says so
    if (entry != nullptr && entry->key == key && entry->bytes == there->bytes) return true;
    const Claim claim = claim_of(job.output_path, entry != nullptr);
    if (!claim.is_ours) return refuse(job.output_path);
    if (claim.key != key) return false;
    adopt(job, key);
    return true;
  }

  std::string key_of(const Job& job) {
    try {
      return planned_key(job, hashes_);
    } catch (const Error&) {
      return "";
    }
  }

  bool refuse(const fs::path& output) {
    plan_.errors.emplace_back(ErrorKind::kRequest,
                              fmt::format("\"{}\" is there already and redraw did not write it", output.string()),
                              origin_of(recipe_, "existing"), "resume redoes only pictures of its own",
                              "move it away, or use --existing skip or overwrite");
    return false;
  }

  /// Killed between the picture and its line in the ledger.
  void adopt(const Job& job, const std::string& key) {
    if (plan_.ledger_folder.empty()) return;
    LedgerEntry entry;
    entry.output = name_in_ledger(plan_.ledger_folder, job.output_path);
    entry.time = utc_now();
    entry.key = key;
    entry.seed = job.seed;
    entry.variation_seed = job.variation_seed;
    const HashedFile output = hashes_.of(job.output_path);
    entry.sha256 = output.sha256;
    entry.bytes = output.stamp.bytes;
    entry.input = hashed(job.input_path, hashes_);
    entry.mask = hashed(job.mask_path, hashes_);
    entry.sketch = hashed(job.sketch_path, hashes_);
    plan_.adopted.push_back(std::move(entry));
  }

  const Recipe& recipe_;
  const LedgerRecords& records_;
  Plan& plan_;
  FileHashes hashes_;
};

}  // namespace

void drop_finished(const Recipe& recipe, const LedgerRecords& records, Plan& plan) {
  Resumer(recipe, records, plan).drop();
}

void remember_all(const LedgerRecords& records, FileHashes& hashes) {
  const auto remember = [&](const std::optional<HashedFile>& file) { if (file) hashes.remember(*file); };
  for (const LedgerRun& run : records.runs) {
    remember(run.model);
    remember(run.vae);
  }
  for (const auto& [output, entry] : records.entries) {
    remember(entry.input);
    remember(entry.mask);
    remember(entry.sketch);
  }
}

bool is_resumed(const Recipe& recipe) { return recipe.existing == Existing::kResume; }

LedgerRecords records_to_resume(const Recipe& recipe, std::vector<Error>& errors) {
  const fs::path folder = ledger_folder(recipe);
  if (!is_resumed(recipe) || folder.empty()) return {};
  try {
    return read_ledgers(folder);
  } catch (const Error& error) {
    errors.push_back(error);
    return {};
  }
}

Recipe with_seeds(const Recipe& recipe, const LedgerRecords& records) {
  Seeds first = first_seeds(recipe);
  for (const LedgerRun& run : records.runs) {
    if (run.drawn_seed && draws_picture_seed(recipe)) first.seed = *run.drawn_seed;
    if (run.drawn_variation_seed && draws_variation_seed(recipe)) first.variation_seed = *run.drawn_variation_seed;
  }
  Recipe drawn = recipe;
  drawn.seed = first.seed;
  drawn.variation_seed = first.variation_seed;
  return drawn;
}

std::string planned_key(const Job& job, FileHashes& hashes) {
  const auto sha256 = [&](const fs::path& file) { return sha256_of(hashed(file, hashes)); };
  return content_key(job, {input_of(job, hashes), sha256(job.mask_path), sha256(job.sketch_path),
                           sha256(job.recipe.model), sha256(job.recipe.vae), network_hashes(job, hashes)});
}

std::map<std::string, std::string> network_hashes(const Job& job, FileHashes& hashes) {
  std::map<std::string, std::string> found;
  for (std::size_t i = 0; i < job.loras.size(); ++i)
    found[fmt::format("lora {}", i)] = hashes.of(job.loras[i].path).sha256;
  for (const EmbeddingUse& embedding : job.embeddings)
    found["embedding " + embedding.name] = hashes.of(embedding.path).sha256;
  if (const fs::path weights = upscaler_weights(job.recipe); !weights.empty())
    found["upscaler"] = hashes.of(weights).sha256;
  return found;
}

std::string name_in_ledger(const fs::path& folder, const fs::path& output) {
  return output.lexically_relative(folder).generic_string();
}

}  // namespace redraw
