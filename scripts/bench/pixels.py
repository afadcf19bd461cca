"""Pixels before and after the model: redraw beside Pillow and OpenCV, the same operations, in one run.

usage: pixels.py [--bench build/release/bin/bench_pixels] [--side 1024] [--rounds 7]
needs numpy, Pillow and opencv-python-headless; prints a Markdown table of CPU milliseconds (median) and their ratio
"""
import argparse
import io
import json
import subprocess
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, ImageFilter

ROOT = Path(__file__).resolve().parents[2]
FILL_LAYERS = ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1))  # radius, how often it is laid over


def picture_and_mask(side):
    """Smooth noise, as photographs have it, and an ellipse in the middle."""
    rng = np.random.default_rng(7)
    small = rng.integers(0, 256, (side // 16, side // 16, 3), np.uint8)
    picture = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    mask = np.zeros((side, side), np.uint8)
    cv2.ellipse(mask, (side // 2, side // 2), (side // 4, side // 5), 0, 0, 360, 255, -1)
    return Image.fromarray(picture), Image.fromarray(mask)


def blurred(mask, sigma):
    size = 2 * int(2.5 * sigma + 0.5) + 1
    along_x = cv2.GaussianBlur(np.array(mask), (size, 1), sigma)
    return Image.fromarray(cv2.GaussianBlur(along_x, (1, size), sigma))


def outside(picture, mask):
    result = Image.new("RGBa", picture.size)
    result.paste(picture.convert("RGBA").convert("RGBa"), mask=ImageOps.invert(mask))
    return result


def filled(picture, mask):
    result, kept = Image.new("RGBA", picture.size), outside(picture, mask)
    for radius, repeats in FILL_LAYERS:
        layer = kept.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(repeats):
            result.alpha_composite(layer)
    return result.convert("RGB")


def prepare(picture, mask, fill):
    soft = blurred(mask, 32)
    doubled = Image.fromarray(np.clip(np.array(soft).astype(np.int32) * 2, 0, 255).astype(np.uint8))
    overlay = outside(picture, doubled).convert("RGBA")
    return overlay, filled(picture, soft) if fill else picture


def paste_back(picture, overlay):
    under = picture.convert("RGBA")
    under.alpha_composite(overlay)
    return under.convert("RGB")


def matched(source, target):
    """One channel moved to the distribution of another (histograms of 256 values)."""
    ours, theirs = np.bincount(source.ravel(), minlength=256), np.bincount(target.ravel(), minlength=256)
    there = theirs > 0
    values = np.interp(ours.cumsum() / source.size, theirs.cumsum()[there] / target.size, np.flatnonzero(there))
    return values[source].astype(np.uint8)


def correct_colors(picture, target):
    lab, wanted = (cv2.cvtColor(np.array(one), cv2.COLOR_RGB2LAB) for one in (picture, target))
    rgb = cv2.cvtColor(np.dstack([matched(lab[..., i], wanted[..., i]) for i in range(3)]), cv2.COLOR_LAB2RGB)
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    colour, light = rgb.astype(np.float32) / 255, np.array(picture).astype(np.float32) / 255 @ weights
    colour += (light - colour @ weights)[..., None]
    return Image.fromarray((np.clip(colour, 0, 1) * 255).astype(np.uint8))


def median_ms(rounds, run):
    run()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        times.append(1000 * (time.process_time() - start))
    return float(np.median(times))


def peer(picture, mask, rounds):
    overlay, _ = prepare(picture, mask, False)
    half = (picture.width // 2, picture.height // 2)
    runs = {"prepare, blur 32": lambda: prepare(picture, mask, False),
            "prepare, blur 32, fill": lambda: prepare(picture, mask, True),
            "paste back": lambda: paste_back(picture, overlay),
            "colour correction": lambda: correct_colors(picture, picture),
            "Lanczos to half": lambda: picture.resize(half, Image.Resampling.LANCZOS),
            "write PNG": lambda: picture.save(io.BytesIO(), "PNG")}
    return {name: median_ms(rounds, run) for name, run in runs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=ROOT / "build/release/bin/bench_pixels")
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    picture, mask = picture_and_mask(args.side)
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / name) for name in ("picture.png", "mask.png")]
        picture.save(files[0])
        mask.save(files[1])
        ours = json.loads(subprocess.run([args.bench, *files, str(args.rounds)], check=True, capture_output=True).stdout)
    theirs = peer(picture, mask, args.rounds)
    print(f"{args.side} x {args.side}, CPU ms, median of {args.rounds}\n")
    print("| operation | redraw | Pillow and OpenCV | redraw is faster by |\n|---|---|---|---|")
    for name, value in ours.items():
        print(f"| {name} | {value:.1f} | {theirs[name]:.1f} | {theirs[name] / value:.2f} |")


if __name__ == "__main__":
    main()
