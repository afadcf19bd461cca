#!/usr/bin/env bash
# What a run costs beside its model: overhead per picture, memory over many pictures, the ledger, the plan; and how
# much of its time a folder of 1024 px pictures leaves to a model that takes MS a picture.
# Uses the stand-in engine (build/release/stand_in), whose model is a sleep. Arguments: pictures (10000), MS (250).
set -euo pipefail
cd "$(dirname "$0")/../.."
many=${1:-10000}
model_ms=${2:-250}
large=64  # pictures of 1024 px; four go into one call of the stand-in
redraw=${REDRAW_STAND_IN:-$PWD/build/release/stand_in/redraw}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf x > model.safetensors
python3 - "$many" "$large" <<'PY'
import os, random, struct, sys, zlib
def chunk(kind, data): return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
def write(path, salt, side=64, noise=0):
    draw = random.Random(salt)
    rows = b''.join(b'\0' + bytes((salt * 7 + y * 5 + i) % 256 for i in range(3)) * (side - noise) + draw.randbytes(3 * noise) for y in range(side))
    with open(path, 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0)) +
                   chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
os.makedirs('in')
for i in range(int(sys.argv[1])): write(f'in/p{i:05}.png', i)
os.makedirs('large')
for i in range(int(sys.argv[2])): write(f'large/p{i:02}.png', i, 1024, 512)  # half noise: 1.6 MB as a file, like a photograph
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

# Start and end are paid once a run: the time of one call of four is taken off the time of all.
share() {
  python3 - "$redraw" "$model_ms" "$large" <<'PY'
import os, subprocess, sys, time
redraw, ms, count = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
def seconds(inputs, out):
    start = time.time()
    subprocess.run([redraw, '-M', './model.safetensors', '--seed', '7', '-q', *inputs, '-o', out], check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {'REDRAW_STAND_IN_MS': str(4 * ms)})
    return time.time() - start
few = [f'large/p{i:02}.png' for i in range(4)]
once, all_of_them = seconds(few, 'share4'), seconds(['large'], 'share')
share = (count - 4) * ms / 1000 / (all_of_them - once)
print(f'{count} pictures of 1024 px, model {ms:.0f} ms each: {all_of_them:.2f} s, start and first call {once:.2f} s; {100 * share:.1f} % of the model alone')
PY
}
share
