"""Writes the demo model: vae.pt and unet.pt (EMA) -> one fp16 .safetensors file with the keys of SD 1.x.

usage: export.py WORK OUT.safetensors      (check_layout.py compares the file with diffusers and transformers)
rows of tokens that no caption holds are zero, but for near words, which share a trained row (near_words.py)
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from captions import FAULTS, caption
from near_words import NEAR
from nets import VAE, TextToNoise, alphas_cumprod
from render import sample_attributes
from tokens import ids_of, word_ids

LIMIT = 40e6  # bytes; the file is kept in the repository
PREFIXES = {"unet.": "model.diffusion_model.", "text.": "cond_stage_model.transformer.text_model.", "vae.": "first_stage_model."}
TOKENS = PREFIXES["text."] + "embeddings.token_embedding.weight"
METADATA = {
    "format": "pt",
    "modelspec.sai_model_spec": "1.0.0",
    "modelspec.architecture": "stable-diffusion-v1",
    "modelspec.title": "redraw demo landscapes",
    "modelspec.license": "MIT",
    "modelspec.description": "A small Stable Diffusion 1.x for demonstrations and tests: rendered landscapes, 128 to 256 px. "
                             "Trained from nothing by scripts/demo_model/train.sh of redraw on pictures that its render.py draws; "
                             "no photographs, no paintings, no other model.",
    "modelspec.prediction_type": "epsilon",
    "modelspec.resolution": "256x256",
    "modelspec.tags": "landscape, " + ", ".join(word for word in NEAR if len(word) > 4),
}


def load_weights(path):
    if not path.exists():
        raise SystemExit(f"export: there is no {path}\n  fix: train first: scripts/demo_model/train.sh {path.parent}")
    return torch.load(path, map_location="cpu", weights_only=True)


def load_nets(work):
    """(VAE, TextToNoise) of a training folder; keys are strict."""
    nets = VAE().eval(), TextToNoise().eval()
    for net, name in zip(nets, ("vae.pt", "unet.pt")):
        net.load_state_dict(load_weights(work / name))
    return nets


def nets_of(path):
    """(VAE, TextToNoise) in fp32 of an exported file."""
    vae, net, weights = VAE().eval(), TextToNoise().eval(), load_file(path)
    vae.load_state_dict(part_of(weights, "vae."))
    net.unet.load_state_dict(part_of(weights, "unet."))
    net.text.load_state_dict(part_of(weights, "text."))
    return vae, net


def part_of(weights, own):
    """The tensors under one prefix, in fp32, with the names that nets.py gives them."""
    prefix = PREFIXES[own]
    return {key[len(prefix):]: value.float() for key, value in weights.items() if key.startswith(prefix)}


def trained_tokens(captions=20000):
    """Every id that training can have seen."""
    rng = np.random.default_rng(0)
    faults = ["", *FAULTS]
    return sorted({i for n in range(captions) for i in ids_of(caption(rng, sample_attributes(rng) | {"fault": faults[n % len(faults)]}))})


def single_id(word):
    ids = word_ids(word)
    if len(ids) != 1:
        raise SystemExit(f"export: near_words.py: \"{word}\" is {len(ids)} tokens; a row can be shared by single tokens only")
    return ids[0]


def shared_rows(rows):
    """The embedding table [V, D] with zeros for what was never seen and copies for near words."""
    seen = trained_tokens()
    result = torch.zeros_like(rows)
    result[seen] = rows[seen]
    for word, neighbours in NEAR.items():
        for neighbour in neighbours.split():
            if single_id(neighbour) in seen:
                raise SystemExit(f"export: near_words.py: \"{neighbour}\" is a word of the captions; take it out")
            result[single_id(neighbour)] = rows[single_id(word)]
    return result


def checkpoint_of(vae, net):
    """All tensors with SD 1.x keys: fp16, the schedule fp32."""
    parts = {"vae.": vae, "unet.": net.unet, "text.": net.text}
    weights = {PREFIXES[own] + key: value for own, part in parts.items() for key, value in part.state_dict().items()}
    weights[TOKENS] = shared_rows(weights[TOKENS])
    weights = {key: value.half().contiguous() for key, value in weights.items()}
    broken = [key for key, value in weights.items() if not value.isfinite().all()]
    if broken:
        raise SystemExit(f"export: not finite in fp16: {', '.join(broken[:5])}")
    return weights | {"alphas_cumprod": alphas_cumprod()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    weights = checkpoint_of(*load_nets(args.work))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, args.out, METADATA)
    size = args.out.stat().st_size
    print(f"{args.out}: {len(weights)} tensors, {size / 1e6:.1f} MB")
    if size > LIMIT:
        raise SystemExit(f"export: {size} bytes are more than the {LIMIT:.0f} that the repository takes")


if __name__ == "__main__":
    main()
