// TABLE of model families: who loads what inspect/kinds tells by its keys.
#pragma once

#include <memory>

#include "models/model.h"
#include "nn/weights.h"

namespace redraw {

struct FamilyRow {
  const char* name;  // as in inspect/kinds
  /// nullptr: the family is known but not supported yet.
  std::unique_ptr<Model> (*load)(const StateDict& state_dict, const std::filesystem::path& checkpoint,
                                 const std::filesystem::path& vae, const DeviceChoice& device);
};

/// The row of the checkpoint's kind. Errors: kModel saying what the file is instead.
const FamilyRow& family_of(const StateDict& keys, const std::filesystem::path& checkpoint);

/// sd1.cpp
std::unique_ptr<Model> load_sd1(const StateDict& state_dict, const std::filesystem::path& checkpoint,
                                const std::filesystem::path& vae, const DeviceChoice& device);

}  // namespace redraw
