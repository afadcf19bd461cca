#!/usr/bin/env bash
# A lighthouse that was enlarged badly is painted again, and nothing else.     examples/repair_detail/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/lighthouse.png" "Inpaint area: Only masked"
unchanged "$out/lighthouse.png"
