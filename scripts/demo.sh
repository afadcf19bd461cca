#!/usr/bin/env bash
# The first command: sets up, builds and redraws the example pictures. Safe to run again: overwrites its results.
#   scripts/demo.sh [--cpu | --cuda] [OUT_FOLDER]     (default: redrawn/)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
setup=()
flags=()
out=$root/redrawn

usage() { sed -n '2,3s/^# *//p' "$root/scripts/demo.sh" >&2; exit 2; }

for argument in "$@"; do
  case "$argument" in
    --cpu | --cuda) setup=("$argument"); flags=(--device "${argument#--}") ;;
    -h | --help) usage ;;
    -*) printf 'demo: unknown option "%s"\n' "$argument" >&2; usage ;;
    *) out=$argument ;;
  esac
done
out=$(realpath -m "$out")
cd "$root"

scripts/build.sh demo "${setup[@]}"
for script in examples/*/run.sh; do
  name=$(basename "$(dirname "$script")")
  printf '\n== %s\n' "$(sed -n '2s/^# *\(.*[^ ]\)  *examples.*/\1/p' "$script")"
  "$script" "$out/$name" "${flags[@]}"
done

cat << END

The pictures are in $out (inputs: examples/*/).
Next: your own picture, with the demo model or with your own checkpoint:
  build/release/bin/redraw PICTURE --prompt "a lake at sunset" --denoise 0.6
  build/release/bin/redraw PICTURE --prompt "..." --model YOUR.safetensors
  build/release/bin/redraw --help
END
