#!/usr/bin/env bash
# redraw beside its peers in one run: scripts/bench/compare.py with the programs of scripts/pins/bench.txt.
#   scripts/bench.sh MODEL.safetensors [flags]      flags: scripts/bench.sh --help
#   scripts/bench.sh sd15|sdxl [flags]              a checkpoint of true size with drawn weights, made in the folder of --out
# The peers go into .deps/bench, a virtual environment; --python PYTHON takes one that has them and installs nothing.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
fail() { printf 'bench: %s\nfix: %s\n' "$1" "$2" >&2; exit "$3"; }

python='' out=bench_results
arguments=("$@")
for ((i = 0; i < $#; ++i)); do
  case "${arguments[i]}" in
    --python) python=${arguments[i + 1]:-} ;;
    --python=*) python=${arguments[i]#*=} ;;
    --out) out=${arguments[i + 1]:-} ;;
    --out=*) out=${arguments[i]#*=} ;;
    -h | --help) exec python3 "$root/scripts/bench/compare.py" --help ;;
  esac
done
[ $# -gt 0 ] || fail "no model is named" "scripts/bench.sh models/demo.safetensors" 2

if [ -z "$python" ]; then
  environment=$root/.deps/bench
  python=$environment/bin/python
  pins=$root/scripts/pins/bench.txt
  stamp=$environment/pins.$(sha256sum "$pins" | cut -c1-16)
  if [ ! -e "$stamp" ]; then
    python3 -m venv "$environment"
    "$python" -m pip install -q --disable-pip-version-check -r "$pins" || fail "cannot install $pins" "check the network, or name a Python that has the peers: --python PYTHON" 3
    touch "$stamp"
  fi
  arguments+=(--python "$python")
fi
case "$1" in
  sd15 | sdxl)
    mkdir -p "$out"
    [ -e "$out/$1.safetensors" ] || "$python" "$root/scripts/make_checkpoint.py" "$1" "$out/$1.safetensors"
    arguments[0]=$out/$1.safetensors ;;
esac
exec "$python" "$root/scripts/bench/compare.py" "${arguments[@]}"
