// Provenance: what a result's PNG says about how it was made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/files.h"
#include "image/png.h"
#include "redraw/engine.h"
#include "redraw/job.h"

namespace redraw {

/// What is known of the files of one job once they are read.
struct SourceFacts {
  std::string input_sha256, mask_sha256, sketch_sha256;  // empty where there is no such file
  FileStamp input_stamp, mask_stamp, sketch_stamp;
  std::filesystem::path upscaler;                        // its weights; empty: no network
  std::string upscaler_sha256;
  std::vector<UsedNetwork> networks;                     // that the picture was made with
  std::vector<std::string> notes;                        // what was said while it was made
  std::string parent;                                    // the infotext in the input, if it has one
  std::string before;                                    // of a later stage: the chunk "redraw" of the picture before
  std::optional<double> seam_ratio;                      // of a picture made in tiles
};

/// Every setting by its key, typed.
nlohmann::ordered_json recipe_json(const Recipe& recipe);

/// The chunks "parameters" (A1111's infotext of `done`) and "redraw" (JSON, schema 1, of `asked`; the
/// stages before it under "stages", in order, each as it would be alone).
/// done  the job as it was run: whole_picture where the mask turned out to be empty
/// key   content_key of `asked`
std::vector<TextChunk> text_chunks(const Job& asked, const Job& done, const ModelInfo& model, const SourceFacts& facts,
                                   const SkippedUncond& skipped, const std::string& key,
                                   std::int64_t changed_outside_mask);

}  // namespace redraw
