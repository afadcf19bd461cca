# What every run.sh shares: $here, $out, $flags, $redraw, `expect PICTURE TEXT` and `unchanged PICTURE`. Sourced, never run.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=${1:-$root/redrawn/$(basename "$here")}
flags=("${@:2}")
redraw=${REDRAW_BIN:-$root/build/release/bin/redraw}
[ -x "$redraw" ] || { echo "there is no $redraw; fix: scripts/build.sh demo" >&2; exit 1; }

# The picture is there, is a PNG, and `redraw show` reads TEXT in its parameters.
expect() {
  local shown
  [ -s "$1" ] || { echo "FAILED: there is no $1" >&2; exit 1; }
  [ "$(head -c 8 "$1" | tail -c 7 | head -c 3)" = PNG ] || { echo "FAILED: $1 is no PNG" >&2; exit 1; }
  shown=$("$redraw" show "$1") || { echo "FAILED: redraw show $1" >&2; exit 1; }
  [[ $shown == *"$2"* ]] || { printf 'FAILED: %s does not say "%s":\n%s\n' "$1" "$2" "$shown" >&2; exit 1; }
  echo "made $1"
}

# Width and height as the PNG's header says.
size_of() { printf '%dx%d\n' "0x$(od -An -tx1 -j16 -N4 "$1" | tr -d ' ')" "0x$(od -An -tx1 -j20 -N4 "$1" | tr -d ' ')"; }

# The picture says that no pixel outside its mask has changed.
unchanged() {
  [[ $("$redraw" show --json "$1") == *'"changed_outside_mask":0'* ]] || { echo "FAILED: $1 changed outside its mask" >&2; exit 1; }
}
