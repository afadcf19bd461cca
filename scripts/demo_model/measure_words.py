"""Which words the UNet has learned, long before a sample shows it: noise is guessed better with the right caption.

usage: measure_words.py WORK [--pairs 12] [--steps T,...] [--threads N]
For new twins (render.py), one thing apart: how often their own captions beat the swapped ones in the cells that differ, and
by how much of the error. 0.50 and 0 % is a word that says nothing. Reads WORK/vae.pt and WORK/unet.pt.
"""
import argparse
from pathlib import Path

import numpy as np
import torch

from captions import caption
from data import to_tensor
from export import load_nets
from nets import LATENT_SCALE, alphas_cumprod
from paint import to_bytes
from render import TURNED, twins
from tokens import ids_of

FIRST_SEED = 7_800_000  # none of training, of the bars or of the documentation


def pairs_of(count):
    """{thing: [twins, ...]}, so many of each."""
    found, seed = {thing: [] for thing in TURNED}, FIRST_SEED
    while any(len(row) < count for row in found.values()):
        pair, seed = twins(seed), seed + 1
        (thing,) = [thing for thing in TURNED if pair[0].has[thing] != pair[1].has[thing]]
        found[thing] = (found[thing] + [pair])[:count]
    return found


def spoken(pair, number):
    """int32 [2, 77]: what each shows, said in the same manner."""
    return torch.tensor([ids_of(caption(np.random.default_rng(number), scene.has)) for scene in pair], dtype=torch.int32)


def errors(net, x, noise, t, ids, where):
    """[pairs, 2]: squared, over the cells that differ."""
    guessed = torch.cat([net.unet(part, torch.full((2,), t), net.text(words)) for part, words in zip(x, ids)]).view_as(x)
    return ((guessed - noise).pow(2) * where).sum((2, 3, 4))


@torch.no_grad()
def measure(vae, net, pairs, steps):
    """[(share of twins told right, gain over the error), ...] for each step."""
    pictures = [np.stack([to_bytes(scene.picture) for scene in pair]) for pair in pairs]
    latents = torch.stack([vae.encode(to_tensor(pair, "cpu")) for pair in pictures]) * LATENT_SCALE
    apart = (latents[:, 0] - latents[:, 1]).pow(2).sum(1)
    where = (apart > 0.2 * apart.amax((1, 2), keepdim=True)).float()[:, None, None]
    ids, alphas, rows = torch.stack([spoken(pair, i) for i, pair in enumerate(pairs)]), alphas_cumprod(), []
    for t in steps:
        noise = torch.randn(len(pairs), 1, *latents.shape[2:], generator=torch.Generator().manual_seed(t))
        x = alphas[t].sqrt() * latents + (1 - alphas[t]).sqrt() * noise
        right, swapped = (errors(net, x, noise, t, words, where) for words in (ids, ids.flip(1)))
        rows.append(((right.sum(1) < swapped.sum(1)).float().mean().item(), (swapped.sum() / right.sum() - 1).item()))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--steps", default="950,850,700,550")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    steps = [int(t) for t in args.steps.split(",")]
    vae, net = load_nets(args.work)
    print("| thing |", " | ".join(f"t = {t}" for t in steps), "|\n|---|" + "---|" * len(steps))
    for thing, pairs in pairs_of(args.pairs).items():
        cells = [f"{told:.2f}, {gain:+.1%}" for told, gain in measure(vae, net, pairs, steps)]
        print(f"| {thing} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
