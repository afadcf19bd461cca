"""Trains UNet and text encoder on cached latents; resumable from WORK/unet.pt; writes the running average (EMA).

usage: train_unet.py WORK SECONDS [--size PX] [--pictures N] [--processes N] [--threads N] [--batch N] [--device cpu|cuda]
--processes share a batch and average their gradients: on a CPU better than as many threads, for the maps are small
"""
import argparse
import math
import pickle
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from captions import caption
from nets import LATENT_SCALE, VAE, TextToNoise, alphas_cumprod
from tokens import ids_of
from train_vae import HELD_OUT, load_pictures, shrink, to_tensor


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", type=int, default=128, help="px of the pictures")
    parser.add_argument("--pictures", type=int, default=1 << 30, help="at most so many of each file")
    return parser.parse_args()


@torch.no_grad()
def cached_latents(args):
    """[2 x pictures, 4, h, w]: every picture and its mirror image, encoded once."""
    path = args.work / f"latents{args.size}.pt"
    if path.exists():
        return torch.load(path, mmap=True)
    vae = VAE().to(args.device).eval()
    vae.load_state_dict(torch.load(args.work / "vae.pt"))
    rows = []
    for part in load_pictures(args.work):
        part = part[:min(args.pictures, len(part) - HELD_OUT)]
        for i in range(0, len(part), 16):
            x = to_tensor(np.stack([shrink(picture, args.size) for picture in part[i:i + 16]]), args.device)
            with torch.autocast(args.device, torch.bfloat16):
                encoded = [vae.encode(y) for y in (x, x.flip(3))]
            rows += [(y.float() * LATENT_SCALE).half().cpu() for y in encoded]
    pairs = torch.cat(rows)
    print("latents", tuple(pairs.shape), "std", pairs.float().std((0, 2, 3)).tolist(), flush=True)
    torch.save(pairs, path)
    return pairs


def picture_of_row(parts):
    """Which picture a row of cached_latents shows."""
    rows, start = [], 0
    for length in parts:
        for i in range(0, length, 16):
            block = list(range(start + i, start + min(i + 16, length)))
            rows += block + block
        start += length
    return np.array(rows)


def noised(latent, rng, alphas, device):
    """x_t, t, the noise and the min-SNR weight (gamma 5); t is stratified over the batch."""
    count = len(latent)
    t = torch.from_numpy(rng.permutation((np.arange(count) + rng.random()) * 1000 // count).astype(np.int64)).to(device)
    alpha = alphas[t][:, None, None, None]
    noise = torch.randn_like(latent) + 0.07 * torch.randn(count, 4, 1, 1, device=device)
    weight = torch.clamp(5 * (1 - alpha) / alpha, max=1.0)
    return alpha.sqrt() * latent + (1 - alpha).sqrt() * noise, t, noise, weight


def average(net, progress, args):
    """Gradients and progress become the mean over all processes."""
    if args.processes == 1:
        return progress
    flat = torch.cat([p.grad.reshape(-1) for p in net.parameters()] + [torch.tensor([progress])])
    dist.all_reduce(flat)
    flat /= args.processes
    torch._foreach_copy_([p.grad for p in net.parameters()],
                         [part.view_as(p) for part, p in zip(flat[:-1].split([p.numel() for p in net.parameters()]), net.parameters())])
    return flat[-1].item()


def draw_batch(rng, latents, attributes, shown, args):
    """A share of the batch: latents [n, 4, h, w] and token ids [n, 77]."""
    rows = rng.integers(0, len(latents), args.batch // args.processes)
    texts = ["" if rng.random() < 0.1 else caption(rng, attributes[shown[row]]) for row in rows]
    ids = torch.tensor([ids_of(text) for text in texts], device=args.device)
    return latents[torch.from_numpy(rows)].float().to(args.device), ids


def train(rank, args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(rank)
    if args.processes > 1:
        dist.init_process_group("gloo", init_method=f"file://{args.work}/rendezvous", rank=rank, world_size=args.processes)
    begun, device = args.work / "unet.pt", args.device
    rng = np.random.default_rng([rank, int(time.time()) if begun.exists() else 3])
    latents, alphas = cached_latents(args), alphas_cumprod().to(device)
    attributes = [pickle.load(open(path, "rb")) for path in sorted(args.work.glob("attrs*.pkl"))]
    attributes = [part[:min(args.pictures, len(part) - HELD_OUT)] for part in attributes]
    shown = picture_of_row([len(part) for part in attributes])
    attributes = [one for part in attributes for one in part]
    net, mean = TextToNoise().to(device), TextToNoise().to(device)
    if begun.exists():
        net.load_state_dict(torch.load(begun))
    mean.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.99), weight_decay=0.01)
    start, step, said, losses, progress = time.time(), 0, time.time(), [], 0.0
    while progress < 1:
        scale = min(1, (step + 1) / 100) * (1 if progress < 0.4 else 0.5 * (1 + math.cos(math.pi * (progress - 0.4) / 0.6)))
        optimizer.param_groups[0]["lr"] = args.rate * max(scale, 0.03)
        latent, ids = draw_batch(rng, latents, attributes, shown, args)
        x, t, noise, weight = noised(latent, rng, alphas, device)
        with torch.autocast(device, torch.bfloat16):
            eps = net.unet(x, t, net.text(ids))
        loss = ((eps.float() - noise).pow(2) * weight).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        progress = average(net, (time.time() - start) / args.seconds, args)
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        losses.append(loss.item())
        with torch.no_grad():
            torch._foreach_lerp_(list(mean.parameters()), list(net.parameters()), max(0.002, 10 / (step + 10)))
        if rank == 0 and (time.time() - said > 60 or progress >= 1):
            said = time.time()
            print(f"{time.time() - start:.0f}s step {step} samples {step * args.batch} loss {np.mean(losses):.4f}", flush=True)
            losses = []
            torch.save(mean.state_dict(), begun)


def main():
    args = arguments()
    torch.set_num_threads(args.threads * args.processes)
    cached_latents(args)
    (args.work / "rendezvous").unlink(missing_ok=True)
    if args.processes == 1:
        train(0, args)
    else:
        mp.spawn(train, (args,), args.processes)


if __name__ == "__main__":
    main()
