// Storages and tensors as torch's pickles describe them, checked.
#pragma once

#include "formats/fault.h"
#include "formats/pickle_values.h"

namespace redraw {

/// A persistent id ("storage", type, key, location, elements). Errors: kModel.
PickledStorage storage_of(const PickleValue& id, const Fault& fault);

/// The arguments (storage, offset, shape, strides, ...) of _rebuild_tensor and _rebuild_tensor_v2.
/// Errors: kModel for a view that leaves its storage, or that has more elements than it (repeated ones).
PickledTensor tensor_of(const std::vector<PickleValue*>& arguments, const std::vector<PickledStorage>& storages,
                        const Fault& fault);

}  // namespace redraw
