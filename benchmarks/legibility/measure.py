"""Takes the pictures and has them read, in several processes."""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray

from legibility import conditions
from legibility.camera import Scene
from legibility.codes import Kind
from legibility.readers import READERS, reads

USUAL_MM = 25.0
PROGRESS_EVERY = 200


@dataclass(frozen=True)
class Trial:
    """A kind of code at one printed width, quiet zone included.

    filling: held so close that it fills as much of the picture as a code of 25 mm does, which leaves the print alone
    to make a difference. frame: which of the pictures that are taken of each card. dark: what surrounds the code.
    """

    kind: Kind
    width_mm: float
    filling: bool = False
    frame: int = 0
    dark: bool = False

    def scene(self, number: int) -> Scene:
        draw = conditions.draw(number, self.frame)
        if self.filling:
            draw = draw.with_(distance=draw["distance"] * self.width_mm / USUAL_MM)
        return Scene(draw, self.width_mm, self.dark)


Read = NDArray[np.bool_]
Results = dict[tuple[Trial, str], Read]
"""Whether each picture of a trial was read, by the name of the reader."""


def measure(trials: Sequence[Trial], numbers: int, jobs: int) -> Results:
    """Every trial in pictures of the same numbers, from 0. Says on stderr how far it is."""
    rows = []
    begin = time.monotonic()
    with ProcessPoolExecutor(jobs, get_context("spawn"), cv2.setNumThreads, (1,)) as pool:
        for row in pool.map(partial(_read_all, tuple(trials)), range(numbers), chunksize=4):
            rows.append(row)
            if len(rows) % PROGRESS_EVERY == 0 or len(rows) == numbers:
                pictures = f"{len(rows) * len(trials):,} of {numbers * len(trials):,} pictures"
                print(f"legibility: {pictures}, {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    found = np.array(rows, bool)
    keys = [(trial, reader) for trial in trials for reader in READERS]
    return {key: found[:, column] for column, key in enumerate(keys)}


def _read_all(trials: tuple[Trial, ...], number: int) -> list[bool]:
    found = []
    scenes: dict[Trial, Scene] = {}
    for trial in trials:
        # What all kinds share is worked out once.
        scene = scenes.setdefault(replace(trial, kind=trials[0].kind), trial.scene(number))
        picture = scene.picture(trial.kind)
        found += [reads(reader, picture, trial.kind.text(number)) for reader in READERS.values()]
    return found
