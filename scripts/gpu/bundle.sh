#!/usr/bin/env bash
# Packs what scripts/gpu/run.sh needs on a host without network or compiler: the built programs, the libraries that they
# use (libtorch is the host's own), CLIP's vocabulary and, for the peers, diffusers.
#   scripts/gpu/bundle.sh [--no-peers] [FILE.tar.xz]      default: build/gpu_bundle.tar.xz
set -euo pipefail
cd "$(dirname "$0")/../.."
peers=(diffusers==0.42.1 importlib_metadata==10.2.0 zipp==4.1.2)  # what they need besides is the host's, transformers 5 there
with_peers=1
[ "${1:-}" = --no-peers ] && { with_peers=0; shift; }
out=$(realpath -m "${1:-build/gpu_bundle.tar.xz}")
bin=build/release/bin
for file in redraw libredraw_engine.so libredraw_cuda.so test_cuda; do
  [ -e "$bin/$file" ] || { echo "gpu bundle: $bin/$file is missing; fix: scripts/build.sh release" >&2; exit 3; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/lib" "$work/share/redraw"
for file in redraw libredraw_engine.so libredraw_cuda.so test_cuda; do strip -o "$work/bin/$file" "$bin/$file"; done
chmod +x "$work"/bin/*

# What the loader finds outside of libtorch's folders and of the C and C++ libraries that every host has.
ldd "$bin/redraw" "$bin/libredraw_engine.so" "$bin/test_cuda" | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
  grep -vE '/(libc|libm|libdl|librt|libpthread|libgcc_s|libstdc\+\+|libgomp|ld-linux[^/]*)[.-]' |
  grep -vE '/(torch/lib|nvidia|cuda[^/]*)/' | while read -r library; do cp -L "$library" "$work/lib/"; done
cp .deps/clip/bpe_simple_vocab_16e6.txt.gz "$work/share/redraw/"
if [ "$with_peers" = 1 ]; then
  python3 -m pip install -q --disable-pip-version-check --no-deps --no-compile --target "$work/peers" "${peers[@]}"
fi
{ git rev-parse HEAD; git status --porcelain --untracked-files=no | head -n 5; date -u +%FT%TZ; } > "$work/bundle.txt"
mkdir -p "$(dirname "$out")"
tar -C "$work" -cf - . | xz -6 -T 2 > "$out.part"
mv "$out.part" "$out"
printf 'gpu bundle: %s, %d KiB: %s\n' "$out" "$(($(stat -c %s "$out") / 1024))" "$(cd "$work" && echo *)"
