"""Draws the input pictures of examples/: a sketch, a lake with a mask, a folder of poor pictures. Always the same bytes.

usage: make_examples.py EXAMPLES_FOLDER
"""
import sys
from pathlib import Path

import cv2
import numpy as np

from render import render

FIRST_SEED = 9_000_000  # never trained on
NOTHING = {key: False for key in ("clouds", "trees", "house", "boat", "lighthouse", "cactus", "moon", "sun", "stars")}


def scene(number, time, terrain, season, *things, size=256):
    shown = {"time": time, "terrain": terrain, "season": season, **NOTHING, **{thing: True for thing in things}}
    return render(FIRST_SEED + number, size, shown)[0]


def save(path, picture, *options):
    path.parent.mkdir(parents=True, exist_ok=True)
    order = [2, 1, 0, 3][: picture.shape[2]] if picture.ndim == 3 else None  # cv2 writes BGR
    if not cv2.imwrite(str(path), picture[..., order] if order else picture, list(options)):
        raise SystemExit(f"make_examples: cannot write {path}")


def polygon(picture, colour, *points):
    cv2.fillPoly(picture, [np.array(points, np.int32)], colour, cv2.LINE_AA)


def sketch():
    """Sunset over a lake, two mountains, two trees: flat colours, as drawn with a mouse."""
    picture = np.empty((256, 256, 3), np.uint8)
    picture[:70], picture[70:112], picture[112:140], picture[140:] = (196, 92, 100), (232, 126, 84), (250, 178, 96), (120, 78, 104)
    cv2.circle(picture, (176, 108), 16, (255, 240, 200), -1, cv2.LINE_AA)
    polygon(picture, (112, 92, 128), (0, 140), (0, 104), (44, 60), (84, 108), (112, 140))
    polygon(picture, (96, 82, 118), (72, 140), (118, 84), (150, 122), (164, 140))
    polygon(picture, (240, 178, 120), (160, 146), (192, 146), (206, 214), (148, 214))
    polygon(picture, (112, 74, 44), (0, 228), (90, 238), (170, 234), (256, 222), (256, 256), (0, 256))
    for x, base, height in ((42, 238, 96), (222, 232, 112)):
        cv2.rectangle(picture, (x - 3, base - 20), (x + 3, base), (60, 38, 30), -1)
        for level in range(3):
            bottom, half = base - 12 - level * height // 4, 24 - 6 * level
            polygon(picture, (46, 70, 58), (x - half, bottom), (x + half, bottom), (x, bottom - height // 2 + 6))
    return picture


def boat_mask():
    """White where the boat shall come: hull, sail and a little water around."""
    mask = np.zeros((256, 256), np.uint8)
    cv2.ellipse(mask, (150, 174), (48, 46), 0, 0, 360, 255, -1)
    return mask


def ellipse(size, centre, axes, value=255):
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, value, -1)
    return mask


def ring(mask, width):
    """The edge of a mask, so many pixels to both sides."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    return cv2.dilate(mask, kernel) - cv2.erode(mask, kernel)


def raised_arm():
    """Strokes with alpha over the desert: sand where the cactus held its left arm, and the arm stretched out."""
    strokes = np.zeros((256, 256, 4), np.uint8)
    cv2.line(strokes, (86, 178), (86, 202), (222, 140, 66, 255), 16)
    cv2.line(strokes, (98, 202), (66, 182), (58, 104, 56, 255), 12)
    cv2.line(strokes, (66, 182), (62, 150), (58, 104, 56, 255), 12)
    return strokes


def use_cases(folder):
    """Masks and strokes of the six use cases; their pictures are those of the other examples."""
    save(folder / "repair_detail/mask.png", ellipse((256, 256), (180, 92), (26, 56)))
    save(folder / "add_element/mask.png", ellipse((256, 256), (150, 176), (44, 40)))
    save(folder / "remove_element/mask.png", ellipse((256, 256), (180, 180), (44, 54)))
    save(folder / "change_pose/strokes.png", raised_arm())
    element = ellipse((256, 256), (90, 206), (40, 44))
    save(folder / "sketch_to_wallpaper/element.png", element)
    save(folder / "sketch_to_wallpaper/seam.png", ring(element, 8))


def blurred(picture):
    return cv2.GaussianBlur(picture, (0, 0), 2)


def enlarged(picture):
    """As a thumbnail would look that somebody enlarged four times."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def main():
    folder = Path(sys.argv[1])
    save(folder / "sketch/sketch.png", sketch())
    save(folder / "inpaint/lake.png", scene(11, "noon", "lake", "summer", "trees"))
    save(folder / "inpaint/mask.png", boat_mask())
    use_cases(folder)
    poor = folder / "folder/pictures"
    save(poor / "desert.png", blurred(scene(2, "sunset", "desert", "summer", "cactus", "sun")))
    save(poor / "hills.jpg", scene(3, "noon", "hills", "spring", "clouds", "house"), cv2.IMWRITE_JPEG_QUALITY, 25)
    save(poor / "lighthouse.png", enlarged(scene(30, "night", "sea", "summer", "lighthouse", "stars", "moon")))
    save(poor / "wide.png", blurred(scene(5, "dawn", "mountains", "winter", "trees", size=320)[70:268, :316]))


if __name__ == "__main__":
    main()
