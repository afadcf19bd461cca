#!/usr/bin/env python3
"""Copies the golden cases that pass today, with only the files they name, into tests/golden.

usage: scripts/copy_golden.py SOURCE [TARGET]
SOURCE holds one folder per set (cases.json, data, perhaps packs/*.tar.xz); TARGET defaults to
tests/golden of this checkout. The sets in TARGET are replaced as a whole; the same SOURCE gives the
same bytes. What passes is asked of the golden runner, so build redraw_golden first.
"""
import io
import json
import lzma
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IN_PACKS = ("files/", "bad/", "upscalers/")  # as the runner's Case::path
# Another copy of the same weights in bf16 is 1.4 MB of the repository; nn/safetensors_test reads bf16.
LEFT_OUT = "files/sd15_bf16_no_position_ids.safetensors"
# What the runner makes itself instead of reading it; without it every sampler has its cases here.
UNREAD = {"sample_img2img": {"x", "denoised", "noise", "step_noise", "brownian"}}
BUDGET = 270_000  # bytes of one function's files; a function with more is thinned evenly
DICTIONARY = 1 << 27  # the packed models share weights far apart: one dictionary spans them all


def passing(folder):
    """Functions with a passing case, and the ids that are skipped or fail, as the runner says."""
    run = subprocess.run([ROOT / "scripts/golden.sh", folder], capture_output=True, text=True)
    if not re.search(r"^\d+ passed", run.stdout, re.M):
        sys.exit(f"the golden runner gives no result for {folder}:\n{run.stdout}{run.stderr}")
    functions = {m[1] for m in re.finditer(r"^(\w+) +[1-9]\d* +\d+ +\d+$", run.stdout, re.M)}
    others = {m[1] for m in re.finditer(r"^(?:skipped|FAILED) (.+?)(?:: | \()", run.stdout, re.M)}
    return functions, others


def names_in(value):
    """All strings of a case, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from names_in(item)


def without_unread(case):
    unread = UNREAD.get(case["function"], set())
    keep = lambda part: {k: v for k, v in part.items() if k not in unread} if isinstance(part, dict) else part
    return {key: keep(part) if key in ("inputs", "expected") else part for key, part in case.items()}


def files_of(case, source):
    """The files beside cases.json that a case names, and those of the folder that it names as embeddings."""
    names = set(names_in([case.get("inputs"), case.get("expected")]))
    files = {name for name in names if "/" in name and len(name) < 200 and (source / name).is_file()}
    if folder := case["inputs"].get("embeddings"):
        files |= {str(file.relative_to(source)) for file in (source / folder).iterdir()}
    return files


def thinned(cases, source):
    """Of each function as many cases as fit into the budget, from its first to its last."""
    kept = []
    for function in sorted({case["function"] for case in cases}):
        own = [case for case in cases if case["function"] == function]
        size = sum((source / name).stat().st_size for case in own for name in files_of(case, source))
        count = max(1, min(len(own), len(own) * BUDGET // max(size, 1)))
        kept += [own[i * len(own) // count]["id"] for i in range(count)]
    return [case for case in cases if case["id"] in kept]


def members_of(packs, wanted):
    """The wanted files out of the packs: name -> bytes."""
    found = {}
    for pack in sorted(packs.glob("*.tar.xz")) if wanted else []:
        with tarfile.open(pack) as archive:
            for member in archive:
                if member.name in wanted:
                    found[member.name] = archive.extractfile(member).read()
    if missing := wanted - found.keys():
        sys.exit(f"not in the packs: {sorted(missing)}")
    return found


def write_pack(path, members):
    path.parent.mkdir(parents=True)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": DICTIONARY}]
    with lzma.open(path, "wb", filters=filters) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in sorted(members.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def write_cases(path, whole, cases):
    """One case a line, so that a change shows as one line."""
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, sort_keys=True) for case in cases)
    head = {} if isinstance(whole, list) else {k: v for k, v in whole.items() if k != "cases"}
    start = json.dumps(head, ensure_ascii=False, sort_keys=True)[:-1] + (", " if head else "")
    path.write_text(f'{start}"cases": [\n{lines}\n]}}\n', encoding="utf-8")


def copy_set(source, target):
    functions, others = passing(source)
    whole = json.loads((source / "cases.json").read_text(encoding="utf-8"))
    cases = whole if isinstance(whole, list) else whole["cases"]
    cases = [case for case in cases if case["function"] in functions and case["id"] not in others]
    cases = [case for case in cases if LEFT_OUT not in names_in(case)]
    cases = thinned([without_unread(case) for case in cases], source)
    names = set(names_in([[case.get("inputs"), case.get("expected")] for case in cases]))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in sorted(set().union(*(files_of(case, source) for case in cases))):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    packed = {name for name in names if name.startswith(IN_PACKS) and not (source / name).is_file()}
    if packed:
        write_pack(target / "packs/models.tar.xz", members_of(source / "packs", packed))
    write_cases(target / "cases.json", whole, cases)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    print(f"{target}: {len(cases)} cases, {size / 1e6:.1f} MB")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    source = Path(sys.argv[1]).resolve()
    target = Path(sys.argv[2]) if len(sys.argv) == 3 else ROOT / "tests/golden"
    for cases in sorted(source.glob("*/cases.json")):
        copy_set(cases.parent, target / cases.parent.name)


if __name__ == "__main__":
    main()
