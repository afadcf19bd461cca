// What torch.save writes: the zip format, and the older one of pickles and raw storages in a row.
#pragma once

#include "formats/fault.h"
#include "formats/model_file.h"

namespace redraw {

/// torch 1.6 and later: data.pkl and data/KEY in one folder of any name.
ModelFile parse_torch_zip(std::string_view bytes, const Fault& fault);

/// Before torch 1.6: five pickles (magic number, protocol, system, object, keys), then the storages.
ModelFile parse_torch_legacy(std::string_view bytes, const Fault& fault);

}  // namespace redraw
