"""Writes golden cases of the demo model made by diffusers: the same latents must come out of redraw (fp32, CPU).

usage: diffusers_reference.py MODEL.safetensors FOLDER     (pip install -r scripts/pins/bench.txt, and train.txt's cv2)
FOLDER becomes tests/golden/demo: cases.json and data/*.npy; make it again when the model is another one
"""
import argparse
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

import cv2
import diffusers
import numpy as np
import torch

from render import render

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/bench"))
from compare import shapes_of, write_configs  # noqa: E402

WIDTH, HEIGHT, FIRST_SEED = 128, 128, 9_000_100  # multiples of 64: elsewhere the web UI enlarges odd maps otherwise
NEGATIVE = "blurry, lowres"
CASES = {
    "euler": {"prompt": "a painting of lake at sunset in autumn with pine trees and sailboat", "seed": 12, "steps": 8, "cfg_scale": 4.0,
              "denoising_strength": 0.75},
    "euler_denoise_1": {"prompt": "masterpiece, night, sea, lighthouse, moon", "seed": 34, "steps": 10, "cfg_scale": 7.0,
                        "denoising_strength": 1.0},
}
TOLERANCE = {"latent_atol": 2e-3, "latent_rtol": 1e-3, "image_max_abs": 2, "image_mean_abs": 0.1}


def load(path):
    """The single file as diffusers reads it, without a safety checker and without the network."""
    with tempfile.TemporaryDirectory() as folder:
        write_configs("sd15", shapes_of(path), Path(folder))
        pipeline = diffusers.StableDiffusionImg2ImgPipeline.from_single_file(
            str(path), config=folder, torch_dtype=torch.float32, local_files_only=True, safety_checker=None, requires_safety_checker=False)
    pipeline.scheduler = diffusers.EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    return pipeline


def web_ui_sigmas(scheduler, steps, denoise):
    """The web UI's part of k-diffusion's even schedule (no last 0), where diffusers would space its steps otherwise."""
    alphas = scheduler.alphas_cumprod.double()
    logs, t = ((1 - alphas) / alphas).sqrt().log(), torch.linspace(999, 0, steps, dtype=torch.float64)
    low = t.floor().long().clamp(max=998)
    sigmas = (logs[low] + (t - low) * (logs[low + 1] - logs[low])).exp()
    return sigmas[steps - int(min(denoise, 0.999) * steps) - 1:].tolist()


def context_of(pipeline, text):
    ids = pipeline.tokenizer(text, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
    return pipeline.text_encoder(ids)[0]


@torch.no_grad()
def run(pipeline, picture, case):
    """{name: array} of what the golden runner compares, and the noise levels that were seen."""
    x = torch.from_numpy(picture.astype(np.float32) / 255 * 2 - 1).permute(2, 0, 1)[None]
    init = pipeline.vae.encode(x).latent_dist.mean * pipeline.vae.config.scaling_factor
    noise = torch.randn(init.shape[1:], generator=torch.Generator().manual_seed(case["seed"]))[None]
    context = torch.cat([context_of(pipeline, NEGATIVE), context_of(pipeline, case["prompt"])])
    sigmas = web_ui_sigmas(pipeline.scheduler, case["steps"], case["denoising_strength"])
    pipeline.scheduler.set_timesteps(sigmas=[*sigmas, 0.0])
    latent = init + noise * pipeline.scheduler.sigmas[0]
    for t in pipeline.scheduler.timesteps:
        both = pipeline.scheduler.scale_model_input(latent.repeat(2, 1, 1, 1), t)
        uncond, cond = pipeline.unet(both, t, context).sample.chunk(2)
        latent = pipeline.scheduler.step(uncond + case["cfg_scale"] * (cond - uncond), t, latent).prev_sample
    decoded = pipeline.vae.decode(latent / pipeline.vae.config.scaling_factor).sample[0]
    image = (((decoded + 1) / 2).clamp(0, 1) * 255).permute(1, 2, 0).numpy().astype(np.uint8)
    return {"noise": noise, "init_latent": init, "latent": latent, "image_u8": image}, sigmas


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    (args.folder / "data").mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    pipeline, rows = load(args.model), []
    source = (f"diffusers {diffusers.__version__}, StableDiffusionImg2ImgPipeline.from_single_file and EulerDiscreteScheduler, fp32 on the CPU; "
              f"{args.model.name} {hashlib.sha256(args.model.read_bytes()).hexdigest()[:10]}")
    for number, (name, case) in enumerate(CASES.items()):
        picture = cv2.resize(render(FIRST_SEED + number)[0], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        arrays, sigmas = run(pipeline, picture, case)
        files = {key: f"data/{name}.{key}.npy" for key in (*arrays, "input")}
        for key, array in ({"input": picture} | arrays).items():
            np.save(args.folder / files[key], np.asarray(array))
        inputs = {"checkpoint": os.path.relpath(args.model.resolve(), args.folder.resolve()), "image_u8": files["input"], "width": WIDTH,
                  "height": HEIGHT, "negative_prompt": NEGATIVE, "sampler_name": "Euler", "scheduler": "Automatic"} | case
        expected = {key: files[key] for key in arrays} | {"infotext": "", "sigmas_or_timesteps_seen": sigmas}
        rows.append({"id": f"demo/{name}", "function": "img2img", "inputs": inputs, "expected": expected, "tolerance": TOLERANCE, "source": source})
    (args.folder / "cases.json").write_text(json.dumps({"cases": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
