"""Renders captioned landscapes from nothing: layers of ridges under a sky, with haze, reflections and things.

usage: render.py WORK COUNT [--size 128] [--workers 2] [--first 0]
Writes for each worker WORK/pictures<k>.npy (uint8 RGB; each second one is the twin of the one before it: the same landscape
with one thing more or less), attrs<k>.pkl, ids<k>.npy (uint16 [pictures, 16, 77]: so many captions of each, as tokens),
marks<k>.npy (where the small things are: uint8 [pictures, 32, 32], see Scene.mark) and others<k>.npy (a sixth as many
pictures in ink and other colours, for the VAE).
Seeds are fixed; k counts from --first, so that later calls add to a folder.
"""
import argparse
import pickle
from multiprocessing import Process
from pathlib import Path

import cv2
import numpy as np

import things
from captions import caption
from paint import (CLOUD, GROUND, LIGHT, ROCK, SEASONS, SKY, TERRAINS, TIMES, TREE, WATER, mix, noise, rgb, ridge,
                   to_bytes)
from styles import varied
from tokens import ids_of

CAPTIONS = 16  # of one picture
CELLS = 32  # a side of the grid in which small things are marked: a latent of 256 px
PLACES = {  # where a small thing could stand: terrains, its half width and height by its size, that by the picture's, and how far below the horizon
    "house": (("mountains", "hills", "lake"), 1.1, 1.4, (0.065, 0.13), (0, 0.35)),
    "boat": (("sea", "lake"), 1, 1.9, (0.06, 0.12), (0.08, 0.28)),
    "lighthouse": (("sea",), 0.13, 1.03, (0.26, 0.36), (-0.05, -0.05)),
    "cactus": (("desert",), 0.3, 1.05, (0.12, 0.28), (0.12, 0.42)),
}
# what a twin has more or less, and how often
TURNED = {"house": 4, "stars": 4, "boat": 4, "lighthouse": 1, "cactus": 1, "sun": 1, "moon": 1}
HORIZON = {"mountains": 0.62, "hills": 0.55, "desert": 0.56, "sea": 0.55, "lake": 0.55}


def sample_attributes(rng):
    """What the picture shows; objects only where they belong."""
    a = {"time": TIMES[rng.integers(4)], "terrain": TERRAINS[rng.integers(5)], "season": SEASONS[rng.integers(4)]}
    if a["terrain"] == "desert":
        a["season"] = "summer"

    def chance(p, *terrains):
        return bool(rng.random() < p) and (not terrains or a["terrain"] in terrains)

    a["clouds"] = chance(0.5)
    a["trees"] = chance(0.55, "mountains", "hills", "lake")
    a["house"] = chance(0.35, "mountains", "hills", "lake")
    a["boat"] = chance(0.5, "sea", "lake")
    a["lighthouse"] = chance(0.5, "sea")
    a["cactus"] = chance(0.5, "desert")
    night = a["time"] == "night"
    a["moon"] = night and chance(0.6)
    a["sun"] = not night and chance(0.6)
    a["stars"] = night and (not a["clouds"] or chance(0.5))
    return a


def twin_attributes(attributes, rng):
    """The same landscape with one thing more or less that could stand there."""
    night, terrain = attributes["time"] == "night", attributes["terrain"]
    can = {thing: terrain in places for thing, (places, *_) in PLACES.items()} | {"sun": not night, "moon": night, "stars": night}
    things_here = [thing for thing, often in TURNED.items() for _ in range(often) if can[thing]]
    thing = things_here[rng.integers(len(things_here))]
    return attributes | {thing: not attributes[thing]}


class Scene:
    """One picture in the making: float RGB in 0..1, painted from the sky forward.

    `apart` = [number, ...] gives every thing random numbers of its own, so that one thing more or less changes nothing else.
    """

    def __init__(self, rng, size, attributes, apart=None):
        self.rng, self.size, self.has, self.unit = rng, size, attributes, size / 256
        self.of_things = {thing: rng if apart is None else np.random.default_rng([*apart, k])
                          for k, thing in enumerate(sorted(TURNED))}
        self.time, self.terrain, self.season = attributes["time"], attributes["terrain"], attributes["season"]
        self.sky = [self.jitter(colour) for colour in SKY[self.time][rng.integers(3)]]
        self.light = LIGHT[self.time] if self.time == "night" else mix(LIGHT[self.time], 1.0, 0.25)
        self.level = HORIZON[self.terrain] + rng.uniform(-0.05, 0.05)
        self.y, self.x = np.mgrid[0:size, 0:size].astype(np.float32)
        high = self.time in ("noon", "night")
        self.sun_x = rng.uniform(0.15, 0.85) * size
        self.sun_y = (rng.uniform(0.12, 0.3) if high else rng.uniform(0.62, 0.86) * self.level) * size
        self.lit_from = 1 if self.sun_x > size / 2 else -1
        self.rock, self.sand = self.jitter(ROCK[self.season]), self.jitter(rgb(222, 176, 112), 0.04)
        self.ground = self.jitter(GROUND[self.season][rng.integers(2)])
        self.picture = np.zeros((size, size, 3), np.float32)
        self.marks = np.zeros((CELLS, CELLS), np.uint8)

    def jitter(self, colour, spread=0.03, rng=None):
        return np.clip(colour + (rng or self.rng).normal(0, spread, 3).astype(np.float32), 0, 1)

    def shade(self, colour):
        return np.clip(colour * self.light, 0, 1)

    def blend(self, mask, colour):
        self.picture += mask[..., None] * (colour - self.picture)

    def draw(self, paint):
        """Lets `paint` draw antialiased shapes on the picture as bytes."""
        canvas = to_bytes(self.picture)
        paint(canvas)
        self.picture = canvas.astype(np.float32) / 255

    def mark(self, x0, y0, x1, y1, weight=4):
        """The cells of a thing that is a few of them small: training has them count so many times more."""
        left, top, right, bottom = (np.clip(edge / self.size * CELLS, 0, CELLS) for edge in (x0, y0, x1, y1))
        cells = self.marks[int(top):int(np.ceil(bottom)), int(left):int(np.ceil(right))]
        np.maximum(cells, weight, out=cells)

    def mark_empty_places(self, rng):
        """Where small things could be and are not counts as much: else the net would learn to paint them unasked."""
        s = self.size
        for thing, (terrains, wide, tall, sizes, below) in PLACES.items():
            if self.terrain in terrains and not self.has[thing]:
                size, x, y = rng.uniform(*sizes) * s, rng.uniform(0.15, 0.85) * s, (self.level + rng.uniform(*below)) * s
                self.mark(x - wide * size, y - tall * size, x + wide * size, y)
        if not self.has["sun"] and not self.has["moon"]:
            radius = 13 * self.unit
            self.mark(self.sun_x - radius, self.sun_y - radius, self.sun_x + radius, self.sun_y + radius)
        if self.time == "night" and not self.has["stars"]:
            self.mark_sky()

    def mark_sky(self):
        self.mark(0, 0, self.size, self.level * self.size * 0.6, 3)

    # --- sky -----------------------------------------------------------------------------------

    def paint_sky(self):
        top, middle, horizon = self.sky
        down = np.clip(self.y / (self.level * self.size), 0, 1)[..., None]
        self.picture = np.where(down < 0.55, mix(top, middle, down / 0.55), mix(middle, horizon, (down - 0.55) / 0.45)).astype(np.float32)
        self.paint_glow()
        if self.has["stars"]:
            self.paint_stars()
        if self.has["sun"] or self.has["moon"]:
            self.paint_body()
        if self.has["clouds"]:
            self.paint_clouds(down[..., 0])

    def paint_glow(self):
        squared = (self.x - self.sun_x) ** 2 + (self.y - self.sun_y) ** 2
        if self.time != "night":
            wide = self.size * (0.16 if self.time == "noon" else 0.26)
            self.blend(np.exp(-squared / (2 * wide ** 2)) * (0.55 if self.has["sun"] else 0.2), mix(rgb(255, 240, 200), LIGHT[self.time], 0.4))
        elif self.has["moon"]:
            self.blend(np.exp(-squared / (2 * (self.size * 0.13) ** 2)) * 0.35, rgb(170, 190, 230))

    def paint_stars(self):
        rng = self.of_things["stars"]
        count, mask = int(rng.integers(50, 110)), np.zeros((self.size, self.size), np.uint8)
        for _ in range(count):
            x, y = rng.random() * self.size, rng.random() ** 1.3 * self.level * self.size * 0.85
            bright = rng.random() ** 2
            radius = int((0.8 + 1.2 * bright) * self.unit * 16)
            cv2.circle(mask, (int(x * 16), int(y * 16)), radius, int(150 + 105 * bright), -1, cv2.LINE_AA, 4)
        self.blend((mask / 255).astype(np.float32), rgb(250, 246, 230))
        self.mark_sky()

    def paint_body(self):
        noon, night = self.time == "noon", self.time == "night"
        rng = self.of_things["moon" if night else "sun"]
        radius = (rng.uniform(9, 13) if noon else rng.uniform(10, 16)) * self.unit
        mask = np.clip(radius - np.hypot(self.x - self.sun_x, self.y - self.sun_y) + 0.5, 0, 1)
        self.mark(self.sun_x - radius, self.sun_y - radius, self.sun_x + radius, self.sun_y + radius)
        if night and rng.random() < 0.5:  # a crescent
            mask *= np.clip(np.hypot(self.x - self.sun_x - radius * .55, self.y - self.sun_y + radius * .2) - radius * .9 + .5, 0, 1)
        self.blend(mask, rgb(250, 244, 222) if night else rgb(255, 250, 226) if noon else rgb(255, 240, 200))

    def paint_clouds(self, down):
        field = noise(self.rng, "soft", self.size, 1.3, 0.5 + 1.2 * self.rng.random())
        above = field[:int(self.level * self.size):4, ::4]
        threshold = np.quantile(above, self.rng.uniform(0.5, 0.68))
        cover = np.clip((field - threshold) / 0.11, 0, 1)
        cover = cover * cover * (3 - 2 * cover) * np.clip(1.15 - down, 0, 1) * 0.92
        bright, dark = CLOUD[self.time]
        self.blend(cover, mix(bright, dark, np.clip((field - threshold) / 0.3, 0, 1)[..., None] * 0.8))

    # --- land ----------------------------------------------------------------------------------

    def layer(self, skyline, colour, haze, texture=0.0, snow=None):
        """Everything below `skyline` [size], fading into the haze of the horizon."""
        texture = np.broadcast_to(texture, self.y.shape)[..., None]
        body = colour * (1 + texture)
        if snow is not None:
            body = body + snow[..., None] * (self.shade(rgb(250, 252, 255)) * (1 + texture * 0.5) - body)
        depth = np.clip((self.y - skyline[None]) / (self.size * 0.25), 0, 1)[..., None]
        body = mix(body, self.sky[2], np.clip(haze * (1 + 0.5 * depth), 0, 0.92))
        self.blend(np.clip(self.y - skyline[None] + 0.5, 0, 1), np.clip(body, 0, 1))
        return skyline

    def mountain(self, base, height, haze, frequency=2.0, colour=None, snowline=None):
        s = self.size
        skyline = s * base - s * height * (ridge(self.rng, s, 0.52, frequency) * 0.55 + 0.45)
        grain = noise(self.rng, "fine", s, 0.7, 0.5)
        slope = cv2.GaussianBlur(grain, (0, 0), 1.2 * self.unit)
        slope = (np.roll(slope, 2, 1) - np.roll(slope, -2, 1)) * self.lit_from
        snow = None if snowline is None else np.clip((s * snowline - self.y + (grain - 0.5) * s * 0.3) / (s * 0.035), 0, 1)
        self.layer(skyline, self.shade(self.rock if colour is None else colour), haze, np.clip(slope * 7, -0.32, 0.32) - 0.06, snow)

    def paint_distance(self):
        rng, s, level, snowy = self.rng, self.size, self.level, 0.5 if self.season == "winter" else 0.35
        if self.terrain == "mountains":
            self.mountain(level - 0.06, 0.22, 0.62)
            self.mountain(level + 0.02, 0.36, 0.3, 1.6, self.rock * 0.92, snowy)
        elif self.terrain == "lake":
            self.mountain(level - 0.03, 0.16 + 0.1 * rng.random(), 0.6, snowline=snowy)
            shore = s * (level - 0.015) - s * 0.07 * (ridge(rng, s, 0.45, 2.0) * 0.5 + 0.5)
            self.layer(shore, self.shade(mix(self.ground, TREE[self.season][0], 0.5)), 0.28, (noise(rng, "fine", s, 0.8, 1.2) - 0.5) * 0.35)
        elif self.terrain == "hills":
            self.mountain(level - 0.04, 0.1, 0.68)
        elif self.terrain == "desert" and rng.random() < 0.6:  # mesas
            flat = np.clip(ridge(rng, s, 0.4, 2.0) * 3, -0.6, 1)
            self.layer(s * (level - 0.03) - s * 0.11 * (flat * 0.5 + 0.3), self.shade(self.jitter(rgb(178, 100, 70))), 0.35,
                       (noise(rng, "fine", s, 0.25, 1.6) - 0.5) * 0.5)
        elif self.terrain == "sea" and rng.random() < 0.35:
            self.mountain(level, 0.08, 0.7, 1.5)

    def tree_row(self, canvas, skyline, count, smallest, tallest):
        rng, s, leaf = self.rng, self.size, TREE[self.season][0]
        dark, lit = self.shade(mix(rgb(26, 72, 58), leaf, 0.3)), self.shade(mix(rgb(52, 108, 74), leaf, 0.35))
        snow = self.shade(rgb(244, 248, 255)) if self.season == "winter" else None
        places, heights = rng.random(count) * s, np.sort(rng.uniform(smallest, tallest, count)) * s
        if rng.random() < 0.5:  # a grove
            places = np.clip(rng.uniform(0.1, 0.9) * s + rng.normal(0, s * 0.22, count), 0, s - 1)
        for x, height in zip(places, heights):
            tone = rng.uniform(0.88, 1.1)
            things.pine(canvas, x, skyline[min(s - 1, int(x))] + height * 0.1, height, dark * tone, lit * tone, snow)

    def put_house(self, canvas, x, y, s):
        rng = self.of_things["house"]
        wall = self.shade(self.jitter(things.WALLS[rng.integers(3)], rng=rng))
        roof = self.shade(self.jitter(things.ROOFS[rng.integers(3)], rng=rng) if self.season != "winter" else rgb(240, 246, 252))
        window = self.shade(rgb(90, 120, 150)) if self.time == "noon" else rgb(255, 214, 120)
        things.house(canvas, x, y, s, wall, roof, window)
        self.mark(x - 1.12 * s, y - 1.42 * s, x + s, y)

    def paint_meadows(self):
        rng, s, count = self.rng, self.size, int(self.rng.integers(3, 5))
        tree, site = self.jitter(TREE[self.season][rng.integers(2)]), int(rng.integers(1, count))
        for k in range(count):
            near = k / (count - 1)
            swing = 0.05 + 0.03 * near if self.terrain == "hills" else 0.035
            skyline = s * (self.level + 0.03 + near * 0.3) - s * swing * ridge(rng, s, 0.36, 1.3 + 1.2 * rng.random())
            colour = self.ground if self.season == "winter" else mix(self.ground, tree, rng.uniform(0, 0.3))
            grain = noise(rng, "fine", s, 1.0, 0.6 + 0.8 * near)
            self.layer(skyline, self.shade(colour) * (1 - 0.14 * near), 0.45 * (1 - near), (grain - 0.5) * 0.34)
            self.draw(lambda canvas: self.furnish_meadow(canvas, skyline, k, near, site))

    def furnish_meadow(self, canvas, skyline, k, near, site):
        if self.has["trees"]:
            self.tree_row(canvas, skyline, int((22, 14, 9, 4)[k] * self.rng.uniform(0.5, 1.3)), 0.045 + 0.07 * near, 0.09 + 0.24 * near)
        if self.has["house"] and k == site:
            x, s = self.of_things["house"].uniform(0.2, 0.8) * self.size, self.size * (0.075 + 0.055 * near)
            self.put_house(canvas, x, min(skyline[int(x)] + s * 0.5, self.size * 0.97), s)

    def paint_dunes(self):
        rng, s, count = self.rng, self.size, int(self.rng.integers(3, 5))
        for k in range(count):
            near = k / (count - 1)
            skyline = s * (self.level + 0.02 + near * 0.3) - s * (0.03 + 0.06 * near) * ridge(rng, s, 0.28, 1.5 + rng.random())
            grain = noise(rng, "fine", s, 0.5, 1.4)
            slope = np.gradient(cv2.GaussianBlur(skyline[None], (0, 0), 6 * self.unit)[0]) * self.lit_from
            below = self.y - skyline[None]
            ripple = 0.04 * np.sin(below * 0.6 / self.unit + grain * 6) * np.exp(-np.maximum(below, 0) / (30 * self.unit))
            texture = np.clip(slope * 0.55, -0.22, 0.22)[None] + (grain - 0.5) * 0.12 + ripple
            self.layer(skyline, self.shade(self.sand) * (1.02 - 0.12 * near), 0.4 * (1 - near), texture)
        if self.has["cactus"]:
            self.draw(self.put_cacti)

    def put_cacti(self, canvas):
        rng = self.of_things["cactus"]
        for _ in range(int(rng.integers(1, 5))):
            x, y = rng.uniform(0.06, 0.94) * self.size, rng.uniform(self.level + 0.12, 0.97) * self.size
            height = (y - (self.level - 0.1) * self.size) * 0.55
            things.cactus(canvas, rng, x, y, height, self.shade(rgb(60, 116, 70)))
            self.mark(x - 0.3 * height, y - 1.05 * height, x + 0.3 * height, y)

    # --- water ---------------------------------------------------------------------------------

    def paint_water(self):
        self.draw(self.furnish_shore)
        self.mirror()
        if self.has["boat"]:
            self.put_boat()
        if self.terrain == "lake":
            s = self.size
            bank = s * 0.93 - s * 0.06 * (ridge(self.rng, s, 0.5, 1.5) * 0.5 + 0.3)
            self.layer(bank, self.shade(self.ground) * 0.72, 0.0, (noise(self.rng, "fine", s, 1.2, 0.7) - 0.5) * 0.5)
            if self.has["trees"]:
                self.draw(lambda canvas: self.tree_row(canvas, bank, int(self.rng.integers(2, 5)), 0.22, 0.4))

    def furnish_shore(self, canvas):
        s, rng, shore = self.size, self.rng, self.level * self.size
        if self.terrain == "lake" and self.has["trees"]:
            self.tree_row(canvas, np.full(s, shore - 1.5 * self.unit), int(rng.integers(14, 30)), 0.07, 0.16)
        if self.terrain == "lake" and self.has["house"]:
            rng = self.of_things["house"]
            self.put_house(canvas, rng.uniform(0.2, 0.8) * s, shore - self.unit, rng.uniform(0.065, 0.095) * s)
        if self.has["lighthouse"]:
            rng = self.of_things["lighthouse"]
            x, height = rng.uniform(0.18, 0.82) * s, rng.uniform(0.26, 0.36) * s
            things.islet(canvas, rng, x, shore + 2 * self.unit, s, self.shade(mix(self.rock, self.ground, 0.25)) * 0.75)
            lamp = self.shade(rgb(190, 210, 220)) if self.time == "noon" else rgb(255, 226, 130)
            things.tower(canvas, x, shore - s * 0.05, height, self.shade(rgb(206, 60, 50)), self.shade(rgb(246, 242, 236)), lamp,
                         self.shade(rgb(40, 44, 50)) * 0.5)
            self.mark(x - 0.13 * height, shore - s * 0.05 - 1.03 * height, x + 0.13 * height, shore)

    def mirror(self):
        """The water: what stands above it, mirrored, rippled, tinted, with crests and the sun's track."""
        rng, s, lake, top = self.rng, self.size, self.terrain == "lake", int(self.level * self.size)
        rows = s - top
        near = (np.arange(rows, dtype=np.float32) / rows)[:, None]
        field = noise(rng, "soft", s, 1.2, 0.5)[:rows]
        wave = np.sin(near ** 0.6 * (40 if lake else 60) + field * 9) * (0.4 + near * (2.5 if lake else 5)) * self.unit
        source = top - 1 - np.arange(rows, dtype=np.float32)[:, None] * (1 if lake else 1.15)
        map_y = np.clip(source + wave, 0, s - 1).astype(np.float32)
        map_x = np.clip(self.x[:rows] + wave * 0.6, 0, s - 1).astype(np.float32)
        mirrored = cv2.remap(np.ascontiguousarray(self.picture), map_x, map_y, cv2.INTER_LINEAR)
        tint = (0.25 + near * 0.3 if lake else 0.38 + near * 0.38)[..., None]
        water = mix(mirrored, self.jitter(WATER[self.time]), tint)
        crest = np.clip(np.sin(near ** 0.55 * 70 + field * 14 + self.x[:rows] * 0.02 / self.unit) - 0.55, 0, 1)
        crest = (crest * (0.12 if lake else 0.28) * (0.35 + near))[..., None]
        water = mix(water, mix(self.sky[2], 1.0, 0.35) * (0.6 if self.time == "night" else 1), crest)
        if self.has["sun"] or self.has["moon"]:
            track = np.exp(-((self.x[:rows] - self.sun_x) / (s * (0.03 + 0.07 * near))) ** 2)
            track = track * np.clip(np.sin(near ** 0.6 * 80 + field * 16) * 0.8 + 0.35, 0, 1) * 0.75
            water = mix(water, rgb(200, 214, 240) if self.time == "night" else rgb(255, 244, 214), track[..., None])
        self.picture[top:] = np.clip(water, 0, 1)

    def put_boat(self):
        rng, s = self.of_things["boat"], self.size
        x, y, scale = rng.uniform(0.15, 0.85) * s, (self.level + rng.uniform(0.08, 0.28)) * s, rng.uniform(0.06, 0.12) * s
        hull, sail, water = self.shade(rgb(120, 62, 40)), self.shade(rgb(250, 244, 232)), WATER[self.time]
        before = self.picture
        self.draw(lambda canvas: things.boat(canvas, x, y, scale, mix(hull, water, 0.4), mix(sail, water, 0.45), up=-1))
        self.picture = mix(before, self.picture, 0.45)  # the reflection is faint
        self.draw(lambda canvas: things.boat(canvas, x, y, scale, hull, sail))
        self.mark(x - scale, y - 1.9 * scale, x + 1.05 * scale, y)


def painted(seed, size=256, attributes=None, apart=None):
    """A Scene with its picture finished: the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    scene = Scene(rng, size, attributes or sample_attributes(rng), apart)
    scene.paint_sky()
    scene.paint_distance()
    if scene.terrain in ("sea", "lake"):
        scene.paint_water()
    elif scene.terrain == "desert":
        scene.paint_dunes()
    else:
        scene.paint_meadows()
    scene.mark_empty_places(np.random.default_rng([seed, 1]))
    return scene


def render(seed, size=256, attributes=None):
    """(uint8 RGB [size, size, 3], attributes)."""
    scene = painted(seed, size, attributes)
    return to_bytes(scene.picture), scene.has


def twins(seed):
    """Two Scenes of one landscape, finished, one thing apart; the places that count are the same in both."""
    chance = np.random.default_rng([seed, 2])
    shown = sample_attributes(chance)
    pair = [painted(seed, attributes=each, apart=[seed, 3]) for each in (shown, twin_attributes(shown, chance))]
    pair[0].marks = pair[1].marks = np.maximum(pair[0].marks, pair[1].marks)
    return pair


def spoilt(picture, rng):
    """(picture, its fault): every twentieth is blurred or coarse and says so, so that a negative prompt has a meaning."""
    if rng.random() > 0.05:
        return picture, ""
    if rng.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(1.5, 4)), "blurry"
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR), "lowres"


def write_part(work, k, count, size):
    """Rendered at 256 px and averaged down, so that edges are smooth. What is complete has its attributes: they come last."""
    rng, attributes = np.random.default_rng([k, 9]), []
    pictures, marks = np.empty((count, size, size, 3), np.uint8), np.empty((count, CELLS, CELLS), np.uint8)
    for first in range(0, count, 2):
        seed = 1_000_000 * k + 5000 + first
        for i, scene in enumerate(twins(seed), first):
            small = cv2.resize(to_bytes(scene.picture), (size, size), interpolation=cv2.INTER_AREA)
            pictures[i], fault = spoilt(small, np.random.default_rng([seed, 4]))
            marks[i] = scene.marks
            attributes.append(scene.has | {"fault": fault})
    np.save(work / f"pictures{k}.npy", pictures)
    np.save(work / f"marks{k}.npy", marks)
    np.save(work / f"others{k}.npy", np.stack([varied(picture, rng) for picture in pictures[::6]]))
    np.save(work / f"ids{k}.npy", np.array([[ids_of(caption(rng, shown)) for _ in range(CAPTIONS)] for shown in attributes], np.uint16))
    with open(work / f"attrs{k}.part", "wb") as file:
        pickle.dump(attributes, file)
    (work / f"attrs{k}.part").rename(work / f"attrs{k}.pkl")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--first", type=int, default=0)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    parts = [Process(target=write_part, args=(args.work, args.first + k, args.count // args.workers // 2 * 2, args.size)) for k in range(args.workers)]
    for part in parts:
        part.start()
    for part in parts:
        part.join()
    if any(part.exitcode for part in parts):
        raise SystemExit("render: a worker failed")


if __name__ == "__main__":
    main()
