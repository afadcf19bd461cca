#!/usr/bin/env bash
# The page of a sweep in headless Chromium without network: every picture, choosing, dragging, the keyboard's slider.
# usage: sweep_page.sh REDRAW, the program or the stand-in. Exit code 77: Chromium is not there, nothing was tested.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
redraw=$(realpath "$1")
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[ -n "$browser" ] || { echo "tests/page/sweep_page.sh: skipped: Chromium is not installed (apt-get install chromium)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$here/../../examples/folder/pictures/desert.png" a.png
echo "no model: the stand-in does not look" > model.safetensors
"$redraw" a.png -M ./model.safetensors -p "a lake" --size 64x64 --seed 7 -o out -q --sweep "denoise=0.2..0.6 step 0.2" --sweep "prompt_sr=lake,sea x"
[ "$(grep -c . out/sweep.csv)" = 7 ] || { echo "FAILED: out/sweep.csv has not 6 cells" >&2; exit 1; }
{ cat out/sweep.html; echo "<script>"; cat "$here/check.js"; echo "</script>"; } > out/test.html
# loading="lazy" waits for the view: all are in it.
"$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --host-resolver-rules="MAP * ~NOTFOUND" \
  --window-size=1600,2400 --virtual-time-budget=5000 --dump-dom "file://$work/out/test.html" > dom.html 2> browser.txt || { cat browser.txt >&2; exit 1; }
title=$(sed -n 's:.*<title>\(.*\)</title>.*:\1:p' dom.html | head -n 1)
[ "$title" = "page ok" ] || { echo "FAILED: $title" >&2; exit 1; }
echo "$title"
