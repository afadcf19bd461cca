"""CLIP's byte-pair encoding for plain ASCII captions (the vocabulary that scripts/setup.sh fetches)."""
import gzip
import os
import re
from functools import lru_cache
from pathlib import Path

VOCABULARY = Path(os.environ.get("REDRAW_VOCAB") or Path(__file__).resolve().parents[2] / ".deps/clip/bpe_simple_vocab_16e6.txt.gz")
START, END, LENGTH = 49406, 49407, 77


@lru_cache
def tables():
    merges = [tuple(line.split()) for line in gzip.open(VOCABULARY, "rt", encoding="utf8").read().split("\n")[1:49152 - 256 - 2 + 1]]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    letters = [chr(b) for b in printable] + [chr(256 + n) for n in range(len(others))]
    words = letters + [c + "</w>" for c in letters] + ["".join(pair) for pair in merges]
    return {word: i for i, word in enumerate(words)}, {pair: i for i, pair in enumerate(merges)}


@lru_cache(maxsize=4096)
def word_ids(word):
    numbers, ranks = tables()
    parts = [*word[:-1], word[-1] + "</w>"]
    while len(parts) > 1:
        pairs = [(ranks.get(pair, 1 << 30), i) for i, pair in enumerate(zip(parts, parts[1:]))]
        rank, i = min(pairs)
        if rank == 1 << 30:
            break
        parts[i:i + 2] = [parts[i] + parts[i + 1]]
    return tuple(numbers[part] for part in parts)


def ids_of(text):
    """[77] ids: start, tokens, end, filled with the end token."""
    ids = [START]
    for word in re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower()):
        ids += word_ids(word)
    ids = ids[:LENGTH - 1] + [END]
    return ids + [END] * (LENGTH - len(ids))
