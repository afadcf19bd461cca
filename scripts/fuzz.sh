#!/usr/bin/env bash
# Fuzzes one reader with clang's libFuzzer, from its corpus on.
#   scripts/fuzz.sh TARGET [SECONDS]      (targets: the folders of tests/fuzz/corpus)
# What it finds is written to build/fuzz/found/TARGET; a crash goes into the corpus once it is fixed.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -d "tests/fuzz/corpus/${1:-}" ] && [ -n "${1:-}" ] || { ls tests/fuzz/corpus; exit 2; }
[ -d build/fuzz ] || cmake --preset fuzz > /dev/null
cmake --build build/fuzz --target "fuzz_$1"
mkdir -p "build/fuzz/found/$1"
exec "build/fuzz/bin/fuzz_$1" -max_total_time="${2:-300}" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 \
  -artifact_prefix="build/fuzz/found/$1/" -print_final_stats=1 "build/fuzz/found/$1" "tests/fuzz/corpus/$1"
