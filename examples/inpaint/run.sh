#!/usr/bin/env bash
# A boat is painted into a lake, only under the mask.     examples/inpaint/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/lake.png" "Mask blur: 4"
