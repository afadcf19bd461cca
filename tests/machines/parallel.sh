#!/usr/bin/env bash
# Three shards of a folder by GNU parallel, merged and checked.     tests/machines/parallel.sh REDRAW
set -euo pipefail
cd "$(dirname "$0")/../.."
redraw=$(realpath "${1:-build/release/stand_in/redraw}")
command -v parallel > /dev/null || { echo "tests/machines/parallel.sh: skipped: GNU parallel is not installed (apt-get install parallel)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/in"
for i in $(seq -w 24); do cp examples/folder/pictures/desert.png "$work/in/p$i.png"; done
parallel --will-cite -j3 "$redraw" "$work/in" -o "$work/out" --seed 7 -s 2 --size 64x64 -q --resume --shard {}/3 -M models/demo.safetensors ::: 1 2 3
"$redraw" ledger merge "$work/out"
"$redraw" ledger check "$work/out"
made=$(find "$work/out" -name '*.png' | wc -l)
echo "$made of 24 pictures by three shards"
[ "$made" -eq 24 ]
