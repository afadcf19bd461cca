#!/usr/bin/env bash
# Sets up and builds: scripts/build.sh demo (program only) | release (with tests). Options go to setup.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true
scripts/setup.sh "$@"
configure=(cmake --preset release)
[ -z "${LIBTORCH:-}" ] || configure+=("-DLIBTORCH=$LIBTORCH")
log=build/$preset.log
mkdir -p build
printf 'build: %s (first time: about ten minutes on two cores; log: %s)\n' "$preset" "$log" >&2
if ! { "${configure[@]}" && cmake --build --preset "$preset"; } > "$log" 2>&1; then
  grep -E -m 20 'error|Error|FAILED' "$log" >&2 || tail -n 20 "$log" >&2
  printf 'build: failed; the whole log is in %s\n' "$log" >&2
  exit 1
fi
