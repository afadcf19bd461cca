#!/usr/bin/env bash
# What can be said of the CUDA kernels without a GPU: they compile for every architecture, spill no register into memory,
# and read and write 16 bytes at once. Exit code 77 where there is no CUDA toolkit.
#   scripts/gpu/check_build.sh [ARCHITECTURE...]      default: 75 80 86 89 90a 100 120
# cuobjdump, where it is (CUOBJDUMP names it), shows the accesses in the machine code; without it they are read off the PTX.
set -euo pipefail
cd "$(dirname "$0")/../.."
nvcc=${CUDACXX:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
[ -x "$nvcc" ] || { echo "gpu build check: skipped: there is no CUDA toolkit (nvcc)"; exit 77; }
architectures=("$@")
[ $# -gt 0 ] || architectures=(75 80 86 89 90a 100 120)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "gpu build check: $1" >&2; exit 1; }

targets=()
for architecture in "${architectures[@]}"; do targets+=("-gencode=arch=compute_$architecture,code=sm_$architecture"); done
"$nvcc" -std=c++17 -O3 -Isrc -Xcompiler -fPIC -Xptxas -v --threads 2 "${targets[@]}" -c src/cuda/kernels.cu -o "$work/kernels.o" 2> "$work/log" ||
  { cat "$work/log" >&2; fail "the kernels do not compile"; }
grep -iE 'warning|error' "$work/log" && fail "the compiler warns"

kernels=$(grep -c 'Compiling entry function' "$work/log")
clean=$(grep -c ' 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads' "$work/log" || true)
[ "$kernels" -gt 0 ] || fail "no kernel was compiled"
if [ "$kernels" -ne "$clean" ]; then
  grep -B 2 'bytes stack frame' "$work/log" | grep -v ' 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads' >&2
  fail "$((kernels - clean)) of $kernels kernels keep registers in memory"
fi
registers=$(grep -oE 'Used [0-9]+ registers' "$work/log" | grep -oE '[0-9]+' | sort -n | tail -n 1)
[ "$registers" -le 64 ] || fail "a kernel uses $registers registers: two blocks of 512 threads no longer fit"

# Of each kernel that works on packs: its name holds 8 (halves) or 4 (f32) numbers to an access. All read so, all but the
# sums write so.
readers='(sum|normalize|geglu|add|double)_kernelI.*Li[48]E'
writers='(normalize|geglu|add|double)_kernelI.*Li[48]E'
count_wide() {  # HEAD KERNELS PATTERN: of these kernels, how many have such an access
  awk -v head="$1" -v kernels="$2" -v wide="$3" '$0 ~ head {inside = ($0 ~ kernels); name = $0}
    inside && $0 ~ wide {seen[name] = 1} END {n = 0; for (k in seen) ++n; print n}' "$work/code"
}
cuobjdump=${CUOBJDUMP:-$(command -v cuobjdump || true)}
if [ -n "$cuobjdump" ]; then
  times=${#architectures[@]}
  "$cuobjdump" --dump-sass "$work/kernels.o" | awk '/arch = /{arch = $0} /Function : /{print $0, arch; next} {print}' > "$work/code"
  loads=$(count_wide 'Function : ' "$readers" 'LDG[.].*128')
  stores=$(count_wide 'Function : ' "$writers" 'STG[.].*128')
  how="machine code"
else
  times=1
  "$nvcc" -std=c++17 -O3 -Isrc -arch=compute_80 -ptx src/cuda/kernels.cu -o "$work/code"
  loads=$(count_wide '[.]entry ' "$readers" 'ld[.]global.*v4[.]')
  stores=$(count_wide '[.]entry ' "$writers" 'st[.]global.*v4[.]')
  how="PTX (no cuobjdump here)"
fi
[ "$loads" -eq $((15 * times)) ] || fail "$loads of $((15 * times)) kernels read 16 bytes at once, by the $how"
[ "$stores" -eq $((12 * times)) ] || fail "$stores of $((12 * times)) kernels write 16 bytes at once, by the $how"
echo "gpu build check: $kernels kernels for ${architectures[*]}, no spills, at most $registers registers, 16-byte accesses by the $how"
