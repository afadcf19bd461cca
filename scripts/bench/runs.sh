#!/usr/bin/env bash
# What a run costs beside its model: overhead per picture, memory over many pictures, the ledger, the plan.
# Uses the stand-in engine (build/release/stand_in), whose model time is nothing. Argument: pictures (10000).
set -euo pipefail
cd "$(dirname "$0")/../.."
many=${1:-10000}
redraw=${REDRAW_STAND_IN:-$PWD/build/release/stand_in/redraw}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf x > model.safetensors
python3 - "$many" <<'PY'
import os, struct, sys, zlib
def chunk(kind, data): return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
side = 64
def write(path, salt):
    rows = b''.join(b'\0' + bytes((salt * 7 + y * 5 + i) % 256 for i in range(3)) * side for y in range(side))
    with open(path, 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0)) +
                   chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
os.makedirs('in')
for i in range(int(sys.argv[1])): write(f'in/p{i:05}.png', i)
PY
mkdir first; for i in $(seq -f %05g 0 999); do ln "in/p$i.png" first/; done
run() { # label, then the arguments
  local label=$1; shift
  python3 - "$label" "$redraw" -M ./model.safetensors --seed 7 -q "$@" <<'PY'
import resource, subprocess, sys, time
start = time.time()
subprocess.run(sys.argv[2:], check=True, stdout=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f'{sys.argv[1]}: {time.time() - start:.2f} s, CPU {usage.ru_utime + usage.ru_stime:.2f} s, at most {usage.ru_maxrss / 1024:.0f} MB', flush=True)
PY
}
run "plan of $many (--dry-run --json)" in --dry-run --json -o none
run "1000 pictures" first -o out1
run "1000 pictures, nothing to do (--resume)" first -o out1 --resume
run "$many pictures" in -o outm
run "$many pictures, nothing to do (--resume)" in -o outm --resume
