"""What goes wrong between the card printer and the reader, how badly, and why these numbers.

Each picture has one hard condition, every one in turn; all the others are drawn from their everyday range. Every kind
of code gets the same draw, so a difference between kinds is never one of luck.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

SEED = 169
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Condition:
    """everyday, hard: bounds, drawn from evenly. worn: it is the card's fault, not the camera's or the light's."""

    name: str
    unit: str
    everyday: Bounds
    hard: Bounds
    why: str
    worn: bool = False


CONDITIONS = (
    Condition(
        "distance",
        "mm of card across the picture",
        (60, 90),
        (90, 170),
        "a webcam sees 60 degrees: 52 to 78 mm away, as on a stand for cards, and 78 to 147 mm, as held by hand",
    ),
    Condition(
        "focus",
        "pixels, width of a point",
        (0, 1.5),
        (1.5, 5),
        "3.1 mm lens at f/2.4, pixels of 5.6 µm: 0.7 pixels a dioptre; fixed at half a metre, it is 5 at 110 mm",
    ),
    Condition(
        "motion",
        "mm of card while the shutter is open",
        (0, 0.15),
        (0.15, 0.9),
        "a hand that rests moves by 5 mm/s, one that presents a card by 30; the shutter is open 1/33 s indoors",
    ),
    Condition("tilt", "degrees", (0, 15), (15, 50), "a clerk holds a card flat within 15; beyond 50 few would try"),
    Condition("turn", "degrees from upright", (0, 10), (10, 180), "people turn a card upright, or do not look"),
    Condition("ink", "reflectance of the ink; the card has 0.85", (0.04, 0.15), (0.2, 0.6), "fresh; faded", worn=True),
    Condition(
        "shadow",
        "light lost in the shadow of a hand or head",
        (0, 0.2),
        (0.4, 0.85),
        "its edge runs through the code; half and more is lost beside a window or under a desk lamp",
    ),
    Condition(
        "glare",
        "highlight beside the card's white",
        (0, 0.1),
        (0.4, 2.5),
        "plastic reflects a lamp brighter than itself; radius 1 to 3 mm, once to twice as long, anywhere on the code",
    ),
    Condition(
        "noise",
        "of full scale, standard deviation at mid grey before the camera sharpens",
        (0.004, 0.012),
        (0.02, 0.08),
        "small pixels: about 1 % in an office; 2 % and more in a dim hall, where the camera amplifies",
    ),
    Condition("JPEG", "quality", (60, 90), (30, 6), "webcams send motion JPEG: 60 and more by cable, less when shared"),
    Condition(
        "scratches",
        "on the code",
        (0, 1),
        (2, 16),
        "a year among keys; 0.04 to 0.25 mm wide, 4 to 30 mm long, down to the plastic or dark with dirt",
        worn=True,
    ),
    Condition(
        "stains",
        "mm, width of each of two",
        (0, 0.4),
        (1.5, 6),
        "coffee, ink of a stamp, rubbed-off print; from a faint film to opaque, anywhere on the code",
        worn=True,
    ),
    Condition(
        "ink spread",
        "dots, at each edge",
        (-0.15, 0.25),
        (0.3, 1.2),
        "ribbon too hot: at 300 dpi a dot is 0.085 mm; hard pictures have three dead print-head elements too",
        worn=True,
    ),
)
BY_NAME = {each.name: each for each in CONDITIONS}


@dataclass(frozen=True)
class Draw:
    """The lot of one picture: which condition is hard, and how strong each one is.

    number: of the card and the way it is shown. frame: of the pictures that are taken of that, from 0.
    """

    number: int
    hard: str
    strength: Mapping[str, float]
    frame: int = 0

    def __getitem__(self, name: str) -> float:
        return self.strength[name]

    def of_card(self, what: str) -> np.random.Generator:
        """Where the chances of a part of the card come from: the same each time, in every frame."""
        return np.random.default_rng([SEED, self.number, *what.encode()])

    def of_frame(self, what: str) -> np.random.Generator:
        """Where those of a part of the picture come from: the same each time, in this frame."""
        return np.random.default_rng([SEED, self.number, self.frame, *what.encode()])

    def with_(self, **strength: float) -> "Draw":
        """The same lot but for these strengths."""
        return replace(self, strength={**self.strength, **strength})


def draw(number: int, frame: int = 0) -> Draw:
    """The lot of the picture of this number. Its other frames show the same card after the hand has moved."""
    hard = CONDITIONS[number % len(CONDITIONS)].name
    card = np.random.default_rng([SEED, number]).random(len(CONDITIONS))
    moment = np.random.default_rng([SEED, number, frame]).random(len(CONDITIONS))
    strength = {}
    for each, of_card, of_moment in zip(CONDITIONS, card, moment, strict=True):
        low, high = each.hard if each.name == hard else each.everyday
        strength[each.name] = float(low + (of_card if each.worn else of_moment) * (high - low))
    return Draw(number, hard, strength, frame)


FLAWLESS = Draw(1, "nothing", {each.name: 0.0 for each in CONDITIONS} | {"distance": 38.0, "JPEG": 95.0})
"""A fresh card, sharp, and so close that a code of 25 mm fills the picture. Of card 0 OpenCV reads one symbol never."""
