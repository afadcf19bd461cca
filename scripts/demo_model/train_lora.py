"""Trains a small style LoRA for the demo model: landscapes as ink drawings; kohya's layout, fp16.

usage: train_lora.py MODEL.safetensors WORK OUT.safetensors [--seconds S] [--rank N] [--pictures N] [--threads N] [--sizes PX,...]
--sizes are taken in turn; --batch is of the first one, the others have as many more or fewer
WORK holds the rendered pictures and their attributes (train.sh makes them); they are redrawn in ink here.
The LoRA belongs to MODEL: train it again when MODEL is another one.
"""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from data import Pictures, load_captions, shrink, to_tensor
from export import nets_of
from nets import LATENT_SCALE, alphas_cumprod
from styles import in_ink
from tokens import ids_of
from train_unet import noised


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--pictures", type=int, default=384)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", default="256,128", help="px of the pictures")
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    args.sizes = [int(size) for size in args.sizes.split(",")]
    return args


class Adapted(nn.Module):
    """A frozen layer and what a LoRA of this rank adds to it; it starts with nothing."""

    def __init__(self, layer, rank):
        super().__init__()
        self.layer = layer
        if isinstance(layer, nn.Conv2d):
            self.down = nn.Conv2d(layer.in_channels, rank, layer.kernel_size, layer.stride, layer.padding, bias=False)
            self.up = nn.Conv2d(rank, layer.out_channels, 1, bias=False)
        else:
            self.down, self.up = nn.Linear(layer.in_features, rank, bias=False), nn.Linear(rank, layer.out_features, bias=False)
        nn.init.kaiming_uniform_(self.down.weight, a=5 ** 0.5)
        nn.init.zeros_(self.up.weight)

    def forward(self, x, *rest):
        return self.layer(x) + self.up(self.down(x))


def adapt(unet, rank):
    """Attention, feed-forward and residual convolutions; name -> Adapted."""
    adapted = {}
    for name, layer in list(unet.named_modules()):
        inner = ("transformer_blocks" in name or name.endswith(("in_layers.2", "out_layers.3"))) and isinstance(layer, (nn.Linear, nn.Conv2d))
        if not inner:
            continue
        parent, _, last = name.rpartition(".")
        adapted[name] = Adapted(layer, rank)
        setattr(unet.get_submodule(parent), last, adapted[name])
    return adapted


def examples(args, vae):
    """Of each size the latents of redrawn pictures [n, 4, h, w], and the captions of each [n, 16, 77]."""
    pictures, captions = Pictures(args.work), load_captions(args.work, args.device)
    chosen = np.random.default_rng(11).permutation(len(pictures))[:args.pictures]
    latents = {size: [] for size in args.sizes}
    with torch.no_grad():
        for i in range(0, len(chosen), 16):
            inked = to_tensor(np.stack([in_ink(picture) for picture in pictures[chosen[i:i + 16]].numpy()]), args.device)
            for size, parts in latents.items():
                parts.append(vae.encode(shrink(inked, size)) * LATENT_SCALE)
    return {size: torch.cat(parts) for size, parts in latents.items()}, captions[torch.from_numpy(chosen)]


def save(adapted, args, steps):
    tensors = {}
    for name, layer in adapted.items():
        key = "lora_unet_" + name.replace(".", "_")
        tensors[key + ".lora_down.weight"] = layer.down.weight.detach().half().cpu().contiguous()
        tensors[key + ".lora_up.weight"] = layer.up.weight.detach().half().cpu().contiguous()
        tensors[key + ".alpha"] = torch.tensor(float(args.rank)).half()
    tags = {"ink": {"ink drawing": args.pictures}}
    save_file(tensors, args.out, {"ss_network_module": "networks.lora", "ss_base_model_version": "sd_v1", "ss_output_name": args.out.stem,
                                  "ss_network_dim": str(args.rank), "ss_network_alpha": str(args.rank), "ss_steps": str(steps),
                                  "ss_sd_model_name": args.model.name, "ss_tag_frequency": json.dumps(tags)})
    print(f"{args.out}: {len(adapted)} layers, {args.out.stat().st_size / 1e6:.2f} MB", flush=True)


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(5)
    rng, alphas = np.random.default_rng(5), alphas_cumprod().to(args.device)
    vae, net = (part.to(args.device) for part in nets_of(args.model))
    net.requires_grad_(False)
    latents, captions = examples(args, vae)
    adapted = adapt(net.unet, args.rank)
    net.to(args.device)
    weights, nothing = [p for p in net.parameters() if p.requires_grad], torch.tensor(ids_of(""), dtype=torch.int32, device=args.device)
    optimizer = torch.optim.AdamW(weights, lr=args.rate, betas=(0.9, 0.99), weight_decay=0)
    start, steps, samples, losses, said = time.time(), 0, 0, [], time.time()
    while (progress := (time.time() - start) / args.seconds) < 1:
        optimizer.param_groups[0]["lr"] = args.rate * min(1, (steps + 1) / 20) * max(0.05, 1 - progress)
        size = args.sizes[steps % len(args.sizes)]
        batch = max(1, args.batch * args.sizes[0] ** 2 // size ** 2)
        rows = rng.integers(0, len(captions), batch)
        ids = captions[torch.from_numpy(rows), torch.from_numpy(rng.integers(captions.shape[1], size=batch))]
        ids[torch.from_numpy(rng.random(batch) < 0.1)] = nothing
        latent = latents[size][torch.from_numpy(rows)]
        x, t, noise, weight = noised(latent.flip(3) if rng.random() < 0.5 else latent, alphas, each=1)
        with torch.autocast(args.device, torch.bfloat16):
            eps = net.unet(x, t, net.text(ids))
        loss = ((eps.float() - noise).pow(2) * weight).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        steps, samples = steps + 1, samples + batch
        losses.append(loss.item())
        if time.time() - said > 30:
            said = time.time()
            print(f"{time.time() - start:.0f}s step {steps} samples {samples} loss {np.mean(losses[-30:]):.4f}", flush=True)
    save(adapted, args, steps)


if __name__ == "__main__":
    main()
