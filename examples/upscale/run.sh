#!/usr/bin/env bash
# A folder of small pictures becomes twice as large, redrawn at 0.3.     examples/upscale/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
for name in desert lighthouse; do
  expect "$out/$name.png" "Upscaler: realesr-animevideov3-x2"
  [ "$(size_of "$out/$name.png")" = 256x256 ] || { echo "FAILED: $name.png is $(size_of "$out/$name.png"), not 256x256" >&2; exit 1; }
done
