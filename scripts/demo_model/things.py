"""Things that stand in a rendered landscape: pine, house, boat, lighthouse, cactus. Each draws on a uint8 canvas."""
import numpy as np

from paint import disc, limb, mix, polygon, rgb


def pine(canvas, x, y, height, colour, lit, snow):
    half = height * 0.42 * 0.55
    polygon(canvas, [(x - height * .03, y - height * .15), (x + height * .03, y - height * .15),
                     (x + height * .03, y), (x - height * .03, y)], colour * 0.5)
    for k in range(3):
        base = y - height * (0.1 + 0.27 * k)
        tip = y - height * (0.5 + 0.25 * k) if k < 2 else y - height
        w = half * (1 - 0.27 * k)
        polygon(canvas, [(x - w, base), (x + w, base), (x, tip)], colour)
        polygon(canvas, [(x - w * .15, base), (x - w, base), (x, tip)], lit)
        if snow is not None:
            cap = base - (base - tip) * 0.4
            polygon(canvas, [(x - w * .6, cap), (x + w * .6, cap), (x, tip)], snow)


def house(canvas, x, y, s, wall, roof, window):
    def box(x0, x1, y0, y1, colour):
        polygon(canvas, [(x + s * x0, y - s * y0), (x + s * x1, y - s * y0), (x + s * x1, y - s * y1), (x + s * x0, y - s * y1)], colour)

    box(-1, 0.3, 0, 0.8, wall * 0.92)
    polygon(canvas, [(x + s * .3, y), (x + s, y), (x + s, y - s * .8), (x + s * .65, y - s * 1.4), (x + s * .3, y - s * .8)], wall * 0.75)
    polygon(canvas, [(x - s * 1.12, y - s * .76), (x + s * .3, y - s * .76), (x + s * .65, y - s * 1.42), (x - s * .75, y - s * 1.42)], roof)
    box(-0.75, -0.49, 0.25, 0.55, window)
    box(-0.2, 0.06, 0.25, 0.55, window)
    box(0.55, 0.78, 0, 0.45, wall * 0.4)


def boat(canvas, x, y, s, hull, sail, up=1):
    """up = -1 draws the mirror image in the water."""
    def shape(points, colour):
        polygon(canvas, [(x + s * px, y - up * s * py) for px, py in points], colour)

    shape([(-1, .28), (1.05, .28), (.7, 0), (-.7, 0)], hull)
    shape([(-.03, .28), (.03, .28), (.03, 1.9), (-.03, 1.9)], hull * 0.7)
    shape([(.08, .4), (.85, .42), (.08, 1.85)], sail)
    shape([(-.08, .45), (-.6, .45), (-.08, 1.55)], sail * 0.88)


def tower(canvas, x, base, s, red, white, lamp, dark):
    """The striped tower of a lighthouse of height s."""
    wide, narrow = s * 0.13, s * 0.085

    def ring(low, high, w_low, w_high, colour, left=-1.0):
        polygon(canvas, [(x + w_low * left, base - s * low), (x + w_low, base - s * low),
                         (x + w_high, base - s * high), (x + w_high * left, base - s * high)], colour)

    for k in range(5):
        low, high, colour = k / 5, (k + 1) / 5, white if k % 2 else red
        w_low, w_high = mix(wide, narrow, low), mix(wide, narrow, high)
        ring(.8 * low, .8 * high, w_low, w_high, colour)
        ring(.8 * low, .8 * high, w_low, w_high, colour * 0.78, left=0.35)  # the shaded side
    ring(.80, .83, narrow * 1.3, narrow * 1.3, dark)
    ring(.83, .93, narrow * 0.7, narrow * 0.7, lamp)
    polygon(canvas, [(x - narrow, base - s * .93), (x + narrow, base - s * .93), (x, base - s * 1.03)], red * 0.8)


def islet(canvas, rng, x, base, size, colour):
    arc = np.linspace(0, np.pi, 24)
    top = base - np.sin(arc) ** 0.8 * size * 0.07 * (1 + 0.3 * rng.random(24))
    around = np.stack([np.linspace(x - 0.22 * size, x + 0.22 * size, 24), top], 1)
    polygon(canvas, np.concatenate([around, [(x + 0.22 * size, base), (x - 0.22 * size, base)]]), colour)


def cactus(canvas, rng, x, y, s, colour):
    w = s * 0.09
    limb(canvas, x, y, x, y - s, w * 2, colour)
    for side, rise in ((1, 0.3), (-1, 0.26)):
        at, out = y - s * rng.uniform(0.35, 0.6), x + side * s * 0.26
        limb(canvas, x, at, out, at, w * 1.3, colour)
        limb(canvas, out, at, out, at - s * rise, w * 1.3, colour)
    disc(canvas, x, y - s, w, colour)


WALLS = [rgb(226, 206, 176), rgb(190, 90, 70), rgb(236, 232, 224)]
ROOFS = [rgb(150, 60, 46), rgb(92, 70, 66), rgb(70, 80, 104)]
