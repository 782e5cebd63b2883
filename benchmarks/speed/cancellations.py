"""130,000 cancellations: loading them, and looking for one, beside Python's own set of the same values."""

import random
import statistics

from idcard.trust import cancellations
from speed.timing import one_round, rounds_of

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
    rounds = [one_round(calls, 1) for _ in range(ROUNDS)]
    median = {name: statistics.median(each[name] for each in rounds) for name in calls}
    print(f"{COUNT:,} cancellations, median of {ROUNDS} rounds")
    print(f"size           {len(data) / COUNT:8.3f} bytes each  budget {BYTES}")
    print(f"load           {median['load'] * 1e3:8.2f} ms          budget {LOAD_MS}")
    print(f"  its digest   {median['digest'] * 1e3:8.2f} ms")
    print(f"  a frozenset  {median['a set'] * 1e3:8.2f} ms          of values that are objects already")
    for name in ("cancelled", "not cancelled", "in a set"):
        budget = f"budget {LOOKUP_US}" if name != "in a set" else ""
        print(f"{name:13}  {median[name] / LOOKUPS * 1e6:8.2f} µs          {budget}".rstrip())


if __name__ == "__main__":
    main()
