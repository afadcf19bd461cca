"""Other looks of a rendered picture: what the LoRA learns, and what keeps the VAE from knowing one palette only."""
import cv2
import numpy as np

INK, PAPER = np.array([26, 30, 54], np.float32), np.array([246, 238, 218], np.float32)


def in_ink(picture):
    """RGB -> an ink wash on paper: five tones of one ink, dark lines where brightness changes."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 1).astype(np.float32)
    low, high = np.percentile(grey, (2, 98))
    tone = np.round(np.clip((grey - low) / max(high - low, 1), 0, 1) * 4) / 4
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    share = cv2.GaussianBlur(tone, (0, 0), 0.8) * (1 - 0.7 * np.clip(slope / 60 - 0.3, 0, 1))
    return np.rint(INK + (PAPER - INK) * share[..., None]).astype(np.uint8)


def recoloured(picture, rng):
    """Another order of the colour channels, another saturation, contrast and brightness."""
    x = picture[..., rng.permutation(3)].astype(np.float32)
    grey = x.mean(-1, keepdims=True)
    x = grey + (x - grey) * rng.uniform(0, 1.4)
    return np.clip((x - 128) * rng.uniform(0.7, 1.2) + 128 + rng.uniform(-25, 25), 0, 255).astype(np.uint8)


def varied(picture, rng):
    return in_ink(picture) if rng.random() < 0.4 else recoloured(picture, rng)
