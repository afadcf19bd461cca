"""How alike two pictures are, and the table that says so."""
import cv2
import numpy as np


def grey(picture):
    return cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY).astype(np.float64)


def psnr(a, b):
    return 10 * np.log10(255 ** 2 / np.mean((a.astype(float) - b) ** 2))


def ssim(a, b):
    """Of the luminance, Gaussian window of 1.5 px (Wang et al. 2004)."""
    a, b = grey(a), grey(b)
    mean_a, mean_b, aa, bb, ab = (cv2.GaussianBlur(x, (11, 11), 1.5) for x in (a, b, a * a, b * b, a * b))
    one, two = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + one) * (2 * (ab - mean_a * mean_b) + two)
    return (top / ((mean_a ** 2 + mean_b ** 2 + one) * (aa - mean_a ** 2 + bb - mean_b ** 2 + two))).mean()


def sharpness(picture):
    return cv2.Laplacian(grey(picture), cv2.CV_64F).var()


def print_table(rows):
    print("| what | value | bar | | n |\n|---|---|---|---|---|")
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")
