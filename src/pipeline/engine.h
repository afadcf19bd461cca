// The Engine on libtorch.
#pragma once

#include <memory>

#include "redraw/engine.h"

namespace redraw {

/// Chooses the device, loads checkpoint and vocabulary. Errors: kModel, kDevice, kFile.
std::unique_ptr<Engine> create_engine(const EngineSpec& spec);

}  // namespace redraw
