#!/usr/bin/env bash
# What a CI job runs: redraw, then compare with the golden pictures.   check.sh RECIPE GOLDEN OUT [FLAG...]
# Exit code 0: within the limits; 1: a picture differs (OUT/diff shows where, OUT/report.xml is for the CI
# server); else what redraw itself says. New golden pictures: redraw compare GOLDEN OUT/made --update-golden
set -euo pipefail
redraw=${REDRAW_BIN:-redraw}
recipe=$1 golden=$2 out=$3
"$redraw" --recipe "$recipe" --output "$out/made" --existing overwrite --quiet "${@:4}"
"$redraw" compare "$golden" "$out/made" --min-psnr 40 --max-flip 0.02 --diff "$out/diff" --junit "$out/report.xml"
