// TABLE of the globals that a pickle of tensors may name.
#pragma once

#include "formats/fault.h"
#include "formats/pickle_values.h"

namespace redraw {

/// Errors: kModel naming the global if it is none of them.
const GlobalRow& find_global(std::string_view module, std::string_view name, const Fault& fault);

/// The number format of a kStorage row. Errors: kModel for a storage type that is not supported.
ElementType storage_type(const GlobalRow& row, const Fault& fault);

}  // namespace redraw
