"""Attention of heads 8 and 16 channels wide for training on a CPU: narrow.cpp, compiled at its first use.

torch's own spent half of a step of the UNet at 256 px on it, in matrix products eight wide. Run alone it checks itself.
"""
import functools
import os
import sys
from pathlib import Path

import torch

WIDTHS = (8, 16)
FLAGS = ("-O3", "-march=native", "-ffast-math", "-fno-finite-math-only", "-fno-tree-vectorize")  # its vectors are spelt out


@functools.cache
def compiled():
    from torch.utils import cpp_extension  # here, for it looks for a GPU's compiler and speaks of it
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # ninja lies beside the interpreter
    return cpp_extension.load("redraw_narrow", [str(Path(__file__).with_name("narrow.cpp"))], extra_cflags=list(FLAGS))


class Narrow(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v):
        out, lse = compiled().forward(q, k, v)
        ctx.save_for_backward(q, k, v, out, lse)
        return out.to(q.dtype)

    @staticmethod
    def backward(ctx, gradient):
        return tuple(x.to(gradient.dtype) for x in compiled().backward(gradient, *ctx.saved_tensors))


def attend(q, k, v):
    """q [N, H, T, D], k and v [N, H, S, D] -> [N, H, T, D] in q's format; D is one of WIDTHS."""
    return Narrow.apply(q, k, v)


def check():
    """Result and gradients against plain attention in fp64, for whole and broken vectors of keys."""
    torch.manual_seed(0)
    for queries, keys, width in ((1024, 1024, 8), (1024, 77, 8), (256, 77, 16), (33, 50, 16)):
        inputs = [torch.randn(2, 8, count, width) * 2 for count in (queries, keys, keys)]
        weight, results = torch.randn(2, 8, queries, width), []
        for way in (lambda q, k, v: torch.softmax(q @ k.transpose(-1, -2) / width ** 0.5, -1) @ v, attend):
            precise = [x.clone().to(torch.float64 if way is not attend else torch.float32).requires_grad_() for x in inputs]
            result = way(*precise)
            results.append([result.detach(), *torch.autograd.grad((result * weight).sum(), precise)])
        for exact, fast in zip(*results):
            error = ((exact - fast).abs().max() / exact.abs().max()).item()
            assert error < 1e-5, (queries, keys, width, error)
    print("narrow attention agrees with plain attention")


if __name__ == "__main__":
    check()
