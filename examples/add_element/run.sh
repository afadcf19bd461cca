#!/usr/bin/env bash
# A boat comes onto a lake.     examples/add_element/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/lake.png" "Masked content: latent noise"
unchanged "$out/lake.png"
