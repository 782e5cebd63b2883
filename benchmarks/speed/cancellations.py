"""130,000 cancellations: loading them, and looking for one, beside Python's own set of the same values."""

import random
import statistics
import time
from dataclasses import replace

from idcard.trust import cancellations
from speed.timing import Figure, judged, one_round, rounds_of

COUNT = 130_000
ROUNDS = rounds_of(15)
LOOKUPS = 10_000
LOAD_MS, LOOKUP_US, BYTES = 5.0, 2.0, 10.1


def main() -> None:
    source = random.Random(COUNT)  # noqa: S311
    data = cancellations.encode(source.randbytes(cancellations.HANDLE_SIZE) for _ in range(COUNT))
    held = cancellations.decode(data)
    values = list(held)
    cancelled = values[:: COUNT // LOOKUPS][:LOOKUPS]
    others = [source.randbytes(cancellations.HANDLE_SIZE) for _ in range(LOOKUPS)]
    peer = frozenset(values)
    calls = {
        "load": lambda: cancellations.decode(data),
        "digest": lambda: cancellations.digest(data),
        "a set": lambda: frozenset(values),
        "cancelled": lambda: [value in held for value in cancelled],
        "not cancelled": lambda: [value in held for value in others],
        "in a set": lambda: [value in peer for value in others],
    }
    rounds = [one_round(calls, 1, time.process_time) for _ in range(ROUNDS)]
    median = {name: statistics.median(each[name] for each in rounds) for name in calls}
    print(f"{COUNT:,} cancellations, median of {ROUNDS} rounds")
    lookup = {name: median[name] / LOOKUPS * 1e6 for name in ("cancelled", "not cancelled", "in a set")}
    a_set, a_look = f"{median['a set'] * 1e3:.2f} ms, a frozenset", f"{lookup['in a set']:.2f} µs, a frozenset"
    for figure in (
        Figure("size of each", f"{len(data) / COUNT:.3f} bytes", "10 bytes", len(data) / COUNT, " bytes", BYTES),
        Figure("load", f"{median['load'] * 1e3:.2f} ms", a_set, median["load"] * 1e3, " ms", LOAD_MS),
        Figure("look-up", f"{lookup['cancelled']:.2f} µs", a_look, lookup["cancelled"], " µs", LOOKUP_US),
        Figure(
            "look-up of another", f"{lookup['not cancelled']:.2f} µs", a_look, lookup["not cancelled"], " µs", LOOKUP_US
        ),
    ):
        figure = replace(figure, what=f"{COUNT:,} cancellations: {figure.what}")
        print(f"{figure.what:44}  {figure.value:>12}  {figure.floor:>22}  budget {figure.budget}  {judged(figure)}")
    print(f"the digest of all {median['digest'] * 1e3:31.2f} ms")


if __name__ == "__main__":
    main()
