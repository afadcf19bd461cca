#!/usr/bin/env bash
# A picture at one and a half times its size, repainted at 0.3.     examples/upscale/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/wide.png" "Denoising strength: 0.3"
[ "$(size_of "$out/wide.png")" = 474x297 ] || { echo "FAILED: wide.png is $(size_of "$out/wide.png"), not 474x297" >&2; exit 1; }
