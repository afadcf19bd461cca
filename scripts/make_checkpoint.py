#!/usr/bin/env python3
"""Writes a checkpoint of true size and single-file layout with random weights: for loading and memory tests.

usage: scripts/make_checkpoint.py sd15|sdxl FILE.safetensors [--seed N]
The weights are fp16, seeded and scaled so that activations stay finite; the picture they give is noise.
Needs numpy. The file is written tensor by tensor, so little memory is used (2.1 GB and 6.9 GB on disk).
"""
import argparse
import json
import math
import struct

import numpy as np

SD15 = {"channels": 320, "mult": (1, 2, 4, 4), "depth": (1, 1, 1, 0), "middle": 1, "context": 768, "linear": False, "adm": 0}
SDXL = {"channels": 320, "mult": (1, 2, 4), "depth": (0, 2, 10), "middle": 10, "context": 2048, "linear": True, "adm": 2816}
UNET = "model.diffusion_model."


class Layout:
    """Keys and shapes in the order of the file."""

    def __init__(self):
        self.shapes = {}

    def add(self, key, *shape):
        self.shapes[key] = shape

    def layer(self, key, *shape, bias=True):
        self.add(f"{key}.weight", *shape)
        if bias:
            self.add(f"{key}.bias", shape[0])

    def norm(self, key, width):
        self.add(f"{key}.weight", width)
        self.add(f"{key}.bias", width)


def res_block(out, key, inputs, outputs, emb):
    out.norm(f"{key}.in_layers.0", inputs)
    out.layer(f"{key}.in_layers.2", outputs, inputs, 3, 3)
    out.layer(f"{key}.emb_layers.1", outputs, emb)
    out.norm(f"{key}.out_layers.0", outputs)
    out.layer(f"{key}.out_layers.3", outputs, outputs, 3, 3)
    if inputs != outputs:
        out.layer(f"{key}.skip_connection", outputs, inputs, 1, 1)


def transformer(out, key, width, depth, config):
    one = (1, 1) if not config["linear"] else ()
    out.norm(f"{key}.norm", width)
    out.layer(f"{key}.proj_in", width, width, *one)
    for i in range(depth):
        block = f"{key}.transformer_blocks.{i}"
        for name, source in (("attn1", width), ("attn2", config["context"])):
            out.layer(f"{block}.{name}.to_q", width, width, bias=False)
            out.layer(f"{block}.{name}.to_k", width, source, bias=False)
            out.layer(f"{block}.{name}.to_v", width, source, bias=False)
            out.layer(f"{block}.{name}.to_out.0", width, width)
        out.layer(f"{block}.ff.net.0.proj", 8 * width, width)
        out.layer(f"{block}.ff.net.2", width, 4 * width)
        for n in (1, 2, 3):
            out.norm(f"{block}.norm{n}", width)
    out.layer(f"{key}.proj_out", width, width, *one)


def unet(out, config):
    base, emb = config["channels"], 4 * config["channels"]
    out.layer(f"{UNET}time_embed.0", emb, base)
    out.layer(f"{UNET}time_embed.2", emb, emb)
    if config["adm"]:
        out.layer(f"{UNET}label_emb.0.0", emb, config["adm"])
        out.layer(f"{UNET}label_emb.0.2", emb, emb)
    out.layer(f"{UNET}input_blocks.0.0", base, 4, 3, 3)
    width, skips, n = base, [base], 1
    levels = list(zip(config["mult"], config["depth"]))
    for level, (mult, depth) in enumerate(levels):
        for _ in range(2):
            res_block(out, f"{UNET}input_blocks.{n}.0", width, base * mult, emb)
            width = base * mult
            if depth:
                transformer(out, f"{UNET}input_blocks.{n}.1", width, depth, config)
            skips.append(width)
            n += 1
        if level + 1 < len(levels):
            out.layer(f"{UNET}input_blocks.{n}.0.op", width, width, 3, 3)
            skips.append(width)
            n += 1
    res_block(out, f"{UNET}middle_block.0", width, width, emb)
    transformer(out, f"{UNET}middle_block.1", width, config["middle"], config)
    res_block(out, f"{UNET}middle_block.2", width, width, emb)
    n = 0
    for level, (mult, depth) in reversed(list(enumerate(levels))):
        for i in range(3):
            res_block(out, f"{UNET}output_blocks.{n}.0", width + skips.pop(), base * mult, emb)
            width, part = base * mult, 1
            if depth:
                transformer(out, f"{UNET}output_blocks.{n}.1", width, depth, config)
                part = 2
            if level and i == 2:
                out.layer(f"{UNET}output_blocks.{n}.{part}.conv", width, width, 3, 3)
            n += 1
    out.norm(f"{UNET}out.0", base)
    out.layer(f"{UNET}out.2", 4, base, 3, 3)


def vae_block(out, key, inputs, outputs):
    out.norm(f"{key}.norm1", inputs)
    out.layer(f"{key}.conv1", outputs, inputs, 3, 3)
    out.norm(f"{key}.norm2", outputs)
    out.layer(f"{key}.conv2", outputs, outputs, 3, 3)
    if inputs != outputs:
        out.layer(f"{key}.nin_shortcut", outputs, inputs, 1, 1)


def vae_middle(out, key, width):
    vae_block(out, f"{key}.block_1", width, width)
    out.norm(f"{key}.attn_1.norm", width)
    for name in ("q", "k", "v", "proj_out"):
        out.layer(f"{key}.attn_1.{name}", width, width, 1, 1)
    vae_block(out, f"{key}.block_2", width, width)


def vae(out):
    root, widths = "first_stage_model.", (128, 256, 512, 512)
    out.layer(f"{root}encoder.conv_in", 128, 3, 3, 3)
    width = 128
    for i, outputs in enumerate(widths):
        for j in range(2):
            vae_block(out, f"{root}encoder.down.{i}.block.{j}", width, outputs)
            width = outputs
        if i < 3:
            out.layer(f"{root}encoder.down.{i}.downsample.conv", width, width, 3, 3)
    vae_middle(out, f"{root}encoder.mid", width)
    out.norm(f"{root}encoder.norm_out", width)
    out.layer(f"{root}encoder.conv_out", 8, width, 3, 3)
    out.layer(f"{root}quant_conv", 8, 8, 1, 1)
    out.layer(f"{root}post_quant_conv", 4, 4, 1, 1)
    out.layer(f"{root}decoder.conv_in", width, 4, 3, 3)
    vae_middle(out, f"{root}decoder.mid", width)
    for i, outputs in reversed(list(enumerate(widths))):
        for j in range(3):
            vae_block(out, f"{root}decoder.up.{i}.block.{j}", width, outputs)
            width = outputs
        if i:
            out.layer(f"{root}decoder.up.{i}.upsample.conv", width, width, 3, 3)
    out.norm(f"{root}decoder.norm_out", width)
    out.layer(f"{root}decoder.conv_out", 3, width, 3, 3)


def clip(out, root, width=768, layers=12):
    out.add(f"{root}embeddings.token_embedding.weight", 49408, width)
    out.add(f"{root}embeddings.position_embedding.weight", 77, width)
    for i in range(layers):
        layer = f"{root}encoder.layers.{i}"
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            out.layer(f"{layer}.self_attn.{name}", width, width)
        out.norm(f"{layer}.layer_norm1", width)
        out.norm(f"{layer}.layer_norm2", width)
        out.layer(f"{layer}.mlp.fc1", 4 * width, width)
        out.layer(f"{layer}.mlp.fc2", width, 4 * width)
    out.norm(f"{root}final_layer_norm", width)


def open_clip(out, root, width=1280, layers=32):
    out.add(f"{root}token_embedding.weight", 49408, width)
    out.add(f"{root}positional_embedding", 77, width)
    for i in range(layers):
        layer = f"{root}transformer.resblocks.{i}"
        out.add(f"{layer}.attn.in_proj_weight", 3 * width, width)
        out.add(f"{layer}.attn.in_proj_bias", 3 * width)
        out.layer(f"{layer}.attn.out_proj", width, width)
        out.norm(f"{layer}.ln_1", width)
        out.norm(f"{layer}.ln_2", width)
        out.layer(f"{layer}.mlp.c_fc", 4 * width, width)
        out.layer(f"{layer}.mlp.c_proj", width, 4 * width)
    out.norm(f"{root}ln_final", width)
    out.add(f"{root}text_projection", width, width)


def values(key, shape, noise):
    """Norms are nearly the identity; other weights keep the spread of what goes through them."""
    if len(shape) == 1:  # without a bias text vectors have a mean of 0, by which A1111's emphasis divides
        return np.full(shape, 1 if key.endswith("weight") else 0.01, np.float16)
    fan_in = math.prod(shape[1:])
    spread = 0.02 if "embedding" in key else 1 / math.sqrt(fan_in)
    count = math.prod(shape)
    start = sum(map(ord, key)) * 7919 % len(noise)
    repeated = np.take(noise, np.arange(start, start + count), mode="wrap")
    return (repeated * np.float32(spread)).astype(np.float16).reshape(shape)


def write(path, shapes, seed):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for key, shape in shapes.items():
        size = 2 * math.prod(shape)
        header[key] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    noise = np.random.default_rng(seed).standard_normal(1_000_003, dtype=np.float32)  # repeated: fast to make
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for key, shape in shapes.items():
            file.write(values(key, shape, noise).tobytes())
    parameters = offset // 2
    print(f"{path}: {len(shapes)} tensors, {parameters / 1e6:.0f} M parameters, {offset / 1e9:.2f} GB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("family", choices=("sd15", "sdxl"))
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    out = Layout()
    unet(out, SD15 if arguments.family == "sd15" else SDXL)
    vae(out)
    if arguments.family == "sd15":
        clip(out, "cond_stage_model.transformer.text_model.")
    else:
        clip(out, "conditioner.embedders.0.transformer.text_model.")
        open_clip(out, "conditioner.embedders.1.model.")
    write(arguments.file, out.shapes, arguments.seed)


if __name__ == "__main__":
    main()
