"""Trains the VAE (phase encoder), whitens its latents, tunes the decoder on noisy latents (phase decoder).

usage: train_vae.py WORK SECONDS --phase encoder|decoder [--threads N] [--batch N] [--device cpu|cuda]
phase encoder goes on from WORK/vae_encoder.pt and ends with WORK/vae.pt, whose latents can be cached;
phase decoder goes on from WORK/vae.pt and leaves the encoder as it is
"""
import argparse
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from muon import optimizers
from nets import LATENT_SCALE, VAE
from styles import varied

HELD_OUT = 64  # the last pictures of each file are never trained on
SIZES = (128, 128, 128, 256)  # px, in turn: small ones are quick, large ones keep the statistics right


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--phase", choices=("encoder", "decoder"), required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def load_pictures(work):
    return [np.load(path, mmap_mode="r") for path in sorted(work.glob("pictures*.npy"))]


def to_tensor(pictures, device):
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float().div_(127.5).sub_(1).contiguous()


def shrink(picture, size):
    return picture if picture.shape[0] == size else cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)


def draw(pictures, rng, count, device, size, share=0.25):
    """Whole pictures, half of them mirrored, a share of them in other colours (small crops would shift the GroupNorm statistics)."""
    chosen = []
    for _ in range(count):
        part = pictures[rng.integers(len(pictures))]
        picture = varied(shrink(part[rng.integers(len(part) - HELD_OUT)], size), rng, share)
        chosen.append(picture[:, ::-1] if rng.random() < 0.5 else picture)
    return to_tensor(np.stack(chosen), device)


def reconstruction_loss(result, target):
    d = result - target
    gradient = (d[..., 1:] - d[..., :-1]).abs().mean() + (d[..., 1:, :] - d[..., :-1, :]).abs().mean()
    pooled = F.avg_pool2d(d, 2).abs().mean() + F.avg_pool2d(d, 4).abs().mean()
    return d.abs().mean() + 0.5 * (d * d).mean() + 0.5 * gradient + 0.5 * pooled


@torch.no_grad()
def psnr(vae, pictures, device):
    x = to_tensor(np.concatenate([part[-HELD_OUT:][:4] for part in pictures]), device)
    with torch.autocast(device, torch.bfloat16):
        result = vae.decode(vae.encode(x).float()).float()
    error = ((result.clamp(-1, 1) - x) / 2).pow(2).mean((1, 2, 3))
    return (-10 * torch.log10(error)).mean().item()


@torch.no_grad()
def whiten(vae, pictures, device):
    """Folds a whitening into quant_conv and post_quant_conv: the latent gets unit variance at SD's scale.

    The symmetric one turns the latent least, so a UNet trained before stays useful when the VAE is trained on.
    """
    rng = np.random.default_rng(5)
    z = torch.cat([vae.encode(draw(pictures, rng, 16, device, 128, 0)) for _ in range(24)])
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


def train(vae, pictures, args, seconds, latent_noise, rate, tag):
    rng, device = np.random.default_rng(1), args.device
    parameters = [p for p in vae.parameters() if p.requires_grad]
    both = optimizers(vae, rate)
    start, step, said = time.time(), 0, 0.0
    while (progress := (time.time() - start) / seconds) < 1:
        scale = min(1, (step + 1) / 60) * (1 if progress < 0.3 else 0.5 * (1 + math.cos(math.pi * (progress - 0.3) / 0.7)))
        for optimizer in both:
            optimizer.param_groups[0]["lr"] = rate * max(scale, 0.02)
        size = SIZES[step % len(SIZES)]
        x = draw(pictures, rng, max(1, args.batch * SIZES[0] ** 2 // size ** 2), device, size)
        with torch.autocast(device, torch.bfloat16):
            mean = vae.encode(x).float()
            result = vae.decode(mean + latent_noise * torch.randn_like(mean)).float()
        loss = reconstruction_loss(result, x) + (2e-4 * mean.pow(2).mean() if latent_noise < 0.1 else 0)
        vae.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for optimizer in both:
            optimizer.step()
        step += 1
        if time.time() - said > 120:
            said = time.time()
            print(f"{tag} {time.time() - start:.0f}s step {step} loss {loss.item():.4f} psnr {psnr(vae, pictures, device):.2f}", flush=True)
            torch.save(vae.state_dict(), args.work / f"vae_{tag}.pt")


def train_encoder(vae, pictures, args):
    begun = args.work / "vae_encoder.pt"
    if begun.exists():
        vae.load_state_dict(torch.load(begun))
    train(vae, pictures, args, args.seconds, 0.05, args.rate, "encoder")
    whiten(vae, pictures, args.device)


def tune_decoder(vae, pictures, args):
    vae.load_state_dict(torch.load(args.work / "vae.pt"))
    for parameter in [*vae.encoder.parameters(), *vae.quant_conv.parameters()]:
        parameter.requires_grad_(False)
    train(vae, pictures, args, args.seconds, 0.25, args.rate / 3, "decoder")


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    pictures, vae = load_pictures(args.work), VAE().to(args.device)
    (train_encoder if args.phase == "encoder" else tune_decoder)(vae, pictures, args)
    print(f"{args.phase}: final psnr {psnr(vae, pictures, args.device):.2f}", flush=True)
    torch.save(vae.state_dict(), args.work / "vae.pt")


if __name__ == "__main__":
    main()
