"""What render.py left in a folder, as tensors: pictures, what they show, their captions as tokens."""
import pickle

import numpy as np
import torch
import torch.nn.functional as F

HELD_OUT = 64  # the last pictures of each file are never trained on


def to_tensor(pictures, device):
    """uint8 [N, H, W, 3], array or tensor -> fp32 [N, 3, H, W] in -1..1."""
    x = pictures if torch.is_tensor(pictures) else torch.from_numpy(pictures)
    return x.to(device).permute(0, 3, 1, 2).float().div_(127.5).sub_(1).contiguous()


def shrink(x, size):
    """[N, 3, H, W] averaged down to [N, 3, size, size]."""
    return x if x.shape[-1] == size else F.interpolate(x, size=(size, size), mode="area")


def numbers(work):
    """Of the files that are complete."""
    return sorted(int(path.stem.removeprefix("attrs")) for path in work.glob("attrs*.pkl"))


class Pictures:
    """All pictures of one kind ("pictures" or "others"): on a GPU in its memory, on a CPU mapped from their files."""

    def __init__(self, work, device="cpu", name="pictures", most=1 << 30, held_out=HELD_OUT):
        files = [torch.from_numpy(np.load(work / f"{name}{k}.npy", mmap_mode="c")) for k in numbers(work)]
        self.held_out = [part[len(part) - held_out:] for part in files]
        self.parts = [part[:min(most, len(part) - held_out)].to(device) for part in files]
        self.lengths = np.cumsum([len(part) for part in self.parts])

    def __len__(self):
        return int(self.lengths[-1])

    def __getitem__(self, rows):
        """uint8 [len(rows), H, W, 3]."""
        which = np.searchsorted(self.lengths, rows, side="right")
        return torch.stack([self.parts[k][row - self.lengths[k]] for k, row in zip(which, rows)])


def load_attributes(work, most=1 << 30):
    """In the order of Pictures."""
    files = [pickle.load(open(work / f"attrs{k}.pkl", "rb")) for k in numbers(work)]
    return [one for part in files for one in part[:min(most, len(part) - HELD_OUT)]]


def load_captions(work, device="cpu", most=1 << 30):
    """int32 [pictures, 16, 77], in the order of Pictures."""
    files = [np.load(work / f"ids{k}.npy") for k in numbers(work)]
    return torch.from_numpy(np.concatenate([part[:min(most, len(part) - HELD_OUT)] for part in files]).astype(np.int32)).to(device)


def load_marks(work, device="cpu", most=1 << 30):
    """uint8 [pictures, 32, 32], in the order of Pictures: how many times more a cell counts (small things)."""
    files = [np.load(work / f"marks{k}.npy") for k in numbers(work)]
    return torch.from_numpy(np.concatenate([part[:min(most, len(part) - HELD_OUT)] for part in files])).to(device)
