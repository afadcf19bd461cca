"""Trains UNet and text encoder on cached latents; resumable from WORK/unet.pt; writes the running average (EMA).

usage: train_unet.py WORK SECONDS [--sizes PX,...] [--pictures N] [--processes N] [--threads N] [--batch N] [--device cpu|cuda]
--sizes are taken in turn; --batch is of the first one, the others have as many more or fewer
--processes share a batch and average their gradients: on a CPU better than as many threads, for the maps are small
"""
import argparse
import math
import os
import time
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F

from data import Pictures, load_attributes, load_captions, load_marks, shrink, to_tensor
from nets import LATENT_SCALE, VAE, TextToNoise, alphas_cumprod
from render import TURNED
from steps import Step, fused, rate_of, set_rate
from tokens import ids_of

TEXT_SHARE = 0.1  # of the UNet's rate: train_text.py has taught the words, faster steps would make some of them one again
BLOCK = 32  # pictures that are encoded together


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the step (not measured yet)")
    parser.add_argument("--sizes", default="128", help="px of the pictures")
    parser.add_argument("--pictures", type=int, default=1 << 30, help="at most so many of each file")
    parser.add_argument("--noisy", type=float, default=0.5, help="share of a batch that is from the noisiest 300 steps alone")
    args = parser.parse_args()
    args.sizes = [int(size) for size in args.sizes.split(",")]
    return args


@torch.no_grad()
def cached_latents(args, size):
    """fp16 [2, pictures, 4, h, w]: every picture and its mirror image, encoded once."""
    path = args.work / f"latents{size}.pt"
    if path.exists():
        return torch.load(path, mmap=True)
    vae, pictures, pairs = VAE().to(args.device).eval(), Pictures(args.work, most=args.pictures), []
    vae.load_state_dict(torch.load(args.work / "vae.pt", map_location=args.device))
    vae = vae.to(memory_format=torch.channels_last)
    for block in [part[i:i + BLOCK] for part in pictures.parts for i in range(0, len(part), BLOCK)]:
        x = shrink(to_tensor(block, args.device), size).to(memory_format=torch.channels_last)
        with torch.autocast(args.device, torch.bfloat16):
            both = [vae.encode(y).float() * LATENT_SCALE for y in (x, x.flip(3))]
        pairs.append(torch.stack(both).half().cpu())
    latents = torch.cat(pairs, 1)
    print("latents", tuple(latents.shape), "std", latents[0].float().std((0, 2, 3)).tolist(), flush=True)
    torch.save(latents, path)
    return latents


def noised(latent, alphas, each=2, noisy=0.5):
    """x_t, t, the noise and the weight; `each` so many neighbours (twins) share t and noise.

    Over a share of the batch (noisy) t is from the noisiest 300, for what there is and where is decided there, and the loss there
    is small; over the rest it is stratified. The weight is min-SNR's (gamma 5, arXiv 2303.09556); where noise prevails it grows to a
    fifth of what an error of the picture would weigh, 1 / SNR, and at most to 20.
    """
    count, device = len(latent) // each, latent.device
    few = int(count * noisy + torch.rand(()).item())  # so many in the mean
    spans = [(0, 1000, count - few), (700, 300, few)]
    starts = torch.cat([low + torch.arange(many, device=device) * wide / max(many, 1) for low, wide, many in spans])
    widths = torch.cat([torch.full((many,), wide / max(many, 1), device=device) for _, wide, many in spans])
    t = (starts + torch.rand(count, device=device) * widths).long().clamp(max=999).repeat_interleave(each)
    alpha = alphas[t][:, None, None, None]
    noise = (torch.randn_like(latent[::each]) + 0.1 * torch.randn(count, 4, 1, 1, device=device)).repeat_interleave(each, 0)
    noisiness = (1 - alpha) / alpha  # 1 / SNR
    weight = torch.clamp(5 * noisiness, max=1.0) * torch.clamp(0.2 * noisiness, 1.0, 20.0)
    return alpha.sqrt() * latent + (1 - alpha).sqrt() * noise, t, noise, weight


def average(tensors, args):
    """They become the mean over all processes."""
    if args.processes == 1:
        return
    flat = torch.cat([x.reshape(-1) for x in tensors])
    dist.all_reduce(flat)
    parts = (flat / args.processes).split([x.numel() for x in tensors])
    torch._foreach_copy_(tensors, [part.view_as(x) for part, x in zip(parts, tensors)])


def pairs_by_thing(attributes, device):
    """The numbers of the first twins [things, most], by what their second has more or less, and how many each row has."""
    rows = {thing: [] for thing in TURNED}
    for i in range(0, len(attributes), 2):
        (thing,) = [thing for thing in TURNED if attributes[i][thing] != attributes[i + 1][thing]]
        rows[thing].append(i)
    padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows.values()], batch_first=True)
    return padded.to(device), torch.tensor([len(row) for row in rows.values()], device=device)


class Examples:
    """Latents of each size and captions; on a GPU in its memory, where they are drawn too: a copy would wait for the device."""

    def __init__(self, args):
        self.latents = {size: cached_latents(args, size) for size in set(args.sizes)}
        if args.device != "cpu":  # on a CPU the files stay mapped
            self.latents = {size: latents.to(args.device) for size, latents in self.latents.items()}
        self.captions = load_captions(args.work, args.device, args.pictures)
        self.marks = load_marks(args.work, args.device, args.pictures)
        self.pairs, self.lengths = pairs_by_thing(load_attributes(args.work, args.pictures), args.device)
        self.often = torch.tensor([float(often) for often in TURNED.values()], device=args.device) * (self.lengths > 0)
        self.nothing = torch.tensor(ids_of(""), dtype=torch.int32, device=args.device)
        self.device = args.device

    def number(self, below, count):
        return torch.randint(below, (count,), device=self.device)

    def first_twins(self, count):
        """Drawn by what they differ in, however many there are of each: stars are rare, and hard."""
        thing = torch.multinomial(self.often, count, replacement=True)
        return self.pairs[thing, (torch.rand(count, device=self.device) * self.lengths[thing]).long()]

    def draw(self, count, size):
        """Twins side by side: latents fp32 [n, 4, h, w], how much their cells count [n, 1, h, w], token ids [n, 77]; a tenth
        without a caption."""
        latents, pairs = self.latents[size], count // 2
        first, mirrored = self.first_twins(pairs), self.number(2, pairs).repeat_interleave(2)
        rows = torch.stack([first, first + 1], 1).flatten()
        silent = (torch.rand(pairs, device=self.device) < 0.1).repeat_interleave(2)
        ids = torch.where(silent[:, None], self.nothing, self.captions[rows, self.number(self.captions.shape[1], 2 * pairs)])
        marks, latent = self.marks[rows][:, None].float(), latents[mirrored, rows].float()
        counts = 1 + F.adaptive_avg_pool2d(torch.where(mirrored[:, None, None, None] == 1, marks.flip(3), marks), latents.shape[-2:])
        apart = (latent[::2] - latent[1::2]).pow(2).sum(1, keepdim=True).clamp(max=16).repeat_interleave(2, 0)
        return latent, counts + 0.75 * apart, ids


def count_of(args, size):
    return max(2, args.batch * args.sizes[0] ** 2 // size ** 2 // args.processes // 2 * 2)


def train(rank, args):
    begun, device, parent = args.work / "unet.pt", args.device, os.getppid()
    torch.set_num_threads(args.threads)
    torch.manual_seed(rank + 1000 * (int(time.time()) if begun.exists() else 3))
    torch.backends.cudnn.benchmark = True
    if args.processes > 1:
        dist.init_process_group("gloo", init_method=f"file://{args.work}/rendezvous", rank=rank, world_size=args.processes)
    examples, alphas = Examples(args), alphas_cumprod().to(device)
    net, mean = TextToNoise().to(device), TextToNoise().to(device)
    if begun.exists():
        net.load_state_dict(torch.load(begun, map_location=device))
    elif (args.work / "text.pt").exists():
        net.text.load_state_dict(torch.load(args.work / "text.pt", map_location=device))
    mean.load_state_dict(net.state_dict())
    on_gpu = device != "cpu"
    optimizers = [torch.optim.AdamW(part.parameters(), lr=rate_of(args.rate, device), betas=(0.9, 0.99), weight_decay=0.01,
                                    fused=on_gpu, capturable=on_gpu) for part in (net.unet, net.text)]

    def loss_of(x, t, noise, weight, ids):
        with torch.autocast(device, torch.bfloat16, cache_enabled=False):
            eps = net.unet(x, t, net.text(ids))
        return ((eps.float() - noise).pow(2) * weight).mean()

    step_once = Step(fused(loss_of, args.compile), net.parameters(), optimizers, device, lambda gradients: average(gradients, args))
    start, step, said, progress, samples = time.time(), 0, time.time(), torch.zeros(1), 0
    losses = torch.zeros(2, device=device)  # sum and count: reading each one would stop the device
    while progress < 1:
        scale = min(1, (step + 1) / 100) * (1 if progress < 0.4 else 0.5 * (1 + math.cos(math.pi * (progress.item() - 0.4) / 0.6)))
        for optimizer, share in zip(optimizers, (1, TEXT_SHARE)):
            set_rate(optimizer, args.rate * share * max(scale, 0.03))
        size = args.sizes[step % len(args.sizes)]
        latent, counts, ids = examples.draw(count_of(args, size), size)
        x, t, noise, weight = noised(latent, alphas, noisy=args.noisy)
        loss = step_once(x, t, noise, weight * counts, ids)
        progress = torch.tensor([(time.time() - start) / args.seconds])
        average([progress], args)  # the processes end together
        step, samples = step + 1, samples + len(latent) * args.processes
        if args.processes > 1 and os.getppid() != parent:
            raise SystemExit("stopped: the process that started this one is gone")
        with torch.no_grad():
            losses += torch.stack([loss, torch.ones_like(loss)])
            torch._foreach_lerp_(list(mean.parameters()), list(net.parameters()), max(0.002, 10 / (step + 10)))
        if rank == 0 and (time.time() - said > min(60, args.seconds / 5) or progress >= 1):
            said = time.time()
            print(f"{time.time() - start:.0f}s step {step} samples {samples} loss {(losses[0] / losses[1]).item():.4f}", flush=True)
            losses.zero_()
            torch.save(mean.state_dict(), begun)


def main():
    args = arguments()
    torch.set_num_threads(args.threads * args.processes)
    for size in set(args.sizes):
        cached_latents(args, size)
    (args.work / "rendezvous").unlink(missing_ok=True)
    if args.processes == 1:
        train(0, args)
    else:
        mp.spawn(train, (args,), args.processes)


if __name__ == "__main__":
    main()
