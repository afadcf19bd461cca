#!/usr/bin/env bash
# Two denoises by three words: six cells, a sheet, a table and a page.     examples/sweep/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
"$redraw" --recipe "$here/recipe.yaml" --output "$out" --existing overwrite "${flags[@]}"
for denoise in 0.4 0.8; do
  for word in desert beach meadow; do expect "$out/desert_denoise-${denoise}_desert-$word.png" "a painting of $word at sunset"; done
done
[ "$(grep -c ',made,' "$out/sweep.csv")" = 6 ] || { echo "FAILED: $out/sweep.csv has not 6 cells" >&2; exit 1; }
[ "$(grep -o 'class="cell"' "$out/sweep.html" | wc -l)" = 7 ] || { echo "FAILED: $out/sweep.html has not the input and 6 cells" >&2; exit 1; }
[ -s "$out/sweep.png" ] || { echo "FAILED: there is no $out/sweep.png" >&2; exit 1; }
echo "made $out/sweep.html"

# Resumed: the cell that is gone is made, the others stay.
rm "$out/desert_denoise-0.8_desert-beach.png"
again=$("$redraw" --recipe "$here/recipe.yaml" --output "$out" --resume "${flags[@]}" 2>&1)
[[ $again == *"1 written, 5 skipped"* ]] || { printf 'FAILED: resumed otherwise than one cell:\n%s\n' "$again" >&2; exit 1; }
