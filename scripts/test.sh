#!/usr/bin/env bash
# Sets up, builds and runs all tests. Last line: "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh release "$@" || exit 1
bin=$PWD/build/release/bin
export REDRAW_BIN=$bin/redraw
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-0}  # as the program itself has it: src/base/threads.cpp
stand_in=$PWD/build/release/stand_in/redraw  # the program with an engine without a model
passed=0
failed=0

count() { passed=$((passed + $1)); failed=$((failed + $2)); }

# A Catch2 program counts its own test cases in its last lines.
room() {
  local out last
  out=$("$1" 2>&1)
  last=$(tail -n 5 <<< "$out")
  if [[ $last =~ All\ tests\ passed\ \(.*\ in\ ([0-9]+)\ test ]]; then
    count "${BASH_REMATCH[1]}" 0
    printf '%-24s %s passed\n' "$(basename "$1")" "${BASH_REMATCH[1]}"
  elif [[ $last =~ test\ cases:\ *([0-9]+)\ \|\ *([0-9]+)\ passed\ \|\ *([0-9]+)\ failed ]]; then
    count "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}"
    printf '%s\n' "$out"
  elif [[ $last =~ test\ cases:\ *([0-9]+)\ \|\ *([0-9]+)\ failed ]]; then
    count 0 "${BASH_REMATCH[2]}"
    printf '%s\n' "$out"
  else
    count 0 1
    printf '%s\n%s: no result\n' "$out" "$1"
  fi
}

golden() {
  local out
  out=$(scripts/golden.sh "$@" 2>&1)
  printf '%s\n' "$out"
  if [[ $(tail -n 1 <<< "$out") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped ]]; then
    count "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  else
    count 0 1
  fi
}

example() {
  local out
  if out=$(bash "$1" "$(mktemp -d)" 2>&1); then
    count 1 0
    printf '%-40s passed\n' "$1"
  else
    count 0 1
    printf '%s\n%-40s FAILED\n' "$out" "$1"
  fi
}

# What needs tools that the set-up does not install; 77: they are not there.
with_tools() {
  local out code
  out=$(bash "$1" "$stand_in" 2>&1)
  code=$?
  if [ $code = 77 ]; then
    printf '%s\n' "$out"
  else
    count $((code == 0)) $((code != 0))
    [ $code = 0 ] || printf '%s\n' "$out"
    printf '%-40s %s\n' "$1" "$([ $code = 0 ] && echo passed || echo FAILED)"
  fi
}

for program in "$bin"/test_*; do room "$program"; done
golden tests/golden
[ -d ../shared/golden ] && golden ../shared/golden
for script in tests/page/sweep_page.sh tests/machines/parallel.sh scripts/slurm/test.sh scripts/gpu/test.sh; do with_tools "$script"; done
for script in examples/*/run.sh; do example "$script"; done
for check in scripts/layers.sh; do example "$check"; done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
