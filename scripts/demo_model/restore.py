"""Takes an exported demo model apart again, so that its training can go on elsewhere.

usage: restore.py MODEL.safetensors WORK     writes WORK/vae.pt and WORK/unet.pt; then train_unet.py WORK SECONDS ...
(latents cached in WORK must come from the same VAE: remove WORK/latents*.pt)
"""
import argparse
from pathlib import Path

import torch

from export import nets_of


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("work", type=Path)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    vae, net = nets_of(args.model)
    torch.save(vae.state_dict(), args.work / "vae.pt")
    torch.save(net.state_dict(), args.work / "unet.pt")


if __name__ == "__main__":
    main()
