"""A checkpoint of true size, loaded and run for one step: redraw beside diffusers, one after the other.

usage: full_size.py sd15|sdxl FILE.safetensors [--redraw build/release/bin/redraw] [--side 256] [--python PYTHON]
FILE is one of scripts/make_checkpoint.py; PYTHON has diffusers and transformers (no network is needed: their
configurations are written here). Both run in bf16 on the CPU, their VAE in its own default format, and take a
256 x 256 picture through one step of img2img with guidance. redraw runs twice: the first time it hashes the file too.
Prints a Markdown table: seconds until the model is loaded, seconds and CPU seconds of the whole, peak memory.
"""
import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNET = {"_class_name": "UNet2DConditionModel", "sample_size": 64, "layers_per_block": 2, "norm_num_groups": 32}
UNETS = {
    "sd15": UNET | {
        "block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 768, "attention_head_dim": 8,
        "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
        "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3},
    "sdxl": UNET | {
        "block_out_channels": [320, 640, 1280], "cross_attention_dim": 2048, "attention_head_dim": [5, 10, 20],
        "transformer_layers_per_block": [1, 2, 10], "use_linear_projection": True, "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816,
        "down_block_types": ["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2,
        "up_block_types": ["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"]}}
VAE = {"_class_name": "AutoencoderKL", "block_out_channels": [128, 256, 512, 512], "layers_per_block": 2,
       "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4, "latent_channels": 4}
TEXT = {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "hidden_size": 768, "intermediate_size": 3072,
        "num_attention_heads": 12, "num_hidden_layers": 12, "projection_dim": 768}
TEXT_G = TEXT | {"architectures": ["CLIPTextModelWithProjection"], "hidden_size": 1280, "intermediate_size": 5120, "hidden_act": "gelu",
                 "num_attention_heads": 20, "num_hidden_layers": 32, "projection_dim": 1280}
SCHEDULE = {"_class_name": "EulerDiscreteScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def byte_names():
    """The printable stand-ins of CLIP's 256 bytes, in the order of its vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    other = [b for b in range(256) if b not in plain]
    return [chr(b) for b in plain] + [chr(256 + i) for i in range(len(other))]


def write_tokenizer(folder):
    vocabulary = os.environ.get("REDRAW_VOCAB") or ROOT / ".deps/clip/bpe_simple_vocab_16e6.txt.gz"
    merges = gzip.open(vocabulary, "rt").read().split("\n")[1:48895]
    names = byte_names()
    words = names + [n + "</w>" for n in names] + ["".join(m.split()) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 77}))


def write_configs(family, folder):
    parts = {"unet": UNETS[family], "vae": VAE | {"scaling_factor": 0.18215 if family == "sd15" else 0.13025}, "text_encoder": TEXT}
    index = {"_class_name": "StableDiffusionImg2ImgPipeline", "unet": ["diffusers", "UNet2DConditionModel"],
             "vae": ["diffusers", "AutoencoderKL"], "text_encoder": ["transformers", "CLIPTextModel"],
             "tokenizer": ["transformers", "CLIPTokenizer"], "scheduler": ["diffusers", "EulerDiscreteScheduler"]}
    if family == "sdxl":
        parts["text_encoder_2"] = TEXT_G
        index |= {"_class_name": "StableDiffusionXLImg2ImgPipeline", "tokenizer_2": ["transformers", "CLIPTokenizer"],
                  "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"]}
        write_tokenizer(folder / "tokenizer_2")
    write_tokenizer(folder / "tokenizer")
    for name, config in parts.items():
        (folder / name).mkdir()
        (folder / name / "config.json").write_text(json.dumps(config))
    (folder / "scheduler").mkdir()
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps(SCHEDULE))
    (folder / "model_index.json").write_text(json.dumps(index))


def run_peer(family, checkpoint, picture, configs):
    """In a process of its own: says LOADED, then runs one step."""
    import diffusers
    import torch
    from PIL import Image
    kind = diffusers.StableDiffusionImg2ImgPipeline if family == "sd15" else diffusers.StableDiffusionXLImg2ImgPipeline
    extra = {"safety_checker": None, "requires_safety_checker": False} if family == "sd15" else {}
    pipeline = kind.from_single_file(checkpoint, config=configs, torch_dtype=torch.bfloat16, local_files_only=True, **extra)
    print("LOADED", flush=True)
    pipeline.set_progress_bar_config(disable=True)
    result = pipeline("a boat on a lake", image=Image.open(picture).convert("RGB"), strength=0.5, num_inference_steps=2, output_type="pt")
    print("DONE", tuple(result.images.shape), diffusers.__version__, torch.__version__, flush=True)


def measure(command, loaded):
    """Seconds until a line of the output holds `loaded`, of the whole, CPU seconds, peak memory in GB."""
    start, at = time.monotonic(), None
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    for line in child.stdout:
        said.append(line)
        if at is None and loaded in line:
            at = time.monotonic() - start
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode or at is None:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{''.join(said)}")
    return at, time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("family", choices=("sd15", "sdxl"))
    parser.add_argument("checkpoint")
    parser.add_argument("--redraw", default=ROOT / "build/release/bin/redraw")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return run_peer(arguments.family, arguments.checkpoint, *arguments.peer)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configs, picture = folder / "configs", folder / "picture.png"
        configs.mkdir()
        write_configs(arguments.family, configs)
        code = "import sys; from PIL import Image; Image.effect_noise((int(sys.argv[2]),) * 2, 80).convert('RGB').save(sys.argv[1])"
        subprocess.run([arguments.python, "-c", code, picture, str(arguments.side)], check=True)
        redraw = [arguments.redraw, picture, "-M", arguments.checkpoint, "-p", "a boat on a lake", "--steps", "1", "--denoise", "0.5",
                  "--dtype", "bf16", "--device", "cpu", "--existing", "overwrite", "-o", folder / "out.png"]
        peer = [arguments.python, __file__, arguments.family, arguments.checkpoint, "--peer", picture, configs]
        print("| | loaded after s | whole s | CPU s | peak GB |\n|---|---|---|---|---|")
        for label, command, loaded in (("redraw, with the file's hash", redraw, " on cpu, "), ("redraw", redraw, " on cpu, "), ("diffusers", peer, "LOADED")):
            print(f"| {label} | " + " | ".join(f"{value:.1f}" for value in measure(command, loaded)) + " |", flush=True)


if __name__ == "__main__":
    main()
