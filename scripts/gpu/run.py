"""Checks and measures redraw's CUDA side leg by leg, each with its own time limit; scripts/gpu/run.sh calls it.

usage: run.py --home FOLDER [--out build/gpu] [--minutes 9] [--legs NAME,...] [--plan] [--device cuda|cpu] [--tiny] [--beside PATTERN]
       run.py --goals [results.json]     the table of goals, with what the file measured
FOLDER holds bin/ (and lib/, share/, peers/ where it is an unpacked bundle). Every leg writes NAME.log; results.json and
table.md are written anew after each, so that nothing is lost when the time is over. What is left out is named.
--beside: processes that may use the same GPU (pgrep's pattern, such as train_unet.py): they stand still while a leg measures.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import goals
import made

ROOT = Path(__file__).resolve().parents[2]
PROMPT = ["-p", "a boat on a lake in the evening", "--seed", "7"]


class Context:
    """Where things lie, and how large they are."""

    def __init__(self, args, work):
        self.args, self.work, self.home, self.out = args, work, args.home, args.out
        self.tiny, self.device = args.tiny, args.device
        self.bin = self.home / "bin"
        self.dtype = "f32" if self.tiny else "f16"

    def model(self, family):
        return ROOT / "models/demo.safetensors" if self.tiny else self.work / f"{family}.safetensors"

    def side(self, side):
        return 64 if self.tiny else side

    def on_device(self, family="sd15"):
        return ["-M", self.model(family), "--device", self.device, "--dtype", self.dtype]

    def environment(self, own, changes):
        """own: of redraw's programs, which find libraries in the bundle; Python must not."""
        environment = dict(os.environ) | changes
        if own:
            folders = [str(self.home / "lib"), *torch_folders(), environment.get("LD_LIBRARY_PATH", "")]
            environment |= {"LD_LIBRARY_PATH": ":".join(x for x in folders if x), "REDRAW_SOURCE": str(ROOT), "REDRAW_CACHE": str(self.work / "cache")}
        elif (self.home / "peers").exists():
            environment["PYTHONPATH"] = str(self.home / "peers")
        if (self.home / "share/redraw").exists():
            environment["REDRAW_VOCAB"] = str(self.home / "share/redraw/bpe_simple_vocab_16e6.txt.gz")
        return environment


def torch_folders():
    """libtorch's libraries of this host: LIBTORCH, or those of the Python that runs this."""
    if os.environ.get("LIBTORCH"):
        return [os.environ["LIBTORCH"] + "/lib"]
    folders = [Path(folder) / "torch/lib" for folder in sys.path if folder]
    return [str(folder) for folder in folders if (folder / "libtorch_cpu.so").exists()][:1]


class Command:
    def __init__(self, *words, own=True, **changes):
        self.words, self.own, self.changes = [str(word) for word in words], own, changes

    def text(self):
        return shlex.join([f"{key}={value}" for key, value in self.changes.items()] + self.words)


# ---- what the legs read off their programs ----

def read_json(text):
    return json.loads(text[text.index("{"):])


def read_bench(text):
    """redraw bench --json: median ms of the parts; forwards: both halves of the guidance count."""
    report = read_json(text)
    parts, work = {name: row["median"] for name, row in report["parts_ms"].items()}, report["work"]
    return {"ms": parts | {"whole": report["whole_ms"]["median"]}, "batch": work["batch"], "size": [work["width"], work["height"]], "steps": work["steps"],
            "forwards_per_s": 2000 * work["batch"] / parts["unet_step"], "pictures_per_s": report["pictures_per_second"], "load_ms": report["load_ms"],
            "dtype": [work["dtype"], work["vae_dtype"]], "kernels": report["machine"]["kernels"], "device": report["machine"]["device_name"],
            "memory_mb": report["memory_mb"]}


def read_peer(text):
    report = read_json(text)
    runs = report["runs"]
    middle = {part: sorted(run[part] for run in runs)[len(runs) // 2] for part in runs[0] if part not in ("calls",)}
    done = report["done"]
    return {"ms": middle, "done": done, "versions": report["versions"], "load_ms": report.get("load_ms"), "device_peak_mb": report.get("device_peak_mb"),
            "forwards_per_s": 1000 * done["unet"][0] / middle["unet_step"], "pictures_per_s": 1000 * len(done["pictures"]) / middle["whole"]}


def read_tests(text):
    last = text[text.rindex("\n=====") + 1:] if "\n=====" in text else text
    passed = re.search(r"All tests passed \((\d+) assertions? in (\d+) test cases?\)", last)
    if not passed:
        raise ValueError("the tests did not pass")
    return {"assertions": int(passed[1]), "cases": int(passed[2]), "skipped": sorted(set(re.findall(r"skipped: [^\n]*", text)))}


def read_time(_):
    return {}


def read_trace(text):
    return {"kernels": text.strip().splitlines()}


def read_compare(text):
    # redraw compare --json tells of every pair of files
    return {"compare": read_json(text)}


# ---- the legs ----

def bench(c, family, side, batch, steps=8, repeats=3, *more, **changes):
    if c.tiny:
        steps, repeats, batch = 1, min(repeats, 2), min(batch, 2)
    return Command(c.bin / "redraw", "bench", "--json", *c.on_device(family), "--size", f"{c.side(side)}x{c.side(side)}", "--batch", batch,
                   "--steps", steps, "--warmup", 0 if c.tiny else 1, "--repeats", repeats, *more, **changes)


def peer(c, name, family, side, batch, steps=8, repeats=3):
    return Command(sys.executable, ROOT / "scripts/bench/peers.py", name, made.work_file(c, family, side, batch, steps, repeats), own=False)


def folder_run(c):
    steps = ["--steps", 2] if c.tiny else ["--steps", 20]
    return [Command(c.bin / "redraw", c.work / "folder", *c.on_device(), *PROMPT, *steps, "--denoise", "0.35", "-o", c.work / "redrawn", "-q",
                    "--existing", "overwrite", "--batch", 2 if c.tiny else 8)]


def one_off(c):
    command = Command(c.bin / "redraw", c.work / "folder/00.png", *c.on_device("sdxl"), *PROMPT, "--steps", 1 if c.tiny else 20, "--denoise", "0.35",
                      "-o", c.work / "one.png", "-q", "--existing", "overwrite")
    return [command] * (1 if c.tiny else 2)


def upscale(c):
    more = ["--scale", "2", "--steps", 1] if c.tiny else ["--scale", "4", "--steps", 20, "--tile", "auto"]
    picture = c.work / ("folder/00.png" if c.tiny else "large.png")
    return [Command(c.bin / "redraw", picture, *c.on_device("sdxl"), *PROMPT, *more, "--upscaler", c.work / "esrgan.safetensors", "--denoise", "0.35",
                    "-o", c.work / "upscaled.png", "-q", "--existing", "overwrite")]


def accuracy(c):
    def of(dtype):
        return Command(c.bin / "redraw", c.work / "folder/00.png", "-M", c.model("sd15"), "--device", c.device, "--dtype", dtype, *PROMPT,
                       "--steps", 2 if c.tiny else 8, "-o", c.work / f"{dtype}.png", "-q", "--existing", "overwrite")
    other = "bf16" if c.tiny else "f16"
    limits = ["--max-difference", "255"]
    return [of("f32"), of(other), Command(c.bin / "redraw", "compare", c.work / "f32.png", c.work / f"{other}.png", "--json", *limits)]


def trace(c, family, side, batch):
    """Where the device's time goes, kernel by kernel; graphs would show as one."""
    file = c.work / "trace.json"
    return [bench(c, family, side, batch, 2, 2, REDRAW_TRACE=file, REDRAW_CUDA_GRAPHS="off"),
            Command(sys.executable, ROOT / "scripts/gpu/kernel_times.py", file, own=False)]


class Leg:
    """limit: seconds at most; gpu, peers: what must be there; alone: the GPU is its own from the start (see Beside)."""

    def __init__(self, name, what, limit, commands, read, gpu=False, peers=False, alone=False):
        self.name, self.what, self.limit, self.commands, self.read = name, what, limit, commands, read
        self.gpu, self.peers, self.alone = gpu, peers, alone


LEGS = [
    Leg("ceilings", "GEMM, convolution, attention, copy and transfer rates of the device", 60,
        lambda c: [Command(sys.executable, ROOT / "scripts/gpu/probe.py", c.device, *(["--tiny"] if c.tiny else []), own=False)], read_json, alone=True),
    Leg("kernels", "every kernel against f64, the pipeline against the CPU", 90, lambda c: [Command(c.bin / "test_cuda")], read_tests),
    Leg("sd15_b1", "L1-L3: SD 1.5 512, batch 1 (2 rows)", 45, lambda c: [bench(c, "sd15", 512, 1)], read_bench),
    Leg("sd15_b1_no_graphs", "the same without CUDA graphs", 40, lambda c: [bench(c, "sd15", 512, 1, REDRAW_CUDA_GRAPHS="off")], read_bench, gpu=True),
    Leg("sd15_b1_aten", "the same by ATen's kernels alone", 40, lambda c: [bench(c, "sd15", 512, 1, REDRAW_CUDA_PLUGIN="off")], read_bench, gpu=True),
    Leg("sd15_b16", "L1-L3: SD 1.5 512, batch 16 (32 rows)", 45, lambda c: [bench(c, "sd15", 512, 16)], read_bench),
    Leg("accuracy", "f16 beside f32 on the device, SD 1.5 512", 60, accuracy, read_compare),
    Leg("sdxl_b1", "L1-L3: SDXL 1024, batch 1 (2 rows)", 60, lambda c: [bench(c, "sdxl", 1024, 1)], read_bench),
    Leg("sdxl_b8", "L1-L3: SDXL 1024, batch 8 (16 rows)", 60, lambda c: [bench(c, "sdxl", 1024, 8)], read_bench),
    Leg("sdxl_b8_aten", "the same by ATen's kernels alone", 60, lambda c: [bench(c, "sdxl", 1024, 8, 4, 2, REDRAW_CUDA_PLUGIN="off")], read_bench, gpu=True),
    Leg("trace_sd15_b16", "the kernels of two steps, encoder and decoder, SD 1.5 512, batch 16", 45, lambda c: trace(c, "sd15", 512, 16), read_trace),
    Leg("trace_sdxl_b8", "the kernels of two steps, encoder and decoder, SDXL 1024, batch 8", 60, lambda c: trace(c, "sdxl", 1024, 8), read_trace),
    Leg("vae_2048", "L2: VAE of 2048 x 2048", 60, lambda c: [bench(c, "sdxl", 2048, 1, 1, 3, "--vae-tile", "off")], read_bench),
    Leg("load", "L7: loading SDXL, the file's hash known", 45, lambda c: [bench(c, "sdxl", 64, 1, 1, 1)], read_bench),
    Leg("folder", "L4: a folder of 64 PNGs, SD 1.5 512, 20 steps at 0.35", 90, folder_run, read_time, alone=True),
    Leg("one_off", "L5: one picture in a process of its own, SDXL", 60, one_off, read_time, alone=True),
    Leg("upscale", "L6: 1024 to 4096 by RRDB x4, redrawn in tiles, SDXL", 45, upscale, read_time, alone=True),
    Leg("peer_sd15_b1", "diffusers eager, SD 1.5 512, batch 1", 60, lambda c: [peer(c, "diffusers", "sd15", 512, 1)], read_peer, peers=True),
    Leg("peer_sd15_b16_nhwc", "diffusers channels_last, SD 1.5 512, batch 16", 60, lambda c: [peer(c, "diffusers channels_last", "sd15", 512, 16)], read_peer, peers=True),
    Leg("peer_sdxl_b1_nhwc", "diffusers channels_last, SDXL 1024, batch 1", 75, lambda c: [peer(c, "diffusers channels_last", "sdxl", 1024, 1)], read_peer, peers=True),
    Leg("peer_sdxl_b8", "diffusers eager, SDXL 1024, batch 8", 90, lambda c: [peer(c, "diffusers", "sdxl", 1024, 8, 8, 2)], read_peer, peers=True),
    Leg("peer_folder", "L4 by diffusers eager, one picture after the other", 90,
        lambda c: [Command(sys.executable, ROOT / "scripts/gpu/peer_folder.py", made.work_file(c, "sd15", 512, 1, 8, 1), c.work / "folder", own=False)], read_json, peers=True),
    Leg("peer_sdxl_b8_compiled", "diffusers channels_last, UNet and decoder compiled, SDXL 1024, batch 8", 240,
        lambda c: [peer(c, "diffusers compiled", "sdxl", 1024, 8, 8, 2)], read_peer, peers=True),
]


# ---- running them ----

class Beside:
    """Other users of the GPU, which stand still where a leg measures: from the line that says that all is loaded, or,
    where a program says no such thing, from its start."""

    def __init__(self, pattern):
        self.pattern, self.stopped = pattern, 0

    def send(self, what):
        found = subprocess.run(["pgrep", "-f", self.pattern], stdout=subprocess.PIPE, text=True).stdout.split() if self.pattern else []
        for process in set(map(int, found)) - {os.getpid(), os.getppid()}:  # whose command lines hold the pattern too
            os.kill(process, what)
            self.stopped += what == signal.SIGSTOP

    def heard(self, line):
        if "loaded" in line:
            self.send(signal.SIGSTOP)


class Reader(threading.Thread):
    """Reads a pipe to its end; told gets each line."""

    def __init__(self, pipe, told=lambda line: None):
        super().__init__(daemon=True)
        self.pipe, self.told, self.lines = pipe, told, []
        self.start()

    def run(self):
        for line in self.pipe:
            self.lines.append(line)
            self.told(line)

    def text(self):
        self.join(10)
        return "".join(self.lines)


def run_command(command, environment, limit, beside):
    """Output, seconds. The whole process group ends with its limit."""
    start = time.monotonic()
    child = subprocess.Popen(command.words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True, errors="replace")
    out, err, problem = Reader(child.stdout), Reader(child.stderr, beside.heard), None
    try:
        child.wait(timeout=max(1, limit))
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        problem = f"its {limit:.0f} s were over"
    took = time.monotonic() - start
    if child.returncode and not problem:
        problem = f"exit code {child.returncode}: {(err.text().strip().splitlines() or ['nothing was said'])[-1][:300]}"
    return out.text(), err.text(), took, problem


def run_leg(leg, context, limit):
    row, log, seconds, out = {"what": leg.what}, [], [], ""
    beside, until = Beside(context.args.beside), time.monotonic() + limit
    try:
        for command in leg.commands(context):
            if leg.alone:
                beside.send(signal.SIGSTOP)
            out, err, took, problem = run_command(command, context.environment(command.own, command.changes), until - time.monotonic(), beside)
            log += [f"$ {command.text()}\n", err, out]
            seconds.append(took)
            if problem and not (leg.read is read_compare and out.startswith("{")):  # a difference is a result
                raise RuntimeError(problem)
        row |= {"state": "done", "numbers": leg.read(out)}
    except Exception as error:  # whatever it is, the other legs go on
        row |= {"state": f"failed: {error}"}
    beside.send(signal.SIGCONT)
    row |= {"stood_still_beside": beside.stopped} if beside.pattern else {}
    row["seconds"] = [round(took, 3) for took in seconds]
    (context.out / f"{leg.name}.log").write_text("".join(log))
    return row


def left_out(leg, context, asked):
    if asked and leg.name not in asked:
        return "not asked for"
    if leg.gpu and context.device == "cpu":
        return "needs a GPU"
    if leg.peers and context.tiny and (not asked or leg.name not in asked):
        return "no peers with --tiny"
    return None


def machine(context):
    facts = {"cpus": os.cpu_count(), "time": time.strftime("%FT%TZ", time.gmtime())}
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,clocks.sm,clocks.mem", "--format=csv,noheader"]
    if shutil.which("nvidia-smi"):
        facts["nvidia_smi"] = subprocess.run(query, stdout=subprocess.PIPE, text=True).stdout.strip()
    bundle = context.home / "bundle.txt"
    if bundle.exists():
        facts["built_from"] = bundle.read_text().split("\n")[0]
    elif shutil.which("git"):
        facts["built_from"] = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    return facts


def write(context, results):
    part = context.out / "results.json.part"
    part.write_text(json.dumps(results, indent=1) + "\n")
    part.replace(context.out / "results.json")
    (context.out / "table.md").write_text(table(results) + ("" if context.tiny else "\n" + goals.table(results)))


def table(results):
    lines = ["| leg | seconds | UNet rows/s | pictures/s | VAE encode, decode ms | load ms | state |", "|---|---|---|---|---|---|---|"]
    for name, row in results["legs"].items():
        if row["state"] == "left out: not asked for":
            continue
        numbers = row.get("numbers", {})
        parts = numbers.get("ms", {})

        def cell(value, digits=2):
            return "" if value is None else f"{value:.{digits}f}"
        vae = f"{parts['vae_encode']:.1f}, {parts['vae_decode']:.1f}" if "vae_decode" in parts else ""
        lines.append(f"| {name} | {', '.join(f'{s:.1f}' for s in row.get('seconds', []))} | {cell(numbers.get('forwards_per_s'))} | "
                     f"{cell(numbers.get('pictures_per_s'))} | {vae} | {cell(numbers.get('load_ms'), 0)} | {row['state'][:120]} |")
    return "\n".join(lines) + "\n"


def print_plan(context, asked):
    total = 0
    for leg in LEGS:
        why = left_out(leg, context, asked)
        print(f"{leg.name}: {leg.what}; at most {leg.limit} s" + (f"; left out: {why}" if why else ""))
        if why:
            continue
        total += leg.limit
        for command in leg.commands(context):
            print(f"    {command.text()}")
    print(f"limits of the legs together: {total} s; budget: {60 * context.args.minutes:.0f} s")


def run_all(context, asked):
    start = time.monotonic()
    deadline = start + 60 * context.args.minutes
    results = {"machine": machine(context), "device": context.device, "tiny": context.tiny, "legs": {}}
    making = made.Making(context, asked)
    for leg in LEGS:
        why, left = left_out(leg, context, asked), deadline - time.monotonic()
        limit = leg.limit * (10 if context.device == "cpu" else 1)
        if not why and left < 10:
            why = "the time was over"
        if not why:
            why = making.missing(leg, context, min(left - 10, limit))
            left = deadline - time.monotonic()
        if why:
            results["legs"][leg.name] = {"what": leg.what, "state": f"left out: {why}"}
        else:
            results["legs"][leg.name] = run_leg(leg, context, min(limit, left - 5))
        print(f"{time.monotonic() - start:6.1f} s  {leg.name}: {results['legs'][leg.name]['state']}", flush=True)
        write(context, results)
    making.stop()
    print((context.out / "table.md").read_text())
    bad = [name for name, row in results["legs"].items() if row["state"].startswith("failed") and not name.startswith("peer_")]
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "build/gpu")
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--legs", default="")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--beside", default="")
    parser.add_argument("--goals", nargs="?", const="", metavar="results.json")
    args = parser.parse_args()
    if args.goals is not None:
        print(goals.table(json.loads(Path(args.goals).read_text()) if args.goals else {"legs": {}}), end="")
        return 0
    if args.home is None:
        parser.error("--home is missing: scripts/gpu/run.sh gives it")
    args.home, args.out = args.home.resolve(), args.out.resolve()
    asked = [name for name in args.legs.split(",") if name]
    unknown = set(asked) - {leg.name for leg in LEGS}
    if unknown:
        parser.error(f"no such leg: {', '.join(sorted(unknown))}; there are {', '.join(leg.name for leg in LEGS)}")
    with tempfile.TemporaryDirectory(prefix="redraw_gpu.") as work:
        context = Context(args, Path(work))
        if args.plan:
            print_plan(context, asked)
            return 0
        args.out.mkdir(parents=True, exist_ok=True)
        return run_all(context, asked)


if __name__ == "__main__":
    sys.exit(main())
