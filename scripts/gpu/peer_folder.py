"""A folder through diffusers as its users do it: one picture after the other, each made into a PNG.

usage: peer_folder.py WORK.json FOLDER        WORK.json as for scripts/bench/peers.py; its steps are model calls, as many as redraw makes
Prints one line of JSON; loading does not count, the first picture does not either.
"""
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import peers  # noqa: E402


def main():
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print
    work = json.loads(Path(sys.argv[1]).read_text())
    from PIL import Image
    pipeline, _, versions = peers.load_diffusers(work)
    print("loaded", file=sys.stderr, flush=True)
    files = sorted(Path(sys.argv[2]).glob("*.png"))[:25]
    peers.run_once(pipeline, Image.open(files[0]).convert("RGB"), work)
    start = time.perf_counter()
    for file in files[1:]:
        peers.run_once(pipeline, Image.open(file).convert("RGB"), work)
    took = time.perf_counter() - start
    os.write(out, (json.dumps({"pictures": len(files) - 1, "seconds": took, "pictures_per_s": (len(files) - 1) / took, "versions": versions}) + "\n").encode())


if __name__ == "__main__":
    main()
