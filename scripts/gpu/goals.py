"""The goals of docs/BENCHMARKS.md for an H200, and what a results.json of scripts/gpu/run.py says of each."""

# TFLOP of one forward of one row, counted from the configurations (2 x multiply-adds)
UNET_TFLOP = {"sd15": 0.803, "sdxl": 6.761}
NOT_MEASURED = "not measured: no GPU"


def numbers(results, leg):
    row = results["legs"].get(leg, {})
    return row.get("numbers") if row.get("state") == "done" else None


def forwards(leg):
    return lambda results: (n := numbers(results, leg)) and n["forwards_per_s"]


def part(leg, name):
    return lambda results: (n := numbers(results, leg)) and n["ms"][name]


def pictures(leg):
    return lambda results: (n := numbers(results, leg)) and n["pictures_per_s"]


def seconds(leg, which):
    def of(results):
        row = results["legs"].get(leg, {})
        return which(row["seconds"]) if row.get("state") == "done" else None
    return of


def load(results):
    n = numbers(results, "load")
    return n and n["load_ms"] / 1000


def ratio(ours, theirs):
    def of(results):
        a, b = ours(results), theirs(results)
        return a / b if a and b else None
    return of


def folder_rate(results):
    took = seconds("folder", min)(results)
    return 64 / took if took else None


def share_of_gemm(results):
    n, ceiling = numbers(results, "sdxl_b8"), numbers(results, "ceilings")
    return n and ceiling and 100 * n["forwards_per_s"] * UNET_TFLOP["sdxl"] / ceiling["gemm_f16_tflops"]


def gpu_memory(results):
    n = numbers(results, "sdxl_b1")
    peak = n and n["memory_mb"]["device_peak"]
    return peak and peak / 1000


# goal, floor, target, stretch, value, unit; larger: more is better
GOALS = [
    ("SDXL UNet, exact f16, 16 rows, 1024 x 1024", 60, 72, 81, forwards("sdxl_b8"), "forwards/s", True),
    ("the same, share of the GEMM rate measured beside it", 52, 62, 70, share_of_gemm, "%", True),
    ("SDXL UNet, exact f16, 2 rows", 50, 62, 75, forwards("sdxl_b1"), "forwards/s", True),
    ("VAE decode 1024, f16", 35, 28, 24, part("sdxl_b1", "vae_decode"), "ms", False),
    ("VAE encode 1024, f16", 18, 14, 12, part("sdxl_b1", "vae_encode"), "ms", False),
    ("VAE decode 2048, f16", 190, 160, 140, part("vae_2048", "vae_decode"), "ms", False),
    ("SDXL 1024 img2img, 8 steps with guidance, batch 8, PNG included", 3.0, 3.8, 4.3, pictures("sdxl_b8"), "pictures/s", True),
    ("SD 1.5 512 img2img, 8 steps with guidance, batch 16, PNG included", 14, 20, 25, pictures("sd15_b16"), "pictures/s", True),
    ("SDXL 1024 to 4096: ESRGAN x4 and 8 steps in 16 tiles, whole process", 7.5, 5.5, 4.8, seconds("upscale", min), "s", False),
    ("against diffusers eager, 64 pictures in a folder", 2, 3, 4, ratio(folder_rate, lambda r: (n := numbers(r, "peer_folder")) and n["pictures_per_s"]), "times", True),
    ("against diffusers eager, SDXL batch 8", 1.3, 1.6, 2, ratio(pictures("sdxl_b8"), pictures("peer_sdxl_b8")), "times", True),
    ("against diffusers compiled, SDXL batch 8", 1.05, 1.3, 1.5, ratio(pictures("sdxl_b8"), pictures("peer_sdxl_b8_compiled")), "times", True),
    ("own kernels against ATen's, SDXL UNet 16 rows", None, None, None, ratio(forwards("sdxl_b8"), forwards("sdxl_b8_aten")), "times", True),
    ("CUDA graphs against none, SD 1.5 UNet 2 rows", 1.2, 1.5, 2, ratio(forwards("sd15_b1"), forwards("sd15_b1_no_graphs")), "times", True),
    ("one-off, first process, SDXL, one picture", 6, 3, 2, seconds("one_off", lambda s: s[0]), "s", False),
    ("one-off, resident process", 0.8, 0.4, 0.33, lambda results: None, "s", False),
    ("loading SDXL (6.94 GB), file cached", 1.5, 0.6, 0.35, load, "s", False),
    ("folder throughput against the GPU's own", 80, 95, 98, lambda r: (a := folder_rate(r)) and (b := pictures("sd15_b16")(r)) and 100 * a / b, "%", True),
    ("GPU memory, SDXL f16, batch 1", 12, 9.5, 8.5, gpu_memory, "GB", False),
]


def verdict(value, floor, target, more_is_better):
    if floor is None:
        return ""
    reached = (lambda goal: value >= goal) if more_is_better else (lambda goal: value <= goal)
    return ": target reached" if reached(target) else ": above the floor" if reached(floor) else ": floor missed"


def table(results):
    lines = ["| goal (H200, warm process) | floor | target | stretch | measured |", "|---|---|---|---|---|"]
    for text, floor, target, stretch, value, unit, more_is_better in GOALS:
        got = value(results)
        said = NOT_MEASURED if got is None and not results["legs"] else "not measured" if got is None else f"{got:.3g} {unit}{verdict(got, floor, target, more_is_better)}"
        bounds = " | ".join("" if bound is None else f"{bound:g} {unit}" for bound in (floor, target, stretch))
        lines.append(f"| {text} | {bounds} | {said} |")
    return "\n".join(lines) + "\n"
