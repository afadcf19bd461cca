"""Trains the VAE (phase encoder), whitens its latents, tunes the decoder on noisy latents (phase decoder).

usage: train_vae.py WORK SECONDS [--phase both|encoder|decoder|near] [--threads N] [--batch N] [--device cpu|cuda]
phase encoder goes on from WORK/vae_encoder.pt or, where that is not there, from WORK/vae.pt, and ends with WORK/vae.pt,
whose latents can be cached; phase decoder goes on from WORK/vae.pt and leaves the encoder as it is; both: one after the other;
phase near trains the whole of WORK/vae.pt on and holds its latents near what they were, so that a trained UNet stays of use.
Each ends with the running average (EMA) of its weights.
"""
import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from data import Pictures, shrink, to_tensor
from muon import optimizers
from nets import LATENT_SCALE, VAE
from steps import Step, fused, set_rate

SIZES = {"cpu": (128, 128, 128, 256), "cuda": (256, 256, 256, 128)}  # px, in turn: small ones are quick, large ones keep the statistics right
OTHERS = 0.2  # share of pictures in other colours
SMALL, NEAR = 2e-4, 4e-3  # how much the square of a latent counts, and that of its way from where it was


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--phase", choices=("both", *PHASES), default="both")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], help="px, in turn; SIZES where not given")
    parser.add_argument("--batch", type=int, default=8, help="pictures of 128 px; larger ones are as many fewer")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the step (not measured yet)")
    return parser.parse_args()


class Sets:
    """The renders, and those of them that have other colours."""

    def __init__(self, work, device):
        self.device = device
        self.renders = Pictures(work, device)
        self.others = Pictures(work, device, "others", held_out=0)

    def draw(self, rng, count, size, others=OTHERS):
        """Whole pictures, half of them mirrored (small crops would shift the GroupNorm statistics)."""
        few = rng.binomial(count, others)
        rows = [source[rng.integers(len(source), size=n)] for source, n in ((self.renders, count - few), (self.others, few)) if n]
        x = shrink(to_tensor(torch.cat(rows), self.device), size)
        mirrored = torch.from_numpy(rng.random(count) < 0.5).to(self.device)
        return torch.where(mirrored[:, None, None, None], x.flip(3), x)

    def held_out(self):
        return to_tensor(torch.cat([part[:4] for part in self.renders.held_out][:16]), self.device)


def reconstruction_loss(result, target):
    d = result - target
    gradient = (d[..., 1:] - d[..., :-1]).abs().mean() + (d[..., 1:, :] - d[..., :-1, :]).abs().mean()
    pooled = [F.avg_pool2d(d, side).abs().mean() for side in (2, 4, 16, 64)]  # the coarse ones: no field may change its colour
    return d.abs().mean() + 4 * (d * d).mean() + 0.5 * gradient + 0.5 * (pooled[0] + pooled[1]) + pooled[2] + pooled[3]


@torch.no_grad()
def psnr(vae, sets):
    x = sets.held_out()
    with torch.autocast(sets.device, torch.bfloat16):
        result = vae.decode(vae.encode(x).float()).float()
    error = ((result.clamp(-1, 1) - x) / 2).pow(2).mean((1, 2, 3))
    return (-10 * torch.log10(error)).mean().item()


@torch.no_grad()
def whiten(vae, sets):
    """Folds a whitening into quant_conv and post_quant_conv: the latent gets unit variance at SD's scale.

    The symmetric one turns the latent least, so a UNet trained before stays useful when the VAE is trained on.
    """
    rng, device = np.random.default_rng(5), sets.device
    z = torch.cat([vae.encode(sets.draw(rng, 16, 128, 0)) for _ in range(24)])
    flat = z.permute(1, 0, 2, 3).reshape(4, -1).double().cpu()
    mean, (values, vectors) = flat.mean(1), torch.linalg.eigh(torch.cov(flat))
    forward = vectors @ torch.diag(1 / (values.sqrt() * LATENT_SCALE)) @ vectors.T
    quant, post = vae.quant_conv, vae.post_quant_conv
    weight, bias = quant.weight[:4, :, 0, 0].double().cpu(), quant.bias[:4].double().cpu()
    quant.weight[:4, :, 0, 0] = (forward @ weight).float().to(device)
    quant.bias[:4] = (forward @ (bias - mean)).float().to(device)
    quant.weight[4:], quant.bias[4:] = 0, -8.0  # logvar: next to no spread
    post_weight, post_bias = post.weight[:, :, 0, 0].double().cpu(), post.bias.double().cpu()
    post.weight[:, :, 0, 0] = (post_weight @ torch.linalg.inv(forward)).float().to(device)
    post.bias.copy_((post_bias + post_weight @ mean).float())


def train(vae, sets, args, seconds, tag, rate, latent_noise, near=None):
    """Leaves the running average in `vae`. near: a VAE whose latents are to be kept; without one they are kept small."""
    rng, sizes, device = np.random.default_rng(1), args.sizes or SIZES[args.device], args.device
    net = copy.deepcopy(vae)
    parameters = [p for p in net.parameters() if p.requires_grad]
    both = optimizers(net, rate, device)

    def loss_of(x):
        with torch.autocast(device, torch.bfloat16, cache_enabled=False):
            mean = net.encode(x).float()
            result = net.decode(mean + latent_noise * torch.randn_like(mean)).float()
            with torch.no_grad():
                before = near.encode(x).float() if near else 0
        return reconstruction_loss(result, x) + (NEAR if near else SMALL) * (mean - before).pow(2).mean()

    step_once = Step(fused(loss_of, args.compile), parameters, both, device)
    start, step, said = time.time(), 0, 0.0
    while (progress := (time.time() - start) / seconds) < 1:
        scale = min(1, (step + 1) / 60) * (1 if progress < 0.3 else 0.5 * (1 + math.cos(math.pi * (progress - 0.3) / 0.7)))
        for optimizer in both:
            set_rate(optimizer, rate * max(scale, 0.02))
        size = sizes[step % len(sizes)]
        loss = step_once(sets.draw(rng, max(1, args.batch * 128 ** 2 // size ** 2), size))
        step += 1
        with torch.no_grad():
            torch._foreach_lerp_(list(vae.parameters()), list(net.parameters()), max(0.01, 10 / (step + 10)))
        if time.time() - said > min(120, seconds / 5):
            said = time.time()
            print(f"{tag} {time.time() - start:.0f}s step {step} loss {loss.item():.4f} psnr {psnr(vae, sets):.2f}", flush=True)
            torch.save(vae.state_dict(), args.work / f"vae_{tag}.pt")


def go_on(vae, args, *names):
    """From the first of these files that there is."""
    begun = [path for path in (args.work / name for name in names) if path.exists()]
    if begun:
        vae.load_state_dict(torch.load(begun[0], map_location=args.device))


def train_encoder(vae, sets, args, seconds):
    go_on(vae, args, "vae_encoder.pt", "vae.pt")
    train(vae, sets, args, seconds, "encoder", args.rate, 0.05)
    whiten(vae, sets)


def tune_decoder(vae, sets, args, seconds):
    go_on(vae, args, "vae.pt")
    for parameter in [*vae.encoder.parameters(), *vae.quant_conv.parameters()]:
        parameter.requires_grad_(False)
    train(vae, sets, args, seconds, "decoder", args.rate / 3, 0.25)


def train_near(vae, sets, args, seconds):
    go_on(vae, args, "vae.pt")
    train(vae, sets, args, seconds, "near", args.rate, 0.1, near=copy.deepcopy(vae))


PHASES = {"encoder": (train_encoder, 0.75), "decoder": (tune_decoder, 0.25), "near": (train_near, 0)}  # with its share of "both"


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    sets, vae = Sets(args.work, args.device), VAE().to(args.device)
    for name, (run, share) in PHASES.items():
        if args.phase == name or (args.phase == "both" and share):
            run(vae, sets, args, args.seconds * (share if args.phase == "both" else 1))
            print(f"{name}: final psnr {psnr(vae, sets):.2f}", flush=True)
            torch.save(vae.state_dict(), args.work / "vae.pt")


if __name__ == "__main__":
    main()
