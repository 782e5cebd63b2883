"""How opening a trust file and verifying grow with its keys and its cancellations."""

import random
import statistics
import time
from dataclasses import replace

from cities import NOW, City

from idcard.verify import Verifier
from speed.beside import on_one_processor
from speed.timing import BRIEF, one_round, point, rounds_of

KEYS = (10, 30, 100, 300, 1000)
CANCELLATIONS = (100, 1000, 10_000, 100_000, 200_000)
ROUNDS = rounds_of(15)
VERDICTS = 50
CITY = City()


def with_keys(count: int) -> bytes:
    """A trust file with so many issuing keys: those of the city, and others that it may have had."""
    source, keys = random.Random(count), CITY.trust_list().keys  # noqa: S311
    others = tuple(replace(keys[0], key=source.randbytes(32)) for _ in range(count - len(keys)))
    return CITY.trust_file(keys=tuple(sorted((*keys, *others), key=lambda each: each.key)))


def with_cancellations(count: int) -> bytes:
    source = random.Random(count)  # noqa: S311
    return CITY.trust_file(cancelled=[source.randbytes(10) for _ in range(count)])


def measure(what: str, files: dict[int, bytes]) -> None:
    print(f"{what:>14}  {'open':>8}  {'verify':>9}")
    code = CITY.code("pharmacy")
    verifiers = {count: Verifier(file) for count, file in files.items()}
    opening = {str(count): lambda file=file: Verifier(file) for count, file in files.items()}
    verifying = {
        str(count): lambda verifier=verifier: verifier.verify(code, "pharmacy", now=NOW)
        for count, verifier in verifiers.items()
    }
    one_round(verifying, 2)
    opened = [one_round(opening, 1, time.process_time) for _ in range(ROUNDS)]
    verified = [one_round(verifying, VERDICTS, time.process_time) for _ in range(ROUNDS)]
    for count in files:
        ms, us = (
            statistics.median(each[str(count)] for each in rounds) * scale
            for rounds, scale in ((opened, 1e3), (verified, 1e6))
        )
        point(f"{what}: to open the file, ms", count, ms)
        point(f"{what}: to verify, µs", count, us)
        print(f"{count:14,}  {ms:5.2f} ms  {us:6.1f} µs")


def main() -> None:
    on_one_processor()
    print(f"growth of a trust file: median of {ROUNDS} rounds")
    measure("keys", {count: with_keys(count) for count in (KEYS[:2] if BRIEF else KEYS)})
    measure("cancellations", {count: with_cancellations(count) for count in CANCELLATIONS[: 2 if BRIEF else None]})


if __name__ == "__main__":
    main()
