#!/usr/bin/env bash
# A pipeline that redraws and compares passes, and fails on a planted change.     examples/ci/run.sh [OUT] [FLAG...]
set -euo pipefail
. "$(dirname "$0")/../common.sh"
export REDRAW_BIN=$redraw
mkdir -p "$out/golden"
"$redraw" --recipe "$here/recipe.yaml" --output "$out/golden" --existing overwrite "${flags[@]}"
bash "$here/check.sh" "$here/recipe.yaml" "$out/golden" "$out" "${flags[@]}"
code=0
bash "$here/check.sh" "$here/recipe.yaml" "$out/golden" "$out" "${flags[@]}" --seed 99 --denoise 0.9 || code=$?
[ "$code" = 1 ] || { echo "FAILED: a planted change gave exit code $code, not 1" >&2; exit 1; }
grep -q 'failures="1"' "$out/report.xml" || { echo "FAILED: report.xml names no failure" >&2; exit 1; }
[ -s "$out/diff/lake.diff.png" ] || { echo "FAILED: there is no difference picture" >&2; exit 1; }
