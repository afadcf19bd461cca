#!/usr/bin/env bash
# Compares configs/default.yaml and docs/RECIPE.md with the table of settings; --write makes them anew.
set -euo pipefail
cd "$(dirname "$0")/.."
redraw=${REDRAW_BIN:-build/release/bin/redraw}
bad=0
generated() {
  if [ "$1" = --write ]; then "$redraw" list settings --format "$2" > "$3"; return; fi
  "$redraw" list settings --format "$2" | diff -u "$3" - || { echo "$3 is old: scripts/check_generated.sh --write"; bad=1; }
}
generated "${1:-}" yaml configs/default.yaml
generated "${1:-}" markdown docs/RECIPE.md
exit "$bad"
