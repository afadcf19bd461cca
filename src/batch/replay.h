// Replay: a picture made again from what it says, and how near that comes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "batch/compare.h"
#include "batch/run_plan.h"

namespace redraw {

/// A file that a picture was made of.
struct Source {
  std::string role;  // "input", "mask", "model" ...
  std::filesystem::path path;
  std::string sha256;
};

/// Inputs, masks, sketches, models, VAEs, LoRAs and embeddings of all stages, each once. chunk: the text `redraw`.
/// Errors: kFile where it cannot be read.
std::vector<Source> sources_of_chunk(const std::string& chunk, const std::string& origin);

enum class Verdict { kBitExact, kWithinTolerance, kDifferent, kFailed };
/// "bit-exact", "within tolerance", "different", "failed".
const char* verdict_name(Verdict verdict);

struct ReplayOptions {
  Tolerance tolerance;          // beyond bit-exact
  std::filesystem::path keep;   // folder for the new pictures; empty: they are not kept
  std::string model, device, dtype;  // empty: as the picture says
};

struct Replay {
  std::filesystem::path picture;
  Verdict verdict = Verdict::kFailed;
  Comparison comparison;
  std::string note;            // what was otherwise than then: device, number type, version
  std::vector<Error> errors;   // why it failed
};

/// Checks what the picture was made of against the hashes in it, makes it again in a folder of its own and
/// compares. A missing or changed file: failed, nothing is run. Nothing is thrown but kInternal.
Replay replay(const std::filesystem::path& picture, const ReplayOptions& options, const EngineFactory& make_engine);

}  // namespace redraw
