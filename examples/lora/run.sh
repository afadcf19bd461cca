#!/usr/bin/env bash
# A LoRA's style over a picture.     examples/lora/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/lake.png" 'Lora hashes: "ink: '
