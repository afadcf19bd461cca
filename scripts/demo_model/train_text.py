"""Trains the text encoder before the UNet: each word's output must say which word it is, the end's which words there were.

usage: train_text.py WORK [--seconds 150] [--rate 2e-3] [--threads N]
Learns from WORK/ids*.npy and writes WORK/text.pt, from which train_unet.py starts. Without it words that change little in
a picture fall together: trained with the UNet alone, "house", "stars" and "sun" became one vector.
Where WORK/unet.pt is there already, a new encoder learns beside that to say what the old one said, and takes its place in it:
the UNet goes on from where it was, with words that differ.
"""
import argparse
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from data import load_captions
from nets import CONTEXT, TextEncoder, TextToNoise
from tokens import END, START

BATCH = 64
SHARPNESS = 10  # logits are so many times a cosine: words must differ by angles, a head cannot make much of little


class Reader(torch.nn.Module):
    """What the outputs say: of each the word, and of the end all words. [N, 77, 64] -> logits [N, 77, words], twice."""

    def __init__(self, words):
        super().__init__()
        self.word, self.all = (torch.nn.Parameter(torch.randn(words, CONTEXT)) for _ in range(2))
        self.rarity = torch.nn.Parameter(torch.zeros(words))

    def forward(self, outputs):
        outputs = SHARPNESS * F.normalize(outputs, dim=-1)
        word, words = (outputs @ F.normalize(head, dim=1).T for head in (self.word, self.all))
        return word, words + self.rarity


def loss_of(reader, outputs, ids, number_of):
    """number_of [49408]: the place of a token among the words."""
    is_word = (ids != START) & (ids != END)
    which, among = reader(outputs)
    said = torch.zeros(len(ids), which.shape[-1]).scatter_reduce_(1, number_of[ids], is_word.float(), "amax")
    ends = ids == END
    return (F.cross_entropy(which[is_word], number_of[ids[is_word]]),
            F.binary_cross_entropy_with_logits(among[ends], said[:, None].expand_as(among)[ends]) * 10)


def nearest(text, words):
    """The least distance of two words' outputs in the same place, and those words; 1 is the length of an output."""
    ids = torch.full((len(words), 77), END)
    ids[:, 0], ids[:, 1] = START, words
    outputs = F.normalize(text(ids)[:, 1], dim=-1)
    apart = torch.cdist(outputs, outputs) + 9 * torch.eye(len(words))
    first, second = divmod(int(apart.argmin()), len(words))
    return apart.min().item(), words[first].item(), words[second].item()


def learn(text, reader, teacher, captions, number_of, args):
    parameters = [*text.parameters(), *reader.parameters()]
    optimizer = torch.optim.AdamW(parameters, betas=(0.9, 0.99), weight_decay=0.01)
    start, step, said = time.time(), 0, 0
    while (progress := (time.time() - start) / args.seconds) < 1:
        scale = min(1, (step + 1) / 100) * max(0.02, 0.5 * (1 + math.cos(math.pi * progress)))
        optimizer.param_groups[0]["lr"] = args.rate * scale
        ids = captions[torch.randint(len(captions), (BATCH,))]
        outputs = text(ids)
        word, words = loss_of(reader, outputs, ids, number_of)
        unlike = torch.tensor(0.0) if teacher is None else F.mse_loss(outputs, teacher(ids))
        optimizer.zero_grad()
        (word + words + 10 * unlike).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        if time.time() - said > args.seconds / 8:
            said = time.time()
            print(f"{said - start:.0f}s step {step} word {word.item():.4f} words {words.item():.4f} "
                  f"unlike the old one {unlike.item():.4f}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--seconds", type=float, default=150)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(5)
    captions = load_captions(args.work).flatten(0, 1).long()
    words = torch.tensor(sorted(set(captions.unique().tolist()) - {START, END}))
    number_of = torch.zeros(49408, dtype=torch.long)
    number_of[words] = torch.arange(len(words))
    text, whole, trained = TextEncoder(), TextToNoise(), args.work / "unet.pt"
    if trained.exists():
        whole.load_state_dict(torch.load(trained))
        print("before: two words are as near as", nearest(whole.text.requires_grad_(False), words))
    learn(text, Reader(len(words)), whole.text if trained.exists() else None, captions, number_of, args)
    print("after: two words are as near as", nearest(text.requires_grad_(False), words))
    torch.save(text.state_dict(), args.work / "text.pt")
    if trained.exists():
        whole.text.load_state_dict(text.state_dict())
        torch.save(whole.state_dict(), trained)


if __name__ == "__main__":
    main()
