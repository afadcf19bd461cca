"""What the legs of scripts/gpu/run.py work on: pictures, checkpoints with drawn weights, a peer's configuration.

Plain Python without numpy for the small things; the checkpoints of true size are made by scripts/make_checkpoint.py in
processes of their own while the first legs run.
"""
import json
import math
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/bench"))
import compare  # noqa: E402


def write_png(path, width, height, seed):
    """Colours that run into each other with a fine pattern, so that PNG and VAE have something to do."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes(((x * 255 // width + seed * 31) & 255, y * 255 // height, (x ^ y ^ seed) & 255))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b""))


def rrdb_shapes(width, blocks, grow=32):
    shapes = {"conv_first": (width, 3), "conv_body": (width, width), "conv_up1": (width, width), "conv_up2": (width, width),
              "conv_hr": (width, width), "conv_last": (3, width)}
    for block in range(blocks):
        for dense in (1, 2, 3):
            for i in range(1, 6):
                shapes[f"body.{block}.rdb{dense}.conv{i}"] = (grow if i < 5 else width, width + (i - 1) * grow)
    return shapes


def write_upscaler(path, width, blocks):
    """ESRGAN x4 in .safetensors, f16: drawn weights of a spread that keeps its numbers finite."""
    draw, noise, header, data = random.Random(1), {}, {}, []
    offset = 0
    for name, (outputs, inputs) in rrdb_shapes(width, blocks).items():
        if inputs not in noise:
            spread = 0.5 / math.sqrt(9 * inputs)
            noise[inputs] = struct.pack("<16381e", *(draw.gauss(0, spread) for _ in range(16381)))
        for key, shape in ((f"{name}.weight", [outputs, inputs, 3, 3]), (f"{name}.bias", [outputs])):
            size = 2 * math.prod(shape)
            pattern = noise[inputs] if key.endswith("weight") else bytes(size)
            data.append((pattern * (size // len(pattern) + 1))[:size])
            header[key] = {"dtype": "F16", "shape": shape, "data_offsets": [offset, offset + size]}
            offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def work_file(context, family, side, batch, steps, repeats):
    """The work of a leg for scripts/bench/peers.py, the same as redraw bench's; configurations are written when they are first needed."""
    folder = context.work / "peers"
    path = folder / f"{family}_{side}_{batch}_{steps}.json"
    if context.args.plan:
        return path
    configs, picture = folder / f"{family}_configs", folder / f"{side}.png"
    side = context.side(side)
    folder.mkdir(exist_ok=True)
    if not configs.exists():
        configs.mkdir()
        compare.write_configs(family, compare.shapes_of(context.model(family)), configs)
    if not picture.exists():
        write_png(picture, side, side, 0)
    work = {"width": side, "height": side, "batch": batch, "steps": 1 if context.tiny else steps, "cfg_scale": 7.0, "denoise": 0.5,
            "prompt": "a boat on a lake in the evening", "negative_prompt": "blurry", "seed": 7, "model": str(context.model(family)), "family": family,
            "dtype": context.dtype, "device": context.device, "threads": 4, "warmup": 0 if context.tiny else 1, "repeats": repeats,
            "picture": str(picture), "configs": str(configs)}
    path.write_text(json.dumps(work))
    return path


class Making:
    """Checkpoints in the background, small things when they are asked for."""

    def __init__(self, context, asked):
        self.children = {}
        needed = {leg for leg in asked} or None
        for family in ("sd15", "sdxl"):
            wanted = needed is None or any(family in leg or leg in ("load", "one_off", "upscale", "folder", "accuracy", "vae_2048", "peer_folder") for leg in needed)
            if wanted and not context.tiny:
                part = context.work / f"{family}.part"
                self.children[family] = (subprocess.Popen([sys.executable, str(ROOT / "scripts/make_checkpoint.py"), family, str(part)],
                                                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True), part)

    def missing(self, leg, context, seconds):
        """Why a leg's material is not there, after waiting for it; None: it is."""
        if leg.name in ("ceilings", "kernels"):
            return None
        family = "sdxl" if "sdxl" in leg.name or leg.name in ("vae_2048", "load", "one_off", "upscale") else "sd15"
        self._small(context)
        if context.tiny or context.model(family).exists():
            return None
        child, part = self.children[family]
        try:
            code = child.wait(timeout=max(1, seconds))
        except subprocess.TimeoutExpired:
            return f"the checkpoint of {family} is not written yet"
        if code:
            return f"the checkpoint of {family} was not made: {(child.stderr.read().strip().splitlines() or ['?'])[-1]}"
        part.rename(context.model(family))
        return None

    @staticmethod
    def _small(context):
        folder = context.work / "folder"
        if folder.exists():
            return
        folder.mkdir()
        side = context.side(512)
        write_png(folder / "00.png", side, side, 0)
        for i in range(1, 3 if context.tiny else 64):  # eight different ones are enough
            if i < 8:
                write_png(folder / f"{i:02}.png", side, side, i)
            else:
                (folder / f"{i:02}.png").write_bytes((folder / f"{i % 8:02}.png").read_bytes())
        write_png(context.work / "large.png", context.side(1024), context.side(1024), 3)
        write_upscaler(context.work / "esrgan.safetensors", 16 if context.tiny else 64, 1 if context.tiny else 23)

    def stop(self):
        for child, _ in self.children.values():
            if child.poll() is None:
                child.kill()
            child.wait()
