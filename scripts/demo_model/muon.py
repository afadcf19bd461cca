"""Muon (momentum, orthogonalised) for convolution weights, AdamW for the rest: trains the VAE in half the time."""
import torch

from steps import rate_of


def orthogonal(g):
    """Newton-Schulz: [rows, columns] with its singular values brought near 1 (Jordan et al., Muon, 2024)."""
    x = g / (g.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """For weights of two or more dims; steps as large as AdamW's (0.2 x sqrt(longer side), arXiv 2502.16982)."""

    def __init__(self, parameters, lr, momentum=0.95, weight_decay=1e-3):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(group["momentum"]).add_(p.grad)
                direction = orthogonal((p.grad + group["momentum"] * velocity).flatten(1))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(direction.view_as(p) * (group["lr"] * 0.2 * max(direction.shape) ** 0.5))


def optimizers(module, rate, device, plain=("conv_in", "conv_out", "quant")):
    """Muon for the weights inside, AdamW for ends, norms and biases."""
    named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
    inside = [p for name, p in named if p.ndim > 1 and not any(part in name for part in plain)]
    chosen = {id(p) for p in inside}
    rest = [p for _, p in named if id(p) not in chosen]
    adam = torch.optim.AdamW(rest, lr=rate_of(rate, device), betas=(0.9, 0.97), weight_decay=1e-3, capturable=device != "cpu")
    return [Muon(inside, rate_of(rate, device)), adam]
