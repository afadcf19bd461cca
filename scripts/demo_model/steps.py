"""A step of training, and how a GPU is kept busy with it."""
import torch


def fused(function, compiles):
    """Compiled for each shape anew, where that is asked for: small networks spend their time on reading and writing maps."""
    return torch.compile(function, dynamic=False) if compiles else function


class Step:
    """Gradients of loss_of(*inputs), clipped to a norm of 1, to all optimizers. On a GPU it is recorded for each shape of
    its first input and replayed: its thousands of small kernels are otherwise held up by the CPU that starts them.

    between: called with the gradients before they are used.
    """

    def __init__(self, loss_of, parameters, optimizers, device, between=lambda gradients: None):
        self.loss_of, self.parameters, self.optimizers, self.between = loss_of, list(parameters), optimizers, between
        self.recorded, self.records = {}, device != "cpu"

    def forget(self):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)

    def run(self, *inputs):
        self.forget()
        loss = self.loss_of(*inputs)
        loss.backward()
        self.between([p.grad for p in self.parameters])
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.detach()

    def record(self, inputs):
        places, side, graph = [x.clone() for x in inputs], torch.cuda.Stream(), torch.cuda.CUDAGraph()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries choose their algorithms in the first calls
            for _ in range(3):
                self.run(*places)
        torch.cuda.current_stream().wait_stream(side)
        self.forget()
        with torch.cuda.graph(graph):
            loss = self.run(*places)
        return graph, places, loss

    def replay(self, inputs):
        shape = inputs[0].shape
        if shape not in self.recorded:
            self.recorded[shape] = self.record(inputs)
        graph, places, loss = self.recorded[shape]
        torch.cuda.synchronize()  # one step of work is enough to have waiting
        for place, x in zip(places, inputs):
            place.copy_(x)
        graph.replay()
        return loss

    def __call__(self, *inputs):
        if self.records:
            try:
                return self.replay(inputs)
            except RuntimeError as error:
                print(f"a step cannot be recorded, which costs time alone: {str(error).splitlines()[0]}", flush=True)
                self.records = False
        return self.run(*inputs)


def rate_of(rate, device):
    """For an optimizer: on a GPU a tensor, which a recorded step reads anew."""
    return rate if device == "cpu" else torch.tensor(float(rate), device=device)


def set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = group["lr"].fill_(rate) if torch.is_tensor(group["lr"]) else rate
