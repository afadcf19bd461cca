// Load: one job's files to prepared pixels.
#pragma once

#include <optional>
#include <string>

#include "batch/file_hashes.h"
#include "batch/provenance.h"
#include "canvas/enlarge.h"
#include "redraw/job.h"

namespace redraw {

/// The pictures that a job names.
struct Files {
  Image source;
  std::optional<Image> mask, sketch;
};
/// Errors: kFile.
Files read_files(const Job& job);

struct Loaded {
  const Job* asked = nullptr;
  Job job;  // as it is run: whole_picture without a mask where the mask is empty
  Prepared prepared;
  SourceFacts facts;
  std::string note;  // what is done otherwise than asked
  std::optional<Error> error;
};

/// Reads, hashes and prepares; nothing is thrown, the error stays with the picture.
/// An empty mask with only_masked: the whole picture is redrawn at the asked size, as A1111 does,
/// with a note; a mask that redraws nothing: a note. With `strict` both are errors.
/// hashes   keeps those of masks that many pictures share
/// enlarge  one pass of the job's upscaler; empty: Lanczos
Loaded load(const Job& job, FileHashes& hashes, const Enlarge& enlarge = {});
Loaded load(const Job& job);

}  // namespace redraw
