"""Ceilings of a device, for the shares that scripts/gpu/run.py reports: matrix products, copies, transfers.

usage: probe.py DEVICE [--tiny]       prints one line of JSON
Products are of drawn numbers (zeros run faster than any network does); times are medians of device events.
"""
import json
import statistics
import sys
import time

import torch

DEVICE, TINY = sys.argv[1], "--tiny" in sys.argv
ON_GPU = DEVICE.startswith("cuda")


def seconds(work, repeats=10, warmup=3):
    for _ in range(warmup):
        work()
    times = []
    for _ in range(2 if TINY else repeats):
        if ON_GPU:
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            work()
            end.record()
            torch.cuda.synchronize()
            times.append(start.elapsed_time(end) / 1000)
        else:
            begin = time.perf_counter()
            work()
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


def product(m, n, k, dtype):
    a, b = torch.randn(m, k, device=DEVICE).to(dtype), torch.randn(k, n, device=DEVICE).to(dtype)
    return 2e-12 * m * n * k / seconds(lambda: a @ b)


def attention(heads, tokens, depth, dtype):
    q, k, v = (torch.randn(2, heads, tokens, depth, device=DEVICE).to(dtype) for _ in range(3))
    return 8e-12 * heads * tokens * tokens * depth / seconds(lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v))


def convolution(channels, side, dtype):
    x = torch.randn(2, channels, side, side, device=DEVICE).to(dtype).contiguous(memory_format=torch.channels_last)
    w = torch.randn(channels, channels, 3, 3, device=DEVICE).to(dtype).contiguous(memory_format=torch.channels_last)
    return 36e-12 * channels * channels * side * side / seconds(lambda: torch.nn.functional.conv2d(x, w, padding=1))


def copy(count):
    x = torch.randn(count, device=DEVICE)
    y = torch.empty_like(x)
    return 8e-12 * count / seconds(lambda: y.copy_(x))


def to_device(count, pinned):
    x = torch.empty(count, dtype=torch.uint8, pin_memory=pinned)
    y = torch.empty(count, dtype=torch.uint8, device=DEVICE)
    return 1e-9 * count / seconds(lambda: y.copy_(x, non_blocking=True), repeats=5, warmup=1)


side = 256 if TINY else 8192
result = {"torch": torch.__version__, "threads": torch.get_num_threads()}
if ON_GPU:
    of = torch.cuda.get_device_properties(0)
    result |= {"name": of.name, "multiprocessors": of.multi_processor_count, "memory_gb": of.total_memory / 1e9, "l2_mb": of.L2_cache_size / 1e6,
               "capability": f"{of.major}.{of.minor}", "cudnn": torch.backends.cudnn.version()}
for name, dtype in (("bf16", torch.bfloat16), ("f16", torch.float16)):
    result[f"gemm_{name}_tflops"] = product(side, side, side, dtype)
shapes = [(64, 64, 64)] if TINY else [(2048, 10240, 1280), (2048, 1280, 1280), (2048, 1280, 5120), (8192, 5120, 640), (8192, 640, 640)]
result["gemm_f16_shapes_tflops"] = {"x".join(map(str, shape)): product(*shape, torch.float16) for shape in shapes}
shapes = [(2, 64, 40)] if TINY else [(10, 4096, 64), (20, 1024, 64), (8, 4096, 40)]
result["attention_f16_tflops"] = {"x".join(map(str, shape)): attention(*shape, torch.float16) for shape in shapes}
shapes = [(32, 8)] if TINY else [(320, 128), (640, 64), (1280, 32), (512, 256)]
result["conv_f16_tflops"] = {"x".join(map(str, shape)): convolution(*shape, torch.float16) for shape in shapes}
result["copy_tb_s"] = copy(1 << (16 if TINY else 29))
if ON_GPU:
    result["pinned_gb_s"], result["pageable_gb_s"] = to_device(1 << 30, True), to_device(1 << 30, False)
print(json.dumps(result))
