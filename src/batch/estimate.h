// Estimate: how long a plan will take and how much memory, before a weight is loaded.
#pragma once

#include <optional>
#include <string>

#include "batch/plan.h"

namespace redraw {

struct Estimate {
  double seconds = 0;
  double memory_bytes = 0;  // of the device at the largest model call
  double host_bytes = 0;    // pictures on their way
  std::string device;       // "cpu" or "cuda"
  bool measured = false;    // by this model's pictures in the ledger; else by the machine's usual speed
};

/// nullopt where the model's file does not tell what it costs. The time leaves loading, reading and writing out.
std::optional<Estimate> estimate(const Recipe& recipe, const Plan& plan);

}  // namespace redraw
