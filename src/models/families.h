// TABLE of model families: who loads what inspect/kinds tells by its keys.
#pragma once

#include <memory>

#include "models/model.h"
#include "nn/weights.h"

namespace redraw {

/// What a family is loaded from. state_dict lives as long as the loading.
struct Checkpoint {
  const StateDict* state_dict = nullptr;
  std::filesystem::path path, vae;  // vae: a file of its own; empty: the checkpoint's
  DeviceChoice device;
};

struct FamilyRow {
  const char* name;  // as in inspect/kinds
  std::unique_ptr<Model> (*load)(const Checkpoint& checkpoint);
};

/// The row of the checkpoint's kind. Errors: kModel saying what the file is instead.
const FamilyRow& family_of(const StateDict& keys, const std::filesystem::path& checkpoint);

std::unique_ptr<Model> load_sd1(const Checkpoint& checkpoint);
std::unique_ptr<Model> load_sd2(const Checkpoint& checkpoint);
std::unique_ptr<Model> load_sdxl(const Checkpoint& checkpoint);
/// Throws: it is no checkpoint to begin with.
std::unique_ptr<Model> refuse_refiner(const Checkpoint& checkpoint);

}  // namespace redraw
