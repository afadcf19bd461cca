// LoRAs that pictures are made with: put into the model, counted, hashed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lora/merge.h"
#include "models/model.h"
#include "redraw/engine.h"

namespace redraw {

class Networks {
 public:
  explicit Networks(const Model& model) : merger_(model.weights()) {}

  /// Makes the model's weights those with the job's LoRAs; names them and what is to be said of them in `generated`.
  /// Errors: those of LoraMerger::apply; with strict also layers that found no place.
  void use(const Job& job, Generated& generated);

 private:
  const UsedNetwork& facts_of(const std::filesystem::path& path);

  LoraMerger merger_;
  std::map<std::filesystem::path, UsedNetwork> facts_;  // hashes are made once
};

}  // namespace redraw
