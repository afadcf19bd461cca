// Check networks: LoRAs and embeddings that a recipe's prompts name, looked up without any picture.
#pragma once

#include <vector>

#include "redraw/error.h"
#include "redraw/recipe.h"

namespace redraw {

/// Of all stages or cells: styles, LoRAs and embeddings that are not there or cannot be used. Embeddings are looked at
/// only where the model is there, for it decides which of them fit. What a picture has of its own is not known here.
std::vector<Error> check_networks(const Recipe& recipe);

}  // namespace redraw
