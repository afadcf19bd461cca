#!/usr/bin/env bash
# Runs every cases*.json below the folders (default: tests/golden) against the program's own code.
#   scripts/golden.sh [--only TEXT] [FOLDER...]
# Prints failures, a table by function and "N passed, N failed, N skipped"; exit 1 on a failure.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
runner=${REDRAW_GOLDEN:-$root/build/release/bin/redraw_golden}
[ -x "$runner" ] || "$root/scripts/build.sh" release
only=()
if [ "${1:-}" = --only ]; then only=(--only "$2"); shift 2; fi
[ $# -gt 0 ] || set -- "$root/tests/golden"
exec "$runner" "$root/build/golden_packs" "${only[@]}" "$@"
