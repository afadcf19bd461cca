"""redraw beside its peers: the same work, one program after the other in rounds, medians and ratios.

usage: compare.py MODEL.safetensors [flags]        scripts/bench.sh calls it with the pinned peers
  --peers NAME,...     rows of scripts/bench/peers.py (diffusers, "diffusers channels_last", "diffusers compiled", openvino, onnxruntime,
                       stable-diffusion.cpp, which pip builds: stable-diffusion-cpp-python==0.4.7; "stable-diffusion.cpp f16":
                       with weights in f16 whatever --dtype is) [diffusers]
  --python PYTHON      has the peers                        --redraw build/release/bin/redraw
  --size WxH [512x512] --steps N [8]  --batch N [1]  --dtype f32|bf16|f16 [f32]  --device cpu|cuda [cpu]  --threads N [all]
  --rounds N [3]       processes of each program            --warmup N [1]  --repeats N [1]     runs in each of them
  --out FOLDER [bench_results]                              --note TEXT     goes into JSON and table
Every peer must say what it ran (size, steps, batch, number format, scheduler, threads); another work than redraw's ends
with an error. A peer that is not installed or fails is named in the table. Writes FOLDER/NAME.json and .md.
"""
import argparse
import json
import os
import shlex
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import full_size

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"text_encoder": "text encoder", "vae_encode": "VAE encode", "unet_step": "UNet step", "vae_decode": "VAE decode",
         "whole": "whole", "cpu": "whole, CPU"}
DTYPES = ("f32", "bf16", "f16")


def shapes_of(checkpoint):
    with open(checkpoint, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return {key: row["shape"] for key, row in header.items() if key != "__metadata__"}


def write_configs(family, shapes, folder):
    """full_size's configurations; those of SD 1.x with the widths of this file."""
    full_size.write_configs(family, folder)
    if family != "sd15":
        return
    unet, vae, text = (json.loads((folder / part / "config.json").read_text()) for part in ("unet", "vae", "text_encoder"))
    u, prefix = "model.diffusion_model.", "cond_stage_model.transformer.text_model."
    unet["block_out_channels"] = [shapes[f"{u}input_blocks.{i}.0.out_layers.3.weight"][0] for i in (1, 4, 7, 10)]
    unet["cross_attention_dim"] = shapes[f"{u}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"][1]
    vae["block_out_channels"] = [shapes[f"first_stage_model.encoder.down.{i}.block.0.conv2.weight"][0] for i in range(4)]
    vae["layers_per_block"] = sum(key.startswith("first_stage_model.encoder.down.0.block.") and key.endswith("conv1.weight") for key in shapes)
    width = shapes[f"{prefix}embeddings.token_embedding.weight"][1]
    layers = sum(key.startswith(f"{prefix}encoder.layers.") and key.endswith("mlp.fc1.weight") for key in shapes)
    text |= {"hidden_size": width, "projection_dim": width, "num_hidden_layers": layers, "num_attention_heads": max(1, width // 64),
             "intermediate_size": shapes[f"{prefix}encoder.layers.0.mlp.fc1.weight"][0]}
    for part, config in (("unet", unet), ("vae", vae), ("text_encoder", text)):
        (folder / part / "config.json").write_text(json.dumps(config))


def redraw_command(args):
    return [str(args.redraw), "bench", "--json", "-q", "--model", args.model, "--device", args.device, "--dtype", args.dtype,
            "--vae-dtype", args.dtype, "--threads", str(args.threads), "--size", args.size, "--steps", str(args.steps),
            "--batch", str(args.batch), "--warmup", str(args.warmup), "--repeats", str(args.repeats)]


def run_redraw(args):
    report = json.loads(subprocess.run(redraw_command(args), check=True, stdout=subprocess.PIPE, text=True).stdout)
    times = {part: row["median"] for part, row in report["parts_ms"].items()}
    times |= {"whole": report["whole_ms"]["median"], "cpu": report["cpu_ms"]["median"]}
    return report, {"load_ms": report["load_ms"], "runs": [times], "peak_mb": report["memory_mb"]["peak"],
                    "device_peak_mb": report["memory_mb"]["device_peak"], "versions": {"redraw": report["redraw"]}, "bench": report}


def run_peer(name, python, work_file):
    command = [python, str(Path(__file__).with_name("peers.py")), name, str(work_file)]
    child = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if child.returncode:
        return {"failed": (child.stderr.strip().splitlines() or [f"exit code {child.returncode}"])[-1]}
    return json.loads(child.stdout)


def difference(report, work):
    """What a peer did otherwise than asked, as far as it tells; empty: nothing."""
    done, rows = report["done"], 2 * work["batch"]
    size = [work["width"], work["height"]]
    asked = {"unet_calls": work["steps"], "scheduler": "EulerDiscreteScheduler", "numbers": [work["dtype"]],
             "threads": work["threads"], "pictures": [size] * work["batch"],
             "unet": [rows, 4, size[1] // 8, size[0] // 8]}
    return "; ".join(f"{key} {done[key]}, asked {value}" for key, value in asked.items() if key in done and done[key] != value)


def median_of(reports, part):
    values = [run[part] for report in reports for run in report["runs"] if part in run]
    return statistics.median(values) if values else None


def summary(reports):
    row = {part: median_of(reports, part) for part in PARTS}
    row["load"] = statistics.median(report["load_ms"] for report in reports) if "load_ms" in reports[0] else None
    row["peak_mb"] = max(report["peak_mb"] for report in reports) if "peak_mb" in reports[0] else None
    return row


def cell(value, digits):
    return "" if value is None else f"{value:.{digits}f}"


def table(results, failures):
    columns = [*PARTS, "load", "peak_mb"]
    lines = ["| ms, medians | " + " | ".join([*PARTS.values(), "load", "peak MB"]) + " |", "|---" * (len(PARTS) + 3) + "|"]
    for name, row in results.items():
        lines.append(f"| {name} | " + " | ".join(cell(row[column], 0) for column in columns) + " |")
    for name, row in list(results.items())[1:]:
        ratios = [row[column] / results["redraw"][column] if row[column] is not None else None for column in columns]
        lines.append(f"| {name} / redraw | " + " | ".join(cell(ratio, 2) for ratio in ratios) + " |")
    return "\n".join(lines + [f"\n{name}: not available: {why}" for name, why in failures.items()])


def work_of(report, args, folder):
    """What redraw ran, for the peers to run too."""
    keys = ("width", "height", "batch", "steps", "cfg_scale", "denoise", "prompt", "negative_prompt", "seed")
    work = {key: report["work"][key] for key in keys}
    if report["work"]["sampler"] != "euler" or report["work"]["dtype"] != args.dtype:
        sys.exit(f"redraw ran {report['work']}: not what was asked")
    return work | {"model": os.path.abspath(args.model), "dtype": args.dtype, "device": args.device, "threads": report["machine"]["threads"],
                   "warmup": args.warmup, "repeats": args.repeats, "picture": str(folder / "picture.png"), "configs": str(folder / "configs")}


def write_picture(python, work):
    code = ("import sys; from PIL import Image; w, h = map(int, sys.argv[2:]); image = Image.new('RGB', (w, h)); "
            "image.putdata([(x * 255 // w, y * 255 // h, (x ^ y) & 255) for y in range(h) for x in range(w)]); image.save(sys.argv[1])")
    subprocess.run([python, "-c", code, work["picture"], str(work["width"]), str(work["height"])], check=True)


def measure(args, folder):
    """Rounds of all programs, so that what else the machine does falls on all alike."""
    shapes = shapes_of(args.model)
    family = "sdxl" if any(key.startswith("conditioner.embedders.1.") for key in shapes) else "sd15"
    (folder / "configs").mkdir()
    write_configs(family, shapes, folder / "configs")
    reports, failures = {"redraw": []}, {}
    for number in range(args.rounds):
        report, row = run_redraw(args)
        reports["redraw"].append(row)
        work = work_of(report, args, folder) | {"family": family}
        if number == 0:
            write_picture(args.python, work)
            (folder / "work.json").write_text(json.dumps(work))
        for name in [name for name in args.peers.split(",") if name and name not in failures]:
            result = run_peer(name, args.python, folder / "work.json")
            wrong = result.get("failed") or difference(result, work)
            if wrong:
                failures[name] = wrong
                reports.pop(name, None)
            else:
                reports.setdefault(name, []).append(result)
        print(f"round {number + 1} of {args.rounds}: load average {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    return report, reports, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--peers", default="diffusers")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--redraw", default=ROOT / "build/release/bin/redraw")
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--dtype", default="f32", choices=DTYPES)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", default="bench_results", type=Path)
    parser.add_argument("--note", default="")
    for flag, value in (("steps", 8), ("batch", 1), ("threads", os.cpu_count()), ("rounds", 3), ("warmup", 1), ("repeats", 1)):
        parser.add_argument(f"--{flag}", type=int, default=value)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        report, reports, failures = measure(args, Path(name))
    results = {name: summary(rows) for name, rows in reports.items()}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()
    head = {"date": time.strftime("%Y-%m-%d"), "commit": commit, "command": shlex.join(["scripts/bench.sh", *sys.argv[1:]]), "note": args.note,
            "model": report["model"], "machine": report["machine"], "work": report["work"], "load_average": os.getloadavg()}
    title = f"{report['model']['name']}_{report['machine']['device'].replace(':', '')}_{args.dtype}_{args.size}_b{args.batch}_s{args.steps}"
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{title}.json").write_text(json.dumps(head | {"medians": results, "not_available": failures, "rounds": reports}, indent=1) + "\n")
    text = (f"{head['date']}, commit {commit}, {report['machine']['device_name']}, {report['machine']['threads']} threads. {args.note}\n"
            f"`{head['command']}`\n\n{table(results, failures)}\n")
    (args.out / f"{title}.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
