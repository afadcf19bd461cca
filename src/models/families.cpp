// TABLE of model families: who loads what inspect/kinds tells by its keys.
#include "models/families.h"

#include "inspect/kinds.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr FamilyRow kFamilies[] = {{"sdxl", nullptr}, {"sdxl refiner", nullptr}, {"sd2", nullptr}, {"sd1", load_sd1}};

std::string words_for(const KindRow* kind, std::size_t keys) {
  if (kind == nullptr) return "none of its " + std::to_string(keys) + " keys belongs to a Stable Diffusion checkpoint";
  return std::string("it is ") + kind->what + (*kind->hint == '\0' ? "" : std::string(": ") + kind->hint);
}

}  // namespace

const FamilyRow& family_of(const StateDict& keys, const std::filesystem::path& checkpoint) {
  const KindRow* kind = kind_of(KeySet(keys));
  for (const FamilyRow& row : kFamilies)
    if (kind != nullptr && kind->kind == ModelKind::kCheckpoint && std::string_view(kind->family) == row.name) return row;
  throw Error(ErrorKind::kModel, "\"" + checkpoint.filename().string() + "\" is no checkpoint", checkpoint.string(), words_for(kind, keys.size()),
              "give a Stable Diffusion 1.x checkpoint with --model");
}

std::unique_ptr<Model> load_model(const std::filesystem::path& checkpoint, const std::filesystem::path& vae,
                                  const DeviceChoice& device) {
  const StateDict state_dict = load_tensors(checkpoint);
  const FamilyRow& family = family_of(state_dict, checkpoint);
  if (family.load == nullptr)
    throw Error(ErrorKind::kModel, "\"" + checkpoint.filename().string() + "\" is of a family that redraw does not run yet",
                checkpoint.string(), std::string("its keys say ") + family.name, "give a Stable Diffusion 1.x checkpoint");
  return family.load(state_dict, checkpoint, vae, device);
}

}  // namespace redraw
