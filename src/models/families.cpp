// TABLE of model families: who loads what inspect/kinds tells by its keys.
#include "models/families.h"

#include "inspect/kinds.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr FamilyRow kFamilies[] = {
    {"sdxl", load_sdxl}, {"sdxl refiner", refuse_refiner}, {"sd2", load_sd2}, {"sd1", load_sd1}};

std::string words_for(const KindRow* kind, std::size_t keys) {
  if (kind == nullptr) return "none of its " + std::to_string(keys) + " keys belongs to a Stable Diffusion checkpoint";
  return std::string("it is ") + kind->what + (*kind->hint == '\0' ? "" : std::string(": ") + kind->hint);
}

}  // namespace

const FamilyRow& family_of(const StateDict& keys, const std::filesystem::path& checkpoint) {
  const KindRow* kind = kind_of(KeySet(keys));
  for (const FamilyRow& row : kFamilies)
    if (kind != nullptr && kind->kind == ModelKind::kCheckpoint && std::string_view(kind->family) == row.name)
      return row;
  throw Error(ErrorKind::kModel, "\"" + checkpoint.filename().string() + "\" is no checkpoint", checkpoint.string(),
              words_for(kind, keys.size()), "give a Stable Diffusion 1.x, 2.x or XL checkpoint with --model");
}

std::unique_ptr<Model> load_model(const std::filesystem::path& checkpoint, const std::filesystem::path& vae,
                                  const DeviceChoice& device) {
  const StateDict state_dict = brought_to(device.device, load_tensors(checkpoint), "model_ema.");
  return family_of(state_dict, checkpoint).load({&state_dict, checkpoint, vae, device});
}

}  // namespace redraw
