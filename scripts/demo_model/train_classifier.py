"""Trains the judge of evaluate.py: a small network that reads time, terrain, season and things off 64x64 pictures.

usage: train_classifier.py WORK [--seconds 240] [--pictures N] [--threads N] [--device cpu|cuda]
learns from WORK/pictures*.npy, writes WORK/classifier.pt and prints how often it is right on new renders
"""
import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from data import Pictures, load_attributes, to_tensor
from paint import SEASONS, TERRAINS, TIMES
from render import render

SIDE = 64
GROUPS = {"time": TIMES, "terrain": TERRAINS, "season": SEASONS}
THINGS = ("trees", "house", "boat", "lighthouse", "cactus", "sun", "moon", "stars", "clouds")
OUTPUTS = sum(map(len, GROUPS.values())) + len(THINGS)
JUDGED_FROM = 8_000_000  # seeds of the renders that measure the classifier


def has_season(attributes):
    """Deserts and the sea show none."""
    return attributes["terrain"] not in ("desert", "sea")


def convolution(c_in, c_out, stride=1):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU())


class Classifier(nn.Sequential):
    """[N, 3, 64, 64] in -1..1 -> [N, OUTPUTS]: logits of the groups, then of each thing; keeps the place of things."""

    def __init__(self):
        super().__init__(convolution(3, 32), convolution(32, 48, 2), convolution(48, 64), convolution(64, 96, 2),
                         convolution(96, 128), convolution(128, 128, 2), nn.Flatten(), nn.Dropout(0.3),
                         nn.Linear(128 * 8 * 8, 128), nn.ReLU(), nn.Linear(128, OUTPUTS))


def shrunk(pictures):
    """[N, 64, 64, 3] u8."""
    return np.stack([cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for picture in pictures])


def targets(attributes):
    """[N, 3] class of each group (-1: none) and [N, things] in 0..1."""
    groups = [[names.index(a[key]) if key != "season" or has_season(a) else -1 for key, names in GROUPS.items()]
              for a in attributes]
    return torch.tensor(groups), torch.tensor([[float(a[thing]) for thing in THINGS] for a in attributes])


def loss_of(logits, groups, things):
    start, loss = 0, F.binary_cross_entropy_with_logits(logits[:, -len(THINGS):], things) * len(THINGS)
    for i, names in enumerate(GROUPS.values()):
        loss = loss + F.cross_entropy(logits[:, start:start + len(names)], groups[:, i], ignore_index=-1)
        start += len(names)
    return loss


@torch.no_grad()
def read(net, pictures):
    """What the classifier sees on each u8 picture: a dict like the renderer's attributes."""
    logits, found = net(to_tensor(shrunk(pictures), "cpu")), [{} for _ in pictures]
    for row, seen in zip(logits, found):
        start = 0
        for key, names in GROUPS.items():
            seen[key] = names[int(row[start:start + len(names)].argmax())]
            start += len(names)
        seen.update({thing: bool(row[start + i] > 0) for i, thing in enumerate(THINGS)})
    return found


def hits(wanted, seen):
    """{attribute: [right or wrong, ...]}; things count both when they are there and when they are not."""
    keys = [*GROUPS, *THINGS]
    return {key: [a[key] == b[key] for a, b in zip(wanted, seen) if key != "season" or has_season(a)] for key in keys}


def train(net, pictures, attributes, seconds, batch):
    rng, optimizer = np.random.default_rng(2), torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    groups, things = targets(attributes)
    device, start, step = next(net.parameters()).device, time.time(), 0
    while (progress := (time.time() - start) / seconds) < 1:
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1, (step + 1) / 50) * max(1 - progress, 0.01)
        rows = rng.integers(0, len(pictures), batch)
        x = to_tensor(pictures[rows], device)
        x = (x.flip(3) if rng.random() < 0.5 else x) + 0.03 * torch.randn_like(x)
        loss = loss_of(net(x), groups[rows].to(device), things[rows].to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
    print(f"{step} steps, last loss {loss.item():.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--pictures", type=int, default=1 << 30, help="at most so many of each file")
    parser.add_argument("--judged", type=int, default=1000, help="new renders that measure it")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    pictures = np.concatenate([shrunk(part.numpy()) for part in Pictures(args.work, most=args.pictures).parts])
    net = Classifier().to(args.device)
    train(net, pictures, load_attributes(args.work, args.pictures), args.seconds, args.batch)
    net = net.cpu().eval()
    torch.save(net.state_dict(), args.work / "classifier.pt")
    renders = [render(JUDGED_FROM + i) for i in range(args.judged)]
    right = hits([a for _, a in renders], read(net, [picture for picture, _ in renders]))
    print(", ".join(f"{key} {np.mean(row):.3f}" for key, row in right.items()), "| all", f"{np.mean(sum(right.values(), [])):.4f}")


if __name__ == "__main__":
    main()
