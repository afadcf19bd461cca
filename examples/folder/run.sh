#!/usr/bin/env bash
# A folder of poor pictures is redrawn at 0.35.     examples/folder/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
for name in desert hills lighthouse wide; do expect "$out/$name.png" "Denoising strength: 0.35"; done
[ "$(size_of "$out/wide.png")" = 316x198 ] || { echo "FAILED: wide.png is $(size_of "$out/wide.png"), not 316x198" >&2; exit 1; }
