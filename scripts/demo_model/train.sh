#!/usr/bin/env bash
# Trains the demo model from nothing: renders, VAE, UNet and text encoder, export. Safe to run again: goes on.
#   scripts/demo_model/train.sh WORK [MINUTES] [cpu|cuda]     (PYTHON names an interpreter with torch, numpy, cv2)
set -euo pipefail
work=$(realpath -m "${1:?usage: train.sh WORK [MINUTES] [cpu|cuda]}")
minutes=${2:-100}
device=${3:-cpu}
cd "$(dirname "$0")"
python=${PYTHON:-python3}
share() { echo $((minutes * 60 * $1 / 100)); }
vae=(--device "$device" --threads "$(nproc)" --batch 4)
unet=(--device "$device" --processes "$(nproc)")
[ "$device" = cuda ] && vae=(--device cuda --batch 64) && unet=(--device cuda --batch 512)
mkdir -p "$work"

# phase NAME COMMAND...: once; a phase that was cut off goes on from its last save.
phase() {
  [ -e "$work/$1.done" ] && return
  echo "== $1"
  "$python" "${@:2}"
  touch "$work/$1.done"
}
phase render render.py "$work" 16000 --size 256 --workers 2
phase encoder train_vae.py "$work" "$(share 30)" --phase encoder --rate 1.5e-3 "${vae[@]}"
phase unet128 train_unet.py "$work" "$(share 35)" "${unet[@]}"
phase decoder train_vae.py "$work" "$(share 8)" --phase decoder "${vae[@]}"
phase unet256 train_unet.py "$work" "$(share 27)" --size 256 --pictures 1200 --rate 1e-3 "${unet[@]}"
"$python" export.py "$work" "$work/demo.safetensors"
