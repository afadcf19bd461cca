// Plan sizes: how large a picture becomes, and how large the model sees it.
#pragma once

#include "redraw/error.h"
#include "redraw/job.h"

namespace redraw {

/// Most pixels that the model may see at once.
constexpr long long kMaxWorkPixels = 4096LL * 4096;

/// Sizes of a picture: scale int(side * factor) as A1111; of width and height the one that is not
/// given keeps the proportion, rounded; neither: the source's.
Size asked_size(const Recipe& recipe, Size source);

/// target_size and work_size of a job with its source_size. Errors: kRequest for more pixels than a model sees.
void set_sizes(Job& job);
/// The same for a picture that is only upscaled. Errors: kRequest for a side that no file has.
void set_upscaled_size(Job& job);

}  // namespace redraw
