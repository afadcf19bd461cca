"""Measures a demo model against its bars with pictures that training never saw; redraw itself does the sampling.

usage: evaluate.py MODEL.safetensors WORK [--redraw PROGRAM] [--n 200] [--keep FOLDER]
WORK holds classifier.pt (train_classifier.py); prints a Markdown table; exit 1 where a bar is missed
"""
import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from data import to_tensor
from export import nets_of
from metrics import print_table, psnr, sharpness, ssim
from render import PLACES, render, sample_attributes
from train_classifier import GROUPS, THINGS, Classifier, has_season, hits, read

ROOT = Path(__file__).resolve().parents[2]
FIRST_SEED = 7_000_000  # neither training nor the classifier's own test comes here
BARS = {"time": 0.95, "terrain": 0.90, "season": 0.70}
EACH = 2  # pictures of one prompt
FEW = 10  # a thing that was asked for less often is shown, not judged
WORDS = {"trees": "pine trees"}
PRAISE = "masterpiece, best quality, highly detailed, scenery"


class Bench:
    """What all measurements share: model, judge, program, number of pictures, folder; and the rows of the table."""

    def __init__(self, args, folder):
        self.model, self.program, self.n, self.folder, self.rows = args.model, args.redraw, args.n, folder, []
        self.vae, _ = nets_of(args.model)
        self.judge = Classifier().eval()
        self.judge.load_state_dict(torch.load(args.work / "classifier.pt", map_location="cpu", weights_only=True))
        self.renders = [render(FIRST_SEED + i) for i in range(args.n)]

    def row(self, what, value, count, bar=None, at_most=False, digits=3):
        met = None if bar is None else (value <= bar if at_most else value >= bar)
        self.rows.append((what, f"{value:.{digits}f}", "" if bar is None else f"{'<=' if at_most else '>='} {bar:.{digits}f}",
                          {None: "", True: "met", False: "missed"}[met], count))

    def redraw(self, name, pictures, prompt, denoise, seed=1, **settings):
        """The pictures after one run of the program over a folder of them."""
        before, after = self.folder / name / "before", self.folder / name / "after"
        before.mkdir(parents=True, exist_ok=True)
        for i, picture in enumerate(pictures):
            cv2.imwrite(str(before / f"{i:04}.png"), picture[..., ::-1])
        settings |= {"model": self.model, "output": after, "prompt": prompt, "denoise": denoise, "seed": seed,
                     "steps": 20, "cfg-scale": 4, "existing": "overwrite"}
        flags = [part for key, value in settings.items() for part in (f"--{key}", str(value))]
        subprocess.run([self.program, before, *flags], check=True, stdout=subprocess.DEVNULL)
        return [cv2.imread(str(after / f"{i:04}.png"))[..., ::-1] for i in range(len(pictures))]

    @torch.no_grad()
    def through_vae(self, picture):
        result = self.vae.decode(self.vae.encode(to_tensor(picture[None].copy(), "cpu")))
        return ((result[0].clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()


def text_of(a):
    season = [a["season"]] if has_season(a) else []
    return ", ".join([a["time"], a["terrain"], *season, *(WORDS.get(thing, thing) for thing in THINGS if a[thing])])


def recalls(asked, seen):
    """{thing: [seen or not, ...]} where it was asked for."""
    return {thing: [b[thing] for a, b in zip(asked, seen) if a[thing]] for thing in THINGS}


def unasked(asked, seen):
    """{thing: [seen or not, ...]} where it was not asked for and could stand; things of one terrain or two alone."""
    return {thing: [b[thing] for a, b in zip(asked, seen) if not a[thing] and a["terrain"] in terrains] for thing, (terrains, *_) in PLACES.items()}


def measure_judge(bench):
    right = sum(hits([a for _, a in bench.renders], read(bench.judge, [picture for picture, _ in bench.renders])).values(), [])
    bench.row("classifier on renders", np.mean(right), len(bench.renders), 0.97)


def measure_vae(bench):
    """Returns its mean PSNR and, of each thing, how often it is still seen."""
    pictures, attributes = zip(*bench.renders)
    results = [bench.through_vae(picture) for picture in pictures]
    values = [psnr(a, b) for a, b in zip(pictures, results)]
    bench.row("VAE, mean PSNR (dB)", np.mean(values), len(values), 31, digits=1)
    bench.row("VAE, least PSNR (dB)", min(values), len(values), 26, digits=1)
    bench.row("VAE, mean SSIM", np.mean([ssim(a, b) for a, b in zip(pictures, results)]), len(values), 0.93)
    return np.mean(values), {thing: np.mean(row or [0]) for thing, row in recalls(attributes, read(bench.judge, results)).items()}


def measure_prompts(bench, ceiling):
    """Denoise 1 from grey is as good as text to image."""
    grey, asked, made = np.full((256, 256, 3), 128, np.uint8), [], []
    for i in range(0, bench.n, EACH):
        a = sample_attributes(np.random.default_rng(FIRST_SEED + i))
        made += bench.redraw(f"prompt{i:04}", [grey] * EACH, text_of(a), 1, 100 + i)
        asked += [a] * EACH
    seen = read(bench.judge, made)
    for key in GROUPS:
        row = hits(asked, seen)[key]
        bench.row(f"prompt: {key}", np.mean(row), len(row), BARS[key])
    for thing, row in recalls(asked, seen).items():
        if row:
            bar = max(0.8 * ceiling[thing], 0.05) if len(row) >= FEW else None
            bench.row(f"prompt: {thing} (VAE ceiling {ceiling[thing]:.2f})", np.mean(row), len(row), bar)
    for thing, row in unasked(asked, seen).items():
        bench.row(f"unasked: {thing}", np.mean(row or [0]), len(row))


def measure_redraw(bench, vae_psnr):
    sharp = [picture for picture, _ in bench.renders]
    soft = [cv2.GaussianBlur(picture, (0, 0), 2) for picture in sharp]
    made = bench.redraw("redraw", soft, PRAISE, 0.35)
    gain = [sharpness(b) / sharpness(a) for a, b in zip(soft, made)]
    bench.row("blurred input, PSNR to the original (dB)", np.mean([psnr(a, b) for a, b in zip(sharp, soft)]), len(soft), digits=1)
    bench.row("redraw at 0.35, PSNR to the original (dB)", np.mean([psnr(a, b) for a, b in zip(sharp, made)]), len(made),
              vae_psnr - 2, digits=1)
    bench.row("redraw at 0.35, sharpness over its input's", np.median(gain), len(made), 1.01, digits=2)


def measure_inpaint(bench):
    mask, made, before = np.zeros((256, 256), np.uint8), [], []
    cv2.ellipse(mask, (128, 178), (52, 48), 0, 0, 360, 255, -1)
    cv2.imwrite(str(bench.folder / "mask.png"), mask)
    empty = {thing: False for thing in THINGS} | {"season": "summer"}
    for group, (time_of_day, terrain) in enumerate((t, w) for t in GROUPS["time"] for w in ("lake", "sea")):
        a, first = empty | {"time": time_of_day, "terrain": terrain}, FIRST_SEED + 100_000 * (group + 1)
        pictures = [render(first + i, 256, a)[0] for i in range(max(1, bench.n // 8))]
        made += bench.redraw(f"inpaint{group}", pictures, text_of(a | {"boat": True}), 1, 500, mask=bench.folder / "mask.png")
        before += pictures
    bench.row("boat seen before the inpaint", np.mean([a["boat"] for a in read(bench.judge, before)]), len(before))
    bench.row("inpaint: boat", np.mean([a["boat"] for a in read(bench.judge, made)]), len(made), 0.70)


def measure_speed(bench, runs=5):
    seconds = []
    for _ in range(runs):
        start = time.time()
        bench.redraw("speed", [bench.renders[0][0]], PRAISE, 0.75)
        seconds.append(time.time() - start)
    bench.row("256 px img2img, 20 steps at 0.75, with start (s)", np.median(seconds), runs, 4, at_most=True, digits=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--redraw", type=Path, default=ROOT / "build/release/bin/redraw")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="folder for all pictures; default: a temporary one")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(args, args.keep or Path(folder))
        bench.folder.mkdir(parents=True, exist_ok=True)
        measure_judge(bench)
        vae_psnr, ceiling = measure_vae(bench)
        measure_prompts(bench, ceiling)
        measure_redraw(bench, vae_psnr)
        measure_inpaint(bench)
        measure_speed(bench)
    print_table(bench.rows)
    raise SystemExit(any(row[3] == "missed" for row in bench.rows))


if __name__ == "__main__":
    main()
