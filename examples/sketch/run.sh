#!/usr/bin/env bash
# A crude sketch becomes a picture.     examples/sketch/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/sketch.png" "Denoising strength: 0.6"
