"""What a second thread brings: PyNaCl releases the interpreter lock while it verifies, the rest does not."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cities import NOW, City

from idcard.verify import Verifier
from speed.timing import rounds_of

ROUNDS = rounds_of(12)
VERDICTS = 4000


def work(verifier: Verifier, code: str, count: int) -> None:
    for _ in range(count):
        verifier.verify(code, "pharmacy", now=NOW)


def seconds(threads: int, verifier: Verifier, code: str) -> float:
    with ThreadPoolExecutor(threads) as pool:
        begin = time.perf_counter()
        for done in [pool.submit(partial(work, verifier, code, VERDICTS // threads)) for _ in range(threads)]:
            done.result()
        return time.perf_counter() - begin


def main() -> None:
    city = City()
    verifier, code = Verifier(city.file), city.code("pharmacy")
    rounds = [(seconds(1, verifier, code), seconds(2, verifier, code)) for _ in range(ROUNDS)]
    one, two = (VERDICTS / statistics.median(each) for each in zip(*rounds, strict=True))
    ratio = statistics.median(a / b for a, b in rounds)
    print(f"verify, {VERDICTS} verdicts in turn with one thread and with two, {ROUNDS} rounds")
    print(f"one thread   {one:8,.0f} a second")
    print(f"two threads  {two:8,.0f} a second, {ratio:.2f} times as many")


if __name__ == "__main__":
    main()
