#!/usr/bin/env bash
# Two cactuses vanish from a desert.     examples/remove_element/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/desert.png" "Masked content: fill"
unchanged "$out/desert.png"
