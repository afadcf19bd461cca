#!/usr/bin/env bash
# A sketch becomes a wallpaper in three stages; a change in the third runs the third alone.     examples/sketch_to_wallpaper/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
expect "$out/sketch.png" "Soft inpainting enabled: True"
[ "$("$redraw" show --json "$out/sketch.png" | grep -o "\"key\":" | wc -l)" = 3 ] || { echo "FAILED: sketch.png does not tell of its two earlier stages" >&2; exit 1; }
again=$("$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}" 2>&1)
[ "$(grep -c "kept from before" <<< "$again")" = 2 ] || { printf "FAILED: stages were made again:\n%s\n" "$again" >&2; exit 1; }
