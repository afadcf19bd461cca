#!/usr/bin/env bash
# Tests what runs on a GPU without one: the kernels' build, the plan of scripts/gpu/run.sh, and its way through on the CPU
# with the demo model. scripts/test.sh calls it.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "gpu scripts: $1" >&2; exit 1; }

built=0
scripts/gpu/check_build.sh || built=$?
if [ $built = 0 ]; then
  if NVCC_APPEND_FLAGS="-Xptxas -O0" scripts/gpu/check_build.sh 80 > "$work/spills" 2>&1; then fail "registers kept in memory are not found"; fi
  grep -q "keep registers in memory" "$work/spills" || fail "the build check fails for another reason: $(tail -n 1 "$work/spills")"
elif [ $built != 77 ]; then
  exit 1
fi

scripts/gpu/run.sh --plan --minutes 1 > "$work/plan"
for leg in ceilings kernels sd15_b1 sd15_b16 sdxl_b1 sdxl_b8 vae_2048 load folder one_off upscale peer_sdxl_b8_compiled; do
  grep -q "^$leg: " "$work/plan" || fail "the plan has no leg $leg"
done
if scripts/gpu/run.sh --legs nothing > "$work/unknown" 2>&1; then fail "a leg that there is not is taken"; fi

ran=kernels,sd15_b1,trace_sd15_b16,accuracy,folder,upscale
sleep 4321 & other=$!  # a stand-in for a training run on the same GPU
PYTHONDONTWRITEBYTECODE=1 scripts/gpu/run.sh --device cpu --tiny --minutes 20 --legs "$ran" --beside 'sleep 4321' --out "$work/out" > "$work/log" 2>&1 || { cat "$work/log" "$work"/out/*.log; fail "the run failed"; }
python3 - "$work/out/results.json" "$ran" <<'CHECK' || { cat "$work/log"; fail "the results are not complete"; }
import json, sys
legs = json.load(open(sys.argv[1]))["legs"]
ran = sys.argv[2].split(",")
for name, row in legs.items():
    want = row["state"] == "done" if name in ran else row["state"].startswith("left out: ")
    if not want:
        sys.exit(f"{name}: {row['state']}")
for name in ("sd15_b1", "folder"):
    if legs[name]["stood_still_beside"] < 1:
        sys.exit(f"{name} measured beside other work")
numbers = legs["sd15_b1"]["numbers"]
if not (numbers["forwards_per_s"] > 0 and numbers["pictures_per_s"] > 0 and numbers["ms"]["vae_decode"] > 0):
    sys.exit(f"sd15_b1: {numbers}")
CHECK
case $(ps -o stat= -p $other) in S*) kill $other ;; *) fail "what stood still beside a leg does not go on" ;; esac
# A leg that is over its time is named, and the next one runs.
scripts/gpu/run.sh --device cpu --tiny --minutes 0.2 --legs folder,upscale --out "$work/short" > "$work/log" 2>&1 || true
grep -q '"upscale"' "$work/short/results.json" || fail "a leg was lost when the time was over"

PYTHONDONTWRITEBYTECODE=1 python3 scripts/gpu/run.py --goals docs/benchmarks/h200_2026-11-27_6c38b64.json > "$work/goals"
python3 - "$work/goals" docs/BENCHMARKS.md <<'CHECK' || fail "docs/BENCHMARKS.md has another table of goals than scripts/gpu/goals.py"
import sys
sys.exit(open(sys.argv[1]).read() not in open(sys.argv[2]).read())
CHECK
echo "gpu scripts: all as expected"
