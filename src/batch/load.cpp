// Load: one job's files to prepared pixels.
#include "batch/load.h"

#include <fmt/format.h>

#include "base/files.h"
#include "batch/plan.h"
#include "canvas/prepare.h"
#include "image/read.h"

namespace redraw {
namespace {

std::string hash_of(const std::string& bytes) {
  return sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void read_facts(const Job& job, SourceFacts& facts) {
  const std::string bytes = read_file(job.input_path);
  facts.input_sha256 = hash_of(bytes);
  if (bytes.starts_with("\x89PNG")) {
    const auto texts = png_texts(bytes);
    const auto parent = texts.find("parameters");
    if (parent != texts.end()) facts.parent = parent->second;
  }
  if (!job.mask_path.empty()) facts.mask_sha256 = sha256_of_file(job.mask_path);
}

void redraw_whole(Loaded& loaded, const Image& source) {
  const Job& job = *loaded.asked;
  loaded.note = fmt::format("the mask \"{}\" is empty: \"{}\" is redrawn whole", job.mask_path.string(),
                            job.input_path.string());
  if (job.recipe.strict)
    throw Error(ErrorKind::kRequest, loaded.note, job.mask_path.string(), "warnings are errors with --strict",
                "paint the mask, or use --inpaint-area whole_picture");
  loaded.job.recipe.inpaint_area = InpaintArea::kWholePicture;
  loaded.job.target_size = asked_size(job.recipe, job.source_size);
  loaded.prepared = prepare(loaded.job, source, std::nullopt);
}

void read_and_prepare(Loaded& loaded) {
  const Job& job = loaded.job;
  read_facts(job, loaded.facts);
  const Image source = read_image(job.input_path);
  if (source.size() != job.source_size)
    throw Error(ErrorKind::kFile, fmt::format("\"{}\" has changed since the plan was made", job.input_path.string()),
                job.input_path.string(), "its size is another one", "run again");
  std::optional<Image> mask;
  if (!job.mask_path.empty()) mask = read_image(job.mask_path);
  loaded.prepared = prepare(job, source, mask);
  const bool only_masked = job.recipe.inpaint_area == InpaintArea::kOnlyMasked;
  if (mask && only_masked && !loaded.prepared.crop_region) redraw_whole(loaded, source);
}

}  // namespace

Loaded load(const Job& job) {
  Loaded loaded;
  loaded.asked = &job;
  loaded.job = job;
  try {
    read_and_prepare(loaded);
  } catch (const Error& error) {
    loaded.error = error;
  } catch (const std::exception& error) {
    loaded.error = Error(ErrorKind::kFile, fmt::format("cannot prepare \"{}\"", job.input_path.string()),
                         job.input_path.string(), error.what(), "try a smaller picture");
  }
  return loaded;
}

}  // namespace redraw
