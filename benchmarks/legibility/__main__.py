"""Takes the pictures, has them read and prints what was read."""

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version

import cv2
import numpy as np

from legibility import conditions, tally
from legibility.card import DOTS_PER_MM
from legibility.codes import CLAIM_169, COHORT, COHORT_Q, EU, REVOCABLE, REVOCABLE_Q
from legibility.measure import USUAL_MM, Results, Trial, measure
from legibility.readers import READERS

WIDTHS_MM = (25.0, 18.0)
PICTURES = 2080
"""Of each kind and width: 160 in which each condition is the hard one."""
FEWER = 520
"""For what is less than a comparison of kinds."""
CARDS = 260
FRAMES = 5
QUIET_ZONES = (4, 2, 1)
DOTS = (6.0, 5.0, 4.5, 4.0, 3.5, 3.0, 2.5, 2.0)
OURS = (COHORT, REVOCABLE)
OURS_IN_Q = (COHORT_Q, REVOCABLE_Q)
OTHERS = (CLAIM_169, EU)
IDCARD, OPENCV = "idcard verify", "OpenCV"


def kinds(numbers: int, jobs: int) -> None:
    """Our codes and the others, in M and in Q, at the same printed widths."""
    trials = [Trial(kind, width) for width in WIDTHS_MM for kind in (*OURS, *OURS_IN_Q, *OTHERS)]
    results = measure(trials, numbers, jobs)
    print(f"Read, of {numbers:,} pictures each\n{tally.shares(results, trials)}\n")
    for width in WIDTHS_MM:
        same = [trial for trial in trials if trial.width_mm == width]
        print(f"Clean and worn cards, {width:g} mm, {IDCARD}\n{tally.by_wear(results, same, IDCARD)}\n")
        for reader in (IDCARD, OPENCV):
            print(f"By hard condition, {width:g} mm, {reader}\n{tally.by_condition(results, same, reader)}\n")
    print("Of the pictures in which the code, the Claim 169 or the EU certificate is read, ours is read in")
    for width in WIDTHS_MM:
        _beside(results, [Trial(kind, width) for kind in (*OURS, *OURS_IN_Q)], [Trial(kind, width) for kind in OTHERS])
    print()


def shown(numbers: int, jobs: int) -> None:
    """The same, of cards of which the webcam takes five pictures while the hand moves, as it does at a desk."""
    frames = [Trial(kind, USUAL_MM, frame=frame) for frame in range(FRAMES) for kind in (*OURS, *OTHERS)]
    each = measure(frames, numbers, jobs)
    for seen in (1, 2, FRAMES):
        some: Results = {}
        for (trial, reader), read in each.items():
            if trial.frame < seen:
                first = replace(trial, frame=0)
                some[first, reader] = some.get((first, reader), np.zeros(numbers, bool)) | read
        trials = [trial for trial in frames if trial.frame == 0]
        print(f"Read in one of {seen} pictures, of {numbers:,} cards shown\n{tally.shares(some, trials)}")
        _beside(some, trials[: -len(OTHERS)], trials[-len(OTHERS) :])
        print()


def _beside(results: Results, ours: Sequence[Trial], others: Sequence[Trial]) -> None:
    print(tally.beside(results, ours, others, list(READERS)))
    for trial in ours:
        print(f"  missed by {IDCARD}, {trial.kind.label}: {tally.missed(results, trial, others, IDCARD)}")


def quiet_zones(numbers: int, jobs: int) -> None:
    """Quiet zones of 4, 2 and 1 modules at the same printed width: what is saved makes the modules larger."""
    ours = [replace(COHORT, name=f"{zone} modules", quiet_zone=zone) for zone in QUIET_ZONES]
    trials = [Trial(kind, width, dark=dark) for dark in (False, True) for width in WIDTHS_MM for kind in ours]
    results = measure(trials, numbers, jobs)
    for title, dark in (("the usual neighbours", False), ("dark all around", True)):
        same = [trial for trial in trials if trial.dark == dark]
        print(f"Quiet zones, {title}, {numbers:,} pictures each\n{tally.shares(results, same)}\n")


def dots(numbers: int, jobs: int) -> None:
    """A code that fills the same share of the picture, printed with ever fewer dots to a module."""
    trials = [Trial(COHORT, each * COHORT.side / DOTS_PER_MM, filling=True) for each in DOTS]
    results = measure(trials, numbers, jobs)
    print(f"Dots to a module, {COHORT.label}, {numbers:,} pictures each\n{tally.by_dots(results, trials)}\n")


PARTS: dict[str, tuple[Callable[[int, int], None], int]] = {
    "kinds": (kinds, PICTURES),
    "shown": (shown, CARDS),
    "quiet-zones": (quiet_zones, FEWER),
    "dots": (dots, FEWER),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="legibility", description=__doc__)
    parser.add_argument("--part", choices=PARTS, help="what to measure; all of it if not given")
    parser.add_argument("--pictures", type=int, help="of each kind and width, instead of 2,080 or 520")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("zxing-cpp", "opencv-python-headless"))
    print(f"Legibility: {libraries}; seed {conditions.SEED}; shares in per cent\n")
    for name in [arguments.part] if arguments.part else PARTS:
        part, numbers = PARTS[name]
        part(arguments.pictures or numbers, arguments.jobs)


if __name__ == "__main__":
    main()
