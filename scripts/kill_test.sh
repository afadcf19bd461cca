#!/usr/bin/env bash
# Kills the real program 200 times at random moments; build/release must be built. Takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
exec build/release/bin/test_cli "*200 times"  # a comma in the name would part it
