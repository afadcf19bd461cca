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
mkdir -p "$work"
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592  # maps keep their memory: a third of the VAE's time

# phase NAME COMMAND...: once; a phase that was cut off goes on from its last save.
phase() {
  [ -e "$work/$1.done" ] && return
  echo "== $1"
  "$python" "${@:2}"
  touch "$work/$1.done"
}
if [ "$device" = cuda ]; then  # the pictures are a matter of a minute, and the device holds them all
  phase render render.py "$work" 42000 --size 256 --workers "$(nproc)"
  phase vae train_vae.py "$work" "$(share 32)" --rate 2e-3 --device cuda --batch 128
  phase text train_text.py "$work" --seconds 60 --threads "$(nproc)"
  phase unet train_unet.py "$work" "$(share 60)" --sizes 256,256,256,128 --batch 64 --device cuda
else
  phase render render.py "$work" 16000 --size 256 --workers 2
  phase vae train_vae.py "$work" "$(share 38)" --rate 1.5e-3 --threads "$(nproc)" --batch 4
  phase text train_text.py "$work" --threads "$(nproc)"
  phase unet128 train_unet.py "$work" "$(share 35)" --processes "$(nproc)"
  phase unet256 train_unet.py "$work" "$(share 27)" --sizes 256 --pictures 1200 --rate 1e-3 --processes "$(nproc)"
fi
"$python" export.py "$work" "$work/demo.safetensors"
