"""Captions of a rendered landscape: plain sentences and tag lists over its attributes."""

TIMES = {"dawn": ["dawn", "sunrise", "early morning"], "noon": ["noon", "daytime", "midday"],
         "sunset": ["sunset", "evening", "dusk"], "night": ["night", "at night"]}
TERRAINS = {"desert": ["desert", "sand dunes"], "sea": ["sea", "ocean"], "hills": ["hills", "rolling hills", "meadow"],
            "mountains": ["mountains", "mountain"], "lake": ["lake", "mountain lake"]}
OBJECTS = {"trees": ["pine trees", "trees", "forest"], "house": ["house", "cottage"], "boat": ["boat", "sailboat"],
           "lighthouse": ["lighthouse"], "cactus": ["cactus"], "moon": ["moon"], "sun": ["sun"],
           "stars": ["stars", "starry sky"], "clouds": ["clouds", "cloudy sky"]}
LARGE = ("trees", "clouds")  # things that a caption may pass over; small ones would come unasked
PRAISE = ["masterpiece", "best quality", "highly detailed", "wallpaper", "scenery", "landscape", "illustration", "beautiful"]
FAULTS = {"blurry": ["blurry", "out of focus"], "lowres": ["lowres", "low quality", "worst quality"]}
FRAMES = ["landscape", "painting", "picture", "wallpaper"]


def pick(rng, words):
    return words[rng.integers(len(words))]


def season_of(rng, attributes):
    """Seasons show on land only; winter is also called snow."""
    if attributes["terrain"] in ("desert", "sea") or rng.random() > 0.85:
        return ""
    return pick(rng, ["winter", "snow"]) if attributes["season"] == "winter" else attributes["season"]


def tag_list(rng, words, fault):
    """Good pictures are praised, poor ones are called what they are."""
    praise = [fault] if fault else [pick(rng, PRAISE) for _ in range(rng.integers(0, 4))]
    rng.shuffle(words)
    return ", ".join(praise + words)


def caption(rng, attributes):
    """One of the many ways to say what the picture shows; now and then trees or clouds are left out."""
    time, terrain = pick(rng, TIMES[attributes["time"]]), pick(rng, TERRAINS[attributes["terrain"]])
    season = season_of(rng, attributes)
    objects = [pick(rng, names) for key, names in OBJECTS.items() if attributes[key] and (rng.random() < 0.92 or key not in LARGE)]
    rng.shuffle(objects)
    fault = pick(rng, FAULTS[attributes["fault"]]) if attributes.get("fault") else ""
    if fault or rng.random() < 0.5:
        return tag_list(rng, [time, terrain, *([season] if season else []), *objects], fault)
    listed = " and ".join([", ".join(objects[:-1]), objects[-1]] if len(objects) > 1 else objects)
    ending = (f" in {season}" if season else "") + (f" with {listed}" if listed else "")
    if rng.random() < 0.5:
        return f"a {pick(rng, FRAMES)} of {terrain} at {time.removeprefix('at ')}{ending}"
    return f"{terrain}{ending}, {time}"
