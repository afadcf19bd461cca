"""Brushes of the renderer: noise, ridge lines, antialiased shapes, the palette."""
from functools import lru_cache

import cv2
import numpy as np

cv2.setNumThreads(1)
TIMES = ("dawn", "noon", "sunset", "night")
TERRAINS = ("mountains", "hills", "desert", "sea", "lake")
SEASONS = ("spring", "summer", "autumn", "winter")


def rgb(*values):
    return np.array(values, np.float32) / 255


# three skies for each time of day: top, middle, horizon
SKY = {
    "dawn": [(rgb(96, 124, 178), rgb(206, 178, 196), rgb(255, 214, 178)),
             (rgb(120, 140, 190), rgb(226, 190, 200), rgb(255, 226, 190)),
             (rgb(90, 150, 180), rgb(190, 210, 200), rgb(255, 230, 180))],
    "noon": [(rgb(44, 112, 196), rgb(106, 172, 226), rgb(206, 232, 246)),
             (rgb(62, 140, 208), rgb(130, 196, 232), rgb(222, 240, 244)),
             (rgb(36, 128, 178), rgb(110, 190, 206), rgb(216, 240, 226))],
    "sunset": [(rgb(72, 44, 110), rgb(214, 88, 96), rgb(255, 186, 92)),
               (rgb(44, 54, 110), rgb(226, 110, 70), rgb(255, 206, 110)),
               (rgb(98, 40, 90), rgb(236, 84, 72), rgb(255, 160, 96))],
    "night": [(rgb(8, 12, 34), rgb(20, 32, 70), rgb(50, 70, 112)),
              (rgb(12, 10, 38), rgb(34, 28, 80), rgb(74, 64, 120)),
              (rgb(6, 18, 34), rgb(12, 44, 70), rgb(36, 88, 110))]}
LIGHT = {"dawn": rgb(255, 226, 214), "noon": rgb(255, 255, 250), "sunset": rgb(255, 196, 160), "night": rgb(84, 100, 150)}
CLOUD = {"noon": (rgb(255, 255, 255), rgb(186, 206, 228)), "dawn": (rgb(255, 226, 222), rgb(186, 160, 190)),
         "sunset": (rgb(255, 170, 130), rgb(150, 70, 104)), "night": (rgb(70, 84, 128), rgb(28, 36, 72))}
WATER = {"dawn": rgb(110, 140, 170), "noon": rgb(34, 110, 150), "sunset": rgb(90, 60, 96), "night": rgb(10, 24, 52)}
GROUND = {"spring": [rgb(126, 176, 84), rgb(148, 190, 98)], "summer": [rgb(78, 142, 62), rgb(96, 150, 58)],
          "autumn": [rgb(176, 136, 64), rgb(190, 120, 60)], "winter": [rgb(226, 234, 244), rgb(212, 224, 238)]}
TREE = {"spring": [rgb(70, 130, 74), rgb(120, 160, 80)], "summer": [rgb(34, 92, 56), rgb(50, 110, 52)],
        "autumn": [rgb(196, 92, 40), rgb(206, 140, 50)], "winter": [rgb(110, 136, 150), rgb(90, 120, 140)]}
ROCK = {"spring": rgb(104, 112, 128), "summer": rgb(98, 104, 122), "autumn": rgb(122, 104, 104), "winter": rgb(120, 132, 152)}


def mix(a, b, t):
    return a * (1 - t) + b * t


def spectral_noise(rng, n, falloff):
    """Periodic noise in 0..1 whose amplitude falls with frequency ** falloff."""
    fx, fy = np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)[None]
    amplitude = 1 / np.maximum(np.hypot(fx, fy), 1 / n) ** falloff
    amplitude[0, 0] = 0
    field = np.fft.irfft2(amplitude * np.exp(2j * np.pi * rng.random((n, n // 2 + 1))), s=(n, n))
    return ((field - field.min()) / np.ptp(field)).astype(np.float32)


@lru_cache
def noise_bank():
    """Made once: soft fields for clouds and waves, fine ones for rock and grass."""
    rng = np.random.default_rng(7)
    return {"soft": [spectral_noise(rng, 512, 1.75) for _ in range(12)],
            "fine": [spectral_noise(rng, 512, 1.15) for _ in range(8)]}


def noise(rng, kind, size, stretch_x, stretch_y):
    """[size, size] cut from the bank; a small stretch is a coarse texture."""
    bank = noise_bank()[kind]
    field = bank[rng.integers(len(bank))]
    w, h = (min(max(8, int(size * stretch)), 500) for stretch in (stretch_x, stretch_y))
    x, y = rng.integers(0, 513 - w), rng.integers(0, 513 - h)
    way = cv2.INTER_CUBIC if w < size or h < size else cv2.INTER_AREA
    return cv2.resize(field[y:y + h, x:x + w], (size, size), interpolation=way)


def ridge(rng, size, roughness, frequency):
    """A skyline: [size] sum of octaves of value noise, about -1.5..1.5."""
    along, line, amplitude = np.arange(size, dtype=np.float32) / size, np.zeros(size, np.float32), 1.0
    while frequency < size / 3:
        knots = int(frequency) + 4
        values = rng.uniform(-1, 1, knots).astype(np.float32)
        t = along * frequency + rng.random()
        i = t.astype(int)
        u = t - i
        if roughness < 0.5 or frequency < 4:
            u = u * u * (3 - 2 * u)
        line += amplitude * (values[i % knots] * (1 - u) + values[(i + 1) % knots] * u)
        amplitude, frequency = amplitude * roughness, frequency * 2
    return line


def bytes_of(colour):
    return tuple(float(c) for c in np.clip(colour, 0, 1) * 255)


def fixed(value):
    """Pixels as OpenCV's fixed point with 4 fractional bits."""
    return int(round(value * 16))


def polygon(canvas, points, colour):
    cv2.fillPoly(canvas, [np.round(np.asarray(points) * 16).astype(np.int32)], bytes_of(colour), cv2.LINE_AA, 4)


def disc(canvas, x, y, radius, colour):
    cv2.circle(canvas, (fixed(x), fixed(y)), fixed(radius), bytes_of(colour), -1, cv2.LINE_AA, 4)


def limb(canvas, x0, y0, x1, y1, width, colour):
    """A thick stroke with a round end."""
    cv2.line(canvas, (fixed(x0), fixed(y0)), (fixed(x1), fixed(y1)), bytes_of(colour), max(1, int(width)), cv2.LINE_AA, 4)
    disc(canvas, x1, y1, max(0.5, width / 2 - 0.3), colour)


def to_bytes(picture):
    return np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
