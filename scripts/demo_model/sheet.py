"""Lays pictures out on a labelled sheet: samples under their prompts, or rows of before and after.

usage: sheet.py OUT.png|OUT.jpg [--columns 4] [--side 256] [--plain] PICTURE[=LABEL]...
without =LABEL a picture is labelled with the prompt that its PNG carries, else with its file name
"""
import argparse
import textwrap
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

GAP, LINES, BACK, INK = 8, 2, (250, 250, 248), (40, 40, 44)


def prompt_of(picture, path):
    """The first line of A1111's parameters."""
    text = picture.info.get("parameters", "") if hasattr(picture, "info") else ""
    first = text.split("\nNegative prompt:")[0].split("\nSteps:")[0].strip()
    return first if first and not first.startswith("Steps:") else path.name


def read(argument):
    """(picture, label) of "a.png" or "a.png=what it shows"."""
    name, _, label = argument.partition("=")
    if not Path(name).exists():
        raise SystemExit(f"sheet: there is no \"{name}\"")
    picture = Image.open(name)
    return picture.convert("RGB"), label or prompt_of(picture, Path(name))


def fitted(picture, side):
    """As large as fits into a square of `side`, never blurred by enlarging more than needed."""
    scale = side / max(picture.size)
    size = tuple(max(1, round(length * scale)) for length in picture.size)
    return picture if scale == 1 else picture.resize(size, Image.Resampling.LANCZOS)


def sheet(cells, columns, side, labelled=True):
    """cells: (picture, label) pairs, row by row."""
    font = ImageFont.load_default(size=max(10, side // 20))
    line = font.size + 3
    rows, below = -(-len(cells) // columns), LINES * line + 4 if labelled else 0
    page = Image.new("RGB", (GAP + columns * (side + GAP), GAP + rows * (side + below + GAP)), BACK)
    draw = ImageDraw.Draw(page)
    for i, (picture, label) in enumerate(cells):
        x, y = GAP + i % columns * (side + GAP), GAP + i // columns * (side + below + GAP)
        small = fitted(picture, side)
        page.paste(small, (x + (side - small.width) // 2, y + (side - small.height) // 2))
        if labelled:
            text = "\n".join(textwrap.wrap(label, int(side / font.size * 1.95), max_lines=LINES, placeholder=" ..."))
            draw.multiline_text((x, y + side + 2), text, fill=INK, font=font, spacing=2)
    return page


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--side", type=int, default=256, help="px of the square that each picture gets")
    parser.add_argument("--plain", action="store_true", help="no labels")
    args = parser.parse_args()
    sheet([read(argument) for argument in args.pictures], args.columns, args.side, not args.plain).save(args.out, quality=90)


if __name__ == "__main__":
    main()
