"""How long the commands take that need no model, beside the start of a program that is linked to libtorch.

usage: start.py [--bin build/release/bin] [--rounds 20]
prints a Markdown table: milliseconds of the wall, median and least, and the libraries of libtorch that each start maps
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def commands(folder, bin_folder):
    """{what: command}; all in `folder`, which holds two pictures and a recipe with a mistake."""
    redraw = str(bin_folder / "redraw")
    picture = str(ROOT / "examples/inpaint/lake.png")
    (folder / "wrong.yaml").write_text("stepz: 3\n")
    return {"--help": [redraw, "--help"], "--version": [redraw, "--version"],
            "a recipe with a mistake": [redraw, "check", str(folder / "wrong.yaml")],
            "show": [redraw, "show", picture], "compare": [redraw, "compare", picture, picture],
            "--dry-run": [redraw, picture, "--dry-run", "-o", str(folder / "out")],
            "linked to libtorch (test_nn --list-tags)": [str(bin_folder / "test_nn"), "--list-tags"]}


def milliseconds(command, rounds):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        times.append(1000 * (time.perf_counter() - start))
    return times


def torch_libraries(command):
    """Names of libtorch's libraries that the loader opens."""
    result = subprocess.run(command, env=os.environ | {"LD_DEBUG": "files"}, capture_output=True, text=True, check=False)
    return sorted({name for name in ("libtorch_cpu", "libc10", "libredraw_engine") if f"{name}.so" in result.stderr})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/bin")
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    print("| command | ms, median | ms, least | of libtorch |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for what, command in commands(Path(folder), args.bin.resolve()).items():
            times = milliseconds(command, args.rounds)
            print(f"| {what} | {statistics.median(times):.0f} | {min(times):.0f} | {', '.join(torch_libraries(command)) or 'nothing'} |")


if __name__ == "__main__":
    main()
