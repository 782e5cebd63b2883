"""`idcard batch` with one signing process and with two, beside two runs at the same time of one each."""

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from speed.batch import Run, founded, running
from speed.timing import BRIEF, Figure, judged, point, rounds_of

BUDGET = 1.7
RECORDS = 400 if BRIEF else 5000
"""In a round of one run."""
ROUNDS = rounds_of(12)


def seconds(*runs: Run) -> float:
    """Until each of them has minted its part of the records."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(len(runs)) as threads:
        list(threads.map(lambda run: run.mint(RECORDS // len(runs)), runs))
    return time.perf_counter() - begin


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        command = founded(Path(folder))
        one, other, two = (
            stack.enter_context(running([*command, "--jobs", jobs], one_processor=False)) for jobs in (1, 1, 2)
        )
        for run in (one, other, two):
            run.mint(100)
        rounds = [(seconds(one), seconds(two), seconds(one, other)) for _ in range(ROUNDS)]
    # The best of each: how fast it is when nothing else runs.
    alone, both, apart = (RECORDS / min(each) for each in zip(*rounds, strict=True))
    medians = [RECORDS / statistics.median(each) for each in zip(*rounds, strict=True)]
    figure = Figure(
        "batch, two signing processes",
        f"{both:,.0f} records a second",
        f"{alone:,.0f}, one process; two runs {apart / alone:.2f} times one",
        both / alone,
        "",
        BUDGET,
        more=True,
    )
    print(f"batch in two processes: best of {ROUNDS} rounds of {RECORDS:,} records, and the median")
    print(f"one signing process    {alone:6,.0f} records a second, median {medians[0]:6,.0f}")
    print(f"two                    {both:6,.0f}, median {medians[1]:6,.0f}; {both / alone:.2f} times, {judged(figure)}")
    print(f"two runs of one each   {apart:6,.0f}, median {medians[2]:6,.0f}; {apart / alone:.2f} times")
    for processes, rate in ((1, alone), (2, both)):
        point("workers: batch --jobs, records a second", processes, rate)


if __name__ == "__main__":
    main()
