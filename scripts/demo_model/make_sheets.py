"""Makes the pictures of the documentation: 32 samples as they come, and befores with their afters; redraw itself makes them.

usage: make_sheets.py FOLDER [--redraw PROGRAM] [--model FILE]     FOLDER becomes docs/pictures
"""
import argparse
import csv
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from captions import caption
from render import sample_attributes
from sheet import read, sheet

ROOT = Path(__file__).resolve().parents[2]
FIRST_SEED = 7_500_000  # of the captions; none of training, of the bars or of the examples
SAMPLES, SIDE = 32, 256
SETTINGS = ["--denoise", "1", "--steps", "20", "--cfg", "4", "--sampler", "DPM++ 2M", "--scheduler", "karras"]
ROWS = {  # example: (input, result, what it shows)
    "sketch": ("sketch/sketch.png", "sketch.png", "a sketch, redrawn at 0.6"),
    "inpaint": ("inpaint/lake.png", "lake.png", "a place of it repainted at 0.9: with boat"),
    "folder": ("folder/pictures/desert.png", "desert.png", "blurred, redrawn at 0.35"),
    "upscale": ("upscale/pictures/lighthouse.png", "lighthouse.png", "128 px, enlarged and redrawn at 0.3"),
    "lora": ("inpaint/lake.png", "lake.png", "redrawn at 0.75 with <lora:ink:0.8>"),
}


def samples(program, model, work):
    """One run over grey pictures, each with a caption of its own; nothing is left out."""
    grey, rows = Image.new("RGB", (SIDE, SIDE), (128, 128, 128)), []
    for i in range(SAMPLES):
        rng = np.random.default_rng(FIRST_SEED + i)
        rows.append({"path": f"{i:02}.png", "prompt": caption(rng, sample_attributes(rng)), "seed": i + 1})
        grey.save(work / rows[-1]["path"])
    with open(work / "prompts.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    subprocess.run([program, "--manifest", work / "prompts.csv", "-M", model, *SETTINGS, "-o", work / "samples"], check=True)
    return sheet([read(str(work / "samples" / row["path"])) for row in rows], 8, SIDE)


def before_and_after(program, model, work):
    cells = []
    for name, (before, after, label) in ROWS.items():
        script = ROOT / "examples" / name / "run.sh"
        subprocess.run([script, work / name, "-M", model], check=True, env={"REDRAW_BIN": str(program), "PATH": "/usr/bin:/bin"})
        cells += [read(f"{ROOT / 'examples' / before}=before"), read(f"{work / name / after}={label}")]
    return sheet(cells, 4, SIDE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--redraw", type=Path, default=ROOT / "build/release/bin/redraw")
    parser.add_argument("--model", type=Path, default=ROOT / "models/demo.safetensors")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    program, model = args.redraw.resolve(), args.model.resolve()
    with tempfile.TemporaryDirectory() as work:
        samples(program, model, Path(work)).save(args.folder / "samples.jpg", quality=88)
        before_and_after(program, model, Path(work)).save(args.folder / "before_and_after.jpg", quality=90)


if __name__ == "__main__":
    main()
