#!/usr/bin/env bash
# Fails where a room of src/ includes a room that stands above or beside it (docs/ARCHITECTURE.md).
set -euo pipefail
cd "$(dirname "$0")/.."
declare -A below=(
  [base]="" [formats]="base" [inspect]="formats base" [image]="base" [canvas]="image base" [prompt]="base" [schedule]="base"
  [recipe]="schedule prompt base" [batch]="recipe schedule prompt canvas image inspect formats base"
  [cli]="batch inspect recipe schedule prompt canvas image base"
  [kernels]="base" [nn]="kernels formats base" [models]="nn inspect formats prompt schedule base" [lora]="nn base" [upscale]="nn image base" [cuda]="nn base" [sampling]="nn schedule base"
  [pipeline]="sampling models lora upscale nn canvas image prompt schedule base"
)
bad=0
for room in src/*/; do
  room=$(basename "$room")
  if [ -z "${below[$room]+set}" ]; then echo "room $room is not in scripts/layers.sh"; bad=1; continue; fi
  while IFS=: read -r file included; do
    other=${included%%/*}
    [ "$other" = "$room" ] && continue
    if ! grep -qw "$other" <<< "${below[$room]}"; then
      echo "$file includes $included: $other does not stand below $room"; bad=1
    fi
  done < <(grep -RHoE '^#include "(base|formats|inspect|image|canvas|prompt|schedule|recipe|batch|cli|kernels|nn|cuda|models|lora|upscale|sampling|pipeline)/[^"]+' "src/$room" | sed 's/#include "//')
done
[ "$bad" -eq 0 ] && echo "layers: every arrow points down"
exit "$bad"
