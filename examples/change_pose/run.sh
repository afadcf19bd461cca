#!/usr/bin/env bash
# A cactus stretches its arm out.     examples/change_pose/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/desert.png" "Denoising strength: 0.65"
unchanged "$out/desert.png"
