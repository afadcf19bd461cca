"""Runs img2img of one checkpoint in another program, timed part by part: the children of scripts/bench/compare.py.

usage: peers.py NAME WORK.json        NAME is a row of PEERS or RUNNERS; WORK.json is written by compare.py
Prints one line of JSON: times, what was really run, versions, peak memory.
"""
import json
import os
import sys
import time
from pathlib import Path

STEP = "unet_step"
SHORT = {"torch.float32": "f32", "torch.bfloat16": "bf16", "torch.float16": "f16"}


def peak_mb():
    """Of this process alone: getrusage would count what its parent had."""
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


class Watch:
    """Sums the seconds of the calls of a part and keeps what went in and out."""

    def __init__(self, synchronize):
        self.seconds, self.calls, self.seen, self.synchronize = {}, {}, {}, synchronize

    def wrap(self, owner, name, part):
        inner = getattr(owner, name)

        def timed(*args, **kwargs):
            start = time.perf_counter()
            result = inner(*args, **kwargs)
            self.synchronize()
            self.seconds[part] = self.seconds.get(part, 0) + time.perf_counter() - start
            self.calls[part] = self.calls.get(part, 0) + 1
            tensors = [x for x in args if hasattr(x, "shape")] or [x for x in kwargs.values() if hasattr(x, "shape")]
            if tensors:
                self.seen[part] = {"shape": list(tensors[0].shape), "dtype": str(tensors[0].dtype)}
            return result
        setattr(owner, name, timed)

    def take(self):
        taken = self.seconds, self.calls
        self.seconds, self.calls = {}, {}
        return taken


def load_diffusers(work):
    import diffusers
    import torch
    from PIL import Image
    torch.set_num_threads(work["threads"])
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}[work["dtype"]]
    sdxl = work["family"] == "sdxl"
    kind = diffusers.StableDiffusionXLImg2ImgPipeline if sdxl else diffusers.StableDiffusionImg2ImgPipeline
    extra = {} if sdxl else {"safety_checker": None, "requires_safety_checker": False}
    pipeline = kind.from_single_file(work["model"], config=work["configs"], torch_dtype=dtype, local_files_only=True, **extra)
    pipeline.scheduler = diffusers.EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    pipeline.to(work["device"])
    pipeline.set_progress_bar_config(disable=True)
    versions = {"diffusers": diffusers.__version__, "torch": torch.__version__}
    return pipeline, Image.open(work["picture"]).convert("RGB"), versions


def load_channels_last(work):
    import torch
    pipeline, picture, versions = load_diffusers(work)
    for part in (pipeline.unet, pipeline.vae):
        part.to(memory_format=torch.channels_last)
    return pipeline, picture, versions


def load_compiled(work):
    import torch
    import torch._inductor.config
    if work["device"] == "cpu":
        torch._inductor.config.freezing = True  # weights laid out once, as oneDNN wants them
    pipeline, picture, versions = load_channels_last(work)
    pipeline.unet.forward = torch.compile(pipeline.unet.forward)
    pipeline.vae.decode = torch.compile(pipeline.vae.decode)
    return pipeline, picture, versions


def load_converted(work, runtime):
    """diffusers' pipeline with UNet, encoder and decoder run by another runtime, for the shapes at hand.

    runtime(work) -> (convert(module, example inputs) -> a function of tensors, what it says of itself, once all is converted)
    """
    import torch
    pipeline, picture, versions = load_diffusers(work | {"dtype": "f32"})
    convert, told = runtime(work)
    width, height, rows = work["width"], work["height"], 2 * work["batch"]
    with torch.inference_mode():
        latent = torch.zeros(work["batch"], 4, height // 8, width // 8)
        context = torch.zeros(rows, 77, pipeline.unet.config.cross_attention_dim)
        unet = convert(pipeline.unet, (latent.repeat(2, 1, 1, 1), torch.tensor(1.0), context))
        encode = convert(pipeline.vae.encoder, (torch.zeros(1, 3, height, width),))
        decode = convert(pipeline.vae.decoder, (latent,))
    pipeline.unet.forward = lambda sample, t, encoder_hidden_states, **_: (unet(sample, t, encoder_hidden_states),)
    pipeline.vae.encoder.forward = encode
    pipeline.vae.decoder.forward = lambda sample, *_: decode(sample)
    version, done = told()
    return pipeline, picture, versions | version, done


def openvino_runtime(work):
    import openvino
    import torch
    hint = {"f32": openvino.Type.f32, "bf16": openvino.Type.bf16, "f16": openvino.Type.f16}[work["dtype"]]
    config = {"INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": work["threads"], "PERFORMANCE_HINT": "LATENCY"}
    core, compiled = openvino.Core(), []

    def convert(module, examples):
        model = openvino.convert_model(module, example_input=examples, input=[tuple(x.shape) for x in examples])
        compiled.append(core.compile_model(model, "CPU", config))
        infer = compiled[-1]
        return lambda *inputs: torch.from_numpy(infer([x.float().numpy() for x in inputs])[0].copy())

    def told():
        numbers = sorted({part.get_property("INFERENCE_PRECISION_HINT").get_type_name() for part in compiled})
        threads = max(part.get_property("INFERENCE_NUM_THREADS") for part in compiled)
        return {"openvino": openvino.__version__}, {"numbers": numbers, "threads": threads}
    return convert, told


def onnxruntime_runtime(work):
    """f32: the CPU's kernels for other formats are few."""
    import tempfile
    import onnxruntime
    import torch
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = work["threads"]

    def convert(module, examples):
        with tempfile.TemporaryDirectory() as folder:  # weights beyond 2 GB lie beside the file
            torch.onnx.export(module, examples, f"{folder}/part.onnx", dynamo=False)
            session = onnxruntime.InferenceSession(f"{folder}/part.onnx", options, providers=["CPUExecutionProvider"])
        names = [entry.name for entry in session.get_inputs()]
        return lambda *inputs: torch.from_numpy(session.run(None, dict(zip(names, (x.float().numpy() for x in inputs))))[0])
    return convert, lambda: ({"onnxruntime": onnxruntime.__version__}, {"numbers": ["f32"], "threads": options.intra_op_num_threads})


def load_openvino(work):
    return load_converted(work, openvino_runtime)


def load_onnxruntime(work):
    return load_converted(work, onnxruntime_runtime)


PEERS = {"openvino": load_openvino, "onnxruntime": load_onnxruntime, "diffusers": load_diffusers,
         "diffusers channels_last": load_channels_last, "diffusers compiled": load_compiled}


def watched(pipeline, device):
    import torch
    watch = Watch(torch.cuda.synchronize if device.startswith("cuda") else lambda: None)
    watch.wrap(pipeline, "encode_prompt", "text_encoder")
    watch.wrap(pipeline.vae, "encode", "vae_encode")
    watch.wrap(pipeline.unet, "forward", STEP)
    watch.wrap(pipeline.vae, "decode", "vae_decode")
    return watch


def run_once(pipeline, picture, work):
    """As redraw's `whole`: from pixels to PNG bytes in memory."""
    import io
    import torch
    # img2img of diffusers runs int(steps x strength) of its steps, so that `steps` are really made
    images = pipeline(work["prompt"], image=picture, negative_prompt=work["negative_prompt"], strength=work["denoise"],
                      num_inference_steps=round(work["steps"] / work["denoise"]), guidance_scale=work["cfg_scale"],
                      num_images_per_prompt=work["batch"], generator=torch.Generator().manual_seed(work["seed"])).images
    for image in images:
        image.save(io.BytesIO(), "PNG")
    return images


def run(name, work):
    start = time.perf_counter()
    pipeline, picture, versions, *own = PEERS[name](work)
    own = own[0] if own else {}  # what a runtime of its own says of itself
    load_ms = 1000 * (time.perf_counter() - start)
    print("loaded", file=sys.stderr, flush=True)
    import torch
    watch = watched(pipeline, work["device"])
    runs = []
    for i in range(work["warmup"] + work["repeats"]):
        wall, cpu = time.perf_counter(), time.process_time()
        images = run_once(pipeline, picture, work)
        whole, cpu = 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)
        seconds, calls = watch.take()
        if i < work["warmup"]:
            continue
        parts = {part: 1000 * value for part, value in seconds.items()}
        parts[STEP] /= calls[STEP]  # the scheduler's own work is not in it
        runs.append({"whole": whole, "cpu": cpu, "calls": calls} | parts)
    done = {"unet_calls": calls[STEP], "unet": watch.seen[STEP]["shape"], "scheduler": type(pipeline.scheduler).__name__,
            "numbers": sorted({SHORT[str(next(pipeline.unet.parameters()).dtype)], SHORT[watch.seen[STEP]["dtype"]]}),
            "threads": torch.get_num_threads(), "pictures": [list(image.size) for image in images]} | own
    device = torch.cuda.max_memory_allocated() / 1e6 if work["device"].startswith("cuda") else None
    memory = {} if own else {"load_ms": load_ms, "peak_mb": peak_mb(), "device_peak_mb": device}
    return {"runs": runs, "done": done, "versions": versions} | memory


def run_sdcpp(work, numbers=None):
    """stable-diffusion.cpp by its Python binding: it tells of steps alone, so VAE and text encoder stay in the whole.

    numbers  of the weights, where they are to be other than redraw's: it has no bf16 that pays
    """
    import io
    import statistics
    from importlib.metadata import version
    from PIL import Image
    from stable_diffusion_cpp import StableDiffusion
    start = time.perf_counter()
    model = StableDiffusion(model_path=work["model"], n_threads=work["threads"], wtype=numbers or work["dtype"], verbose=False)
    load_ms, picture, runs = 1000 * (time.perf_counter() - start), Image.open(work["picture"]).convert("RGB"), []
    schedule = round(work["steps"] / work["denoise"])
    print("loaded", file=sys.stderr, flush=True)
    for i in range(work["warmup"] + work["repeats"]):
        wall, cpu, steps = time.perf_counter(), time.process_time(), {}
        images = model.generate_image(
            work["prompt"], work["negative_prompt"], init_image=picture, width=work["width"], height=work["height"], cfg_scale=work["cfg_scale"],
            sample_method="euler", scheduler="discrete", sample_steps=schedule, strength=(work["steps"] - 0.5) / schedule,  # it makes one more
            seed=work["seed"], batch_count=work["batch"], progress_callback=lambda step, _, seconds: steps.__setitem__(step, seconds))
        for image in images:
            image.save(io.BytesIO(), "PNG")
        steps.pop(0, None)
        if i >= work["warmup"]:
            runs.append({"whole": 1000 * (time.perf_counter() - wall), "cpu": 1000 * (time.process_time() - cpu),
                         STEP: 1000 * statistics.median(steps.values()), "calls": {STEP: len(steps)}})
    done = {"unet_calls": runs[-1]["calls"][STEP], "threads": work["threads"], "pictures": [list(image.size) for image in images]}
    done |= {} if numbers else {"numbers": [work["dtype"]]}
    versions = {"stable-diffusion-cpp-python": version("stable_diffusion_cpp_python")}
    return {"runs": runs, "done": done, "versions": versions, "load_ms": load_ms, "peak_mb": peak_mb(), "device_peak_mb": None}


RUNNERS = {"stable-diffusion.cpp": run_sdcpp, "stable-diffusion.cpp f16": lambda work: run_sdcpp(work, "f16")}  # programs with a way of their own


if __name__ == "__main__":
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print
    name, asked = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
    report = RUNNERS[name](asked) if name in RUNNERS else run(name, asked)
    os.write(out, (json.dumps(report) + "\n").encode())
