// Engine cache: one loaded engine over several runs.
#pragma once

#include <memory>

#include "batch/run_plan.h"

namespace redraw {

/// A factory that makes a new engine only where another model, VAE, device or number type is asked for.
/// The factory and the engines that it gives must not outlive `make`.
EngineFactory cached(EngineFactory make);

}  // namespace redraw
