#!/usr/bin/env bash
# On a host with an NVIDIA GPU and Python with torch 2.11: checks the CUDA kernels, measures redraw and its peers, and
# writes results.json and table.md. One command, its own time limit for every leg, within --minutes.
#   scripts/gpu/run.sh [--bundle FILE.tar.xz] [--out FOLDER] [--minutes 9] [--legs NAME,...] [--plan]
#   scripts/gpu/run.sh --device cpu --tiny      the same way through, with a small model on the CPU: a test of the script
# Without --bundle (scripts/gpu/bundle.sh makes one) it takes build/release, and builds it where it is not there.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3}
bundle='' plan=0 arguments=()
while [ $# -gt 0 ]; do
  case "$1" in
    --bundle) bundle=$2; shift ;;
    --plan) plan=1; arguments+=("$1") ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
if [ -n "$bundle" ]; then
  home=$(mktemp -d /tmp/redraw_bundle.XXXXXX)
  tar -xJf "$bundle" -C "$home"
elif [ -x "$root/build/release/bin/redraw" ] || [ "$plan" = 1 ]; then
  home=$root/build/release
else
  "$root/scripts/build.sh" release --cuda
  home=$root/build/release
fi
exec "$python" -u "$root/scripts/gpu/run.py" --home "$home" "${arguments[@]}"
