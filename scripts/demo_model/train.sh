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
common=(--device "$device" --threads "$(nproc)")
[ "$device" = cuda ] && common+=(--batch 256)
mkdir -p "$work"
[ -e "$work/attrs1.pkl" ] || "$python" render.py "$work" 16000 --size 256 --workers 2
[ -e "$work/vae.pt" ] || "$python" train_vae.py "$work" "$(share 20)" --phase encoder "${common[@]}"
if [ ! -e "$work/stage128" ]; then "$python" train_unet.py "$work" "$(share 40)" "${common[@]}" && touch "$work/stage128"; fi
if [ ! -e "$work/stage_decoder" ]; then "$python" train_vae.py "$work" "$(share 10)" --phase decoder "${common[@]}" && touch "$work/stage_decoder"; fi
"$python" train_unet.py "$work" "$(share 30)" --size 256 --pictures 3000 --rate 1e-3 "${common[@]}"
"$python" export.py "$work" "$work/demo.safetensors"
