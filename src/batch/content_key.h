// Content key: one hash of everything that decides a picture's pixels.
#pragma once

#include <map>
#include <string>

#include "redraw/engine.h"
#include "redraw/job.h"

namespace redraw {

/// SHA-256 of the files that a picture is made of; empty where there is none.
struct ContentHashes {
  std::string input;  // of a later stage the key of the stage before
  std::string mask, sketch, model, vae;
  std::map<std::string, std::string> others;  // by role and name, for example "lora soft"
};

/// 64 hex digits: SHA-256 over the settings of a planned job that differ from their defaults, its seed,
/// sizes and steps, and the files' hashes. Paths, names, device, batch and threads do not count.
/// The same key: the same picture, up to what device and number format round.
std::string content_key(const Job& job, const ContentHashes& hashes);

}  // namespace redraw
