#!/usr/bin/env python3
"""Checks that sd-parsers and sd-prompt-reader find in redraw's PNGs what redraw says it wrote.

usage: check_readers.py REDRAW PNG...   (REDRAW: the program; packages: scripts/pins/readers.txt)
"""
import json
import subprocess
import sys

from sd_parsers import ParserManager
from sd_prompt_reader.image_data_reader import ImageDataReader

# Key of redraw's chunk -> key of each reader.
PARSER_KEYS = {"steps": "steps", "cfg_scale": "cfg_scale", "denoise": "Denoising strength"}
READER_KEYS = {"steps": "steps", "cfg_scale": "cfg", "seed": "seed"}


def written(redraw, png):
    chunk = json.loads(subprocess.check_output([redraw, "show", "--json", png]))
    return chunk["recipe"] | {"seed": chunk["job"]["seed"]}


def number(value):
    return float(value) if value is not None else None


def read_with_parsers(png):
    info = ParserManager().parse(png)
    sampler = info.samplers[0]
    values = dict(info.metadata) | dict(sampler.parameters)
    found = {key: number(values.get(name)) for key, name in PARSER_KEYS.items()}
    found["seed"] = number(sampler.parameters.get("seed"))
    found["prompt"] = ", ".join(prompt.value for prompt in sampler.prompts)
    found["negative_prompt"] = ", ".join(prompt.value for prompt in sampler.negative_prompts)
    return found


def read_with_prompt_reader(png):
    data = ImageDataReader(png)
    found = {key: number(data.parameter.get(name)) for key, name in READER_KEYS.items()}
    return found | {"prompt": data.positive, "negative_prompt": data.negative}


def differences(name, found, expected):
    for key, value in found.items():
        wanted = expected[key] if isinstance(value, str) else float(expected[key])
        if value != wanted:
            yield f"{name}: {key} is {value!r}, redraw wrote {wanted!r}"


def main():
    redraw, *pictures = sys.argv[1:]
    bad = []
    for png in pictures:
        expected = written(redraw, png)
        bad += [f"{png}: {line}" for line in differences("sd-parsers", read_with_parsers(png), expected)]
        bad += [f"{png}: {line}" for line in differences("sd-prompt-reader", read_with_prompt_reader(png), expected)]
    print("\n".join(bad) if bad else f"{len(pictures)} pictures, both readers agree with redraw")
    return 1 if bad or not pictures else 0


if __name__ == "__main__":
    sys.exit(main())
