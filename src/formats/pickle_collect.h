// The tensors and plain values of an unpickled dictionary, by key.
#pragma once

#include <map>
#include <string>

#include "formats/unpickle.h"

namespace redraw {

struct Collected {
  std::map<std::string, const PickledTensor*> tensors;  // point into the pickle
  std::map<std::string, std::string> metadata;
};

/// Keys of dictionaries inside dictionaries are joined by dots; lists and tuples are passed over. A
/// dictionary under "state_dict" stands for the whole.
/// Errors: kModel if the root is no dictionary, or is nested or named beyond reason.
Collected collect(const Pickle& pickle, const Fault& fault);

}  // namespace redraw
