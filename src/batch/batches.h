// Batches: which jobs go through the model in one call.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "redraw/job.h"

namespace redraw {

/// Places in jobs, one list per model call: jobs of one work_size group and one set of LoRAs, in
/// their order, calls ordered by their first job. batch_of(work_size) is the most per call, >= 1;
/// big sources make a call smaller, so that memory stays bounded.
std::vector<std::vector<std::size_t>> make_batches(std::span<const Job> jobs,
                                                   const std::function<int(Size)>& batch_of);

/// What recipes have in common whose pictures may share a call.
std::string text_of_group(const Recipe& recipe);

}  // namespace redraw
