#!/usr/bin/env bash
# On a host with an NVIDIA GPU: the CUDA path against the CPU, then the examples on both with their times.
#   scripts/gpu/check.sh [OUT]      (needs nothing built; LIBTORCH names a libtorch with CUDA to use instead of .deps)
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(realpath -m "${1:-build/gpu}")
scripts/build.sh release --cuda
mkdir -p "$out"
{
  git rev-parse HEAD 2> /dev/null || true
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
  grep -m 1 'model name' /proc/cpuinfo
} | tee "$out/machine.txt"

build/release/bin/test_cuda | tee "$out/test_cuda.txt"
if ! grep -q 'All tests passed' "$out/test_cuda.txt" || grep -qi 'skipped' "$out/test_cuda.txt"; then
  echo "gpu check: the CUDA tests did not pass, or found no GPU" >&2
  exit 1
fi
for device in cpu cuda; do
  for script in examples/*/run.sh; do
    name=$(basename "$(dirname "$script")")
    start=$(date +%s.%N)
    "$script" "$out/$device/$name" --device "$device" > "$out/$device-$name.log" 2>&1
    printf '%s %s %.2f s\n' "$device" "$name" "$(echo "$(date +%s.%N) - $start" | bc)"
  done
done | tee "$out/times.txt"
echo "gpu check: passed; raw results in $out"
