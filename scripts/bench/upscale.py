"""How close upscalers come to photographs: pictures shrunk 4x (bicubic) and enlarged again, beside Pillow's bicubic.

usage: upscale.py PICTURES_FOLDER [--redraw build/release/bin/redraw] [--side 256] [--upscaler NAME ...]
PICTURES_FOLDER  for example skimage/data out of scikit-image's wheel (public domain)
needs numpy, Pillow and opencv-python-headless; prints a Markdown table: PSNR (dB), SSIM, detail (energy of
the Laplacian as a share of the original's)
"""
import argparse
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))


def ssim(a, b):
    """Wang et al. 2004 on grey: Gaussian of 11 px, sigma 1.5."""
    a, b = (cv2.cvtColor(x, cv2.COLOR_RGB2GRAY).astype(float) for x in (a, b))
    blur = lambda x: cv2.GaussianBlur(x, (11, 11), 1.5)
    ma, mb = blur(a), blur(b)
    va, vb, cov = blur(a * a) - ma**2, blur(b * b) - mb**2, blur(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))))


def detail(a, original):
    """Energy of the Laplacian as a share of the original's: 1 is as crisp."""
    energy = lambda x: np.mean(cv2.Laplacian(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY), cv2.CV_64F) ** 2)
    return energy(a) / energy(original)


def centre(path, side):
    picture = Image.open(path).convert("RGB")
    x, y = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((x, y, x + side, y + side))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--redraw", default=ROOT / "build/release/bin/redraw", type=Path)
    parser.add_argument("--side", default=256, type=int)
    parser.add_argument("--upscaler", nargs="*", default=["realesrgan-x4plus", "realesr-animevideov3-x4"])
    args = parser.parse_args()
    print("| picture | upscaler | PSNR | SSIM | detail |\n|---|---|---|---|---|")
    for name in NAMES:
        original = centre(args.pictures / name, args.side)
        small = original.resize((args.side // 4,) * 2, Image.BICUBIC)
        results = [("bicubic", np.asarray(small.resize(original.size, Image.BICUBIC)))]
        with tempfile.TemporaryDirectory() as folder:
            small.save(f"{folder}/small.png")
            for upscaler in args.upscaler:
                subprocess.run([args.redraw, "upscale", f"{folder}/small.png", "--upscaler", upscaler, "-o", f"{folder}/{upscaler}", "-q"], check=True)
                results.append((upscaler, np.asarray(Image.open(f"{folder}/{upscaler}/small.png"))))
        for upscaler, result in results:
            a = np.asarray(original)
            print(f"| {name.split('.')[0]} | {upscaler} | {psnr(result, a):.2f} | {ssim(result, a):.4f} | {detail(result, a):.2f} |", flush=True)


if __name__ == "__main__":
    main()
