"""Sums a trace that REDRAW_TRACE wrote: which kernels took how much of the device's time, and how long it stood still.

usage: kernel_times.py TRACE.json [ROWS]      without kernels (a CPU run) the operators are summed, by their own time
"""
import json
import re
import sys


def short(name):
    """A kernel's name without its argument list and namespaces."""
    name = re.sub(r"\(anonymous namespace\)::|at::native::|redraw::cuda::|cutlass::|std::|^void ", "", name)
    return re.sub(r"\(.*$", "", name)[:110]


def own_times(events):
    """us of each operator without what it called; events of one thread nest."""
    stack, own = [], []
    for event in sorted(events, key=lambda e: (e["tid"], e["ts"], -e["dur"])):
        while stack and (stack[-1]["tid"] != event["tid"] or event["ts"] >= stack[-1]["ts"] + stack[-1]["dur"]):
            stack.pop()
        if stack:
            stack[-1]["own"] -= event["dur"]
        event["own"] = event["dur"]
        stack.append(event)
        own.append(event)
    return [(event["name"], event["own"]) for event in own]


def busy(events):
    """us in which at least one of them ran."""
    total, until = 0, 0
    for start, end in sorted((e["ts"], e["ts"] + e["dur"]) for e in events):
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total


def main():
    events = [e for e in json.load(open(sys.argv[1]))["traceEvents"] if e.get("ph") == "X"]
    kernels = [e for e in events if e.get("cat") in ("kernel", "gpu_memcpy", "gpu_memset")]
    rows = [(short(e["name"]), e["dur"]) for e in kernels] or own_times([e for e in events if e.get("cat") == "cpu_op"])
    if kernels:
        span = max(e["ts"] + e["dur"] for e in kernels) - min(e["ts"] for e in kernels)
        print(f"{len(kernels)} kernels in {span / 1000:.1f} ms, of which the device was busy {busy(kernels) / 1000:.1f} ms")
    sums = {}
    for name, us in rows:
        count, total = sums.get(name, (0, 0))
        sums[name] = count + 1, total + us
    whole = sum(total for _, total in sums.values()) or 1
    for name, (count, us) in sorted(sums.items(), key=lambda row: -row[1][1])[:int(sys.argv[2]) if len(sys.argv) > 2 else 40]:
        print(f"{us / 1000:9.2f} ms {100 * us / whole:5.1f} % {count:6} x  {name}")


if __name__ == "__main__":
    main()
