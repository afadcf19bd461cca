// A pickle reader that makes tensors and plain containers, and calls nothing.
#pragma once

#include <deque>

#include "formats/fault.h"
#include "formats/pickle_values.h"

namespace redraw {

bool is_pickle(std::string_view bytes);

/// A pickle's value and what it consists of. Views the bytes that it was read from.
struct Pickle {
  PickleValue* root = nullptr;
  std::uint64_t size = 0;  // bytes read, with the STOP
  std::vector<PickledStorage> storages;
  std::vector<PickledTensor> tensors;
  std::deque<PickleValue> values;  // owns them all
};

/// Reads protocols 0 to 5. A global that is not in the table of formats/pickle_globals ends the reading
/// before anything is done with it; so do codes of the extension registry.
/// Errors: kModel naming the global, or what is wrong with the pickle; storages and tensors that cannot be.
Pickle unpickle(std::string_view bytes, const Fault& fault);

}  // namespace redraw
