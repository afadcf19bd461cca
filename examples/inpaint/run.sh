#!/usr/bin/env bash
# One place of a lake is repainted, only under the mask.     examples/inpaint/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/lake.png" "Inpaint area: Only masked"
