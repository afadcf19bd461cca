// Load: one job's files to prepared pixels.
#include "batch/load.h"

#include <fmt/format.h>

#include "base/files.h"
#include "batch/plan.h"
#include "canvas/mask.h"
#include "canvas/prepare.h"
#include "image/read.h"

namespace redraw {
namespace {

std::string hash_of(const std::string& bytes) {
  return sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void read_facts(const Job& job, FileHashes& hashes, SourceFacts& facts) {
  facts.input_stamp = stamp_of(job.input_path).value_or(FileStamp{});
  const std::string bytes = read_file(job.input_path);
  facts.input_sha256 = hash_of(bytes);
  if (bytes.starts_with("\x89PNG")) {
    const auto texts = png_texts(bytes);
    const auto parent = texts.find("parameters");
    if (parent != texts.end()) facts.parent = parent->second;
    if (job.stage > 0) facts.before = texts.at("redraw");
  }
  const auto hash = [&](const std::filesystem::path& path, std::string& sha256, FileStamp& stamp) {
    if (path.empty()) return;
    const HashedFile file = hashes.of(path);
    sha256 = file.sha256;
    stamp = file.stamp;
  };
  hash(job.mask_path, facts.mask_sha256, facts.mask_stamp);
  hash(job.sketch_path, facts.sketch_sha256, facts.sketch_stamp);
}

void warn(Loaded& loaded, std::string note, std::string fix) {
  loaded.note = std::move(note);
  if (!loaded.job.recipe.strict) return;
  throw Error(ErrorKind::kRequest, loaded.note, loaded.job.recipe.mask, "warnings are errors with --strict",
              std::move(fix));
}

void redraw_whole(Loaded& loaded, const Files& files, const Enlarge& enlarge) {
  const Job& job = *loaded.asked;
  warn(loaded,
       fmt::format("the mask \"{}\" is empty: \"{}\" is redrawn whole", job.recipe.mask, job.input_path.string()),
       "paint the mask, or use --inpaint-area whole_picture");
  loaded.job.recipe.inpaint_area = InpaintArea::kWholePicture;
  loaded.job.target_size = asked_size(job.recipe, job.source_size);
  Job without_mask = loaded.job;
  without_mask.recipe.mask.clear();
  loaded.prepared = prepare(without_mask, files.source, std::nullopt, files.sketch, enlarge);
}

/// A1111 runs the model for nothing here and does not say so.
void warn_of_blank_mask(Loaded& loaded) {
  const auto& mask = loaded.prepared.latent_mask;
  if (!mask || !is_blank_in_latent(*mask, !loaded.job.recipe.soft_inpainting)) return;
  warn(loaded, fmt::format("the mask \"{}\" is empty, too small or too dark: nothing of \"{}\" is redrawn",
                           loaded.job.recipe.mask, loaded.job.input_path.string()),
       "paint it larger and white (strokes: mask_transparency below 50), or widen it with --mask-grow");
}

void read_and_prepare(Loaded& loaded, FileHashes& hashes, const Enlarge& enlarge) {
  const Job& job = loaded.job;
  read_facts(job, hashes, loaded.facts);
  const Files files = read_files(job);
  if (files.source.size() != job.source_size)
    throw Error(ErrorKind::kFile, fmt::format("\"{}\" has changed since the plan was made", job.input_path.string()),
                job.input_path.string(), "its size is another one", "run again");
  loaded.prepared = prepare(job, files.source, files.mask, files.sketch, enlarge);
  if (job.only_masked() && !loaded.prepared.crop_region) redraw_whole(loaded, files, enlarge);
  warn_of_blank_mask(loaded);
}

}  // namespace

Files read_files(const Job& job) {
  Files files{read_image(job.input_path), std::nullopt, std::nullopt};
  if (!job.mask_path.empty()) files.mask = read_image(job.mask_path);
  if (!job.sketch_path.empty()) files.sketch = read_image(job.sketch_path);
  return files;
}

Loaded load(const Job& job) {
  FileHashes hashes;
  return load(job, hashes);
}

Loaded load(const Job& job, FileHashes& hashes, const Enlarge& enlarge) {
  Loaded loaded;
  loaded.asked = &job;
  loaded.job = job;
  try {
    read_and_prepare(loaded, hashes, enlarge);
  } catch (const Error& error) {
    loaded.error = error;
  } catch (const std::exception& error) {
    loaded.error = Error(ErrorKind::kFile, fmt::format("cannot prepare \"{}\"", job.input_path.string()),
                         job.input_path.string(), error.what(), "try a smaller picture");
  }
  return loaded;
}

}  // namespace redraw
