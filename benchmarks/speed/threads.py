"""What a second thread brings for verifying, beside a second process; and how long a thread takes to wake another."""

import multiprocessing
import os
import statistics
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

from cities import NOW, City

from idcard.verify import Verifier
from speed.timing import Figure, judged, point, rounds_of

BUDGET = 1.6
ROUNDS = rounds_of(60)
VERDICTS = 400
"""In a burst, which is short, so that some find the machine free."""
TURNS = 200

_work: tuple[Verifier, str]


def begin(file: bytes, code: str) -> None:
    global _work
    _work = Verifier(file), code


def verdicts(count: int) -> None:
    verifier, code = _work
    for _ in range(count):
        verifier.verify(code, "pharmacy", now=NOW)


def seconds(pool: Executor, workers: int) -> float:
    before = time.perf_counter()
    for done in [pool.submit(verdicts, VERDICTS // workers) for _ in range(workers)]:
        done.result()
    return time.perf_counter() - before


def wake_up(processors: tuple[int, int]) -> float:
    """Seconds from the release of a lock by a thread on one processor until one on the other goes on."""
    locks = threading.Lock(), threading.Lock()
    for lock in locks:
        lock.acquire()

    def turns(mine: int) -> None:
        os.sched_setaffinity(0, {processors[mine]})  # of this thread alone
        for _ in range(TURNS):
            locks[mine].acquire()
            locks[1 - mine].release()

    threads = [threading.Thread(target=turns, args=(mine,)) for mine in (0, 1)]
    for each in threads:
        each.start()
    before = time.perf_counter()
    locks[0].release()
    for each in threads:
        each.join()
    return (time.perf_counter() - before) / TURNS / 2


def woken() -> str:
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        return "unknown"
    one, other, *_ = sorted(os.sched_getaffinity(0))
    here, there = (statistics.median(wake_up(each) for _ in range(20)) * 1e6 for each in ((one, one), (one, other)))
    return f"{here:.0f} µs on one processor, {there:.0f} µs on another"


def main() -> None:
    city = City()
    arguments = (city.file, city.code("pharmacy"))
    begin(*arguments)
    spawn = multiprocessing.get_context("spawn")
    measured: dict[str, list[float]] = {}
    with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(2, spawn, begin, arguments) as processes:
        ways = {
            "one thread": (threads, 1),
            "two threads": (threads, 2),
            "one process": (processes, 1),
            "two processes": (processes, 2),
        }
        for _ in range(ROUNDS + 2):
            for name, way in ways.items():
                measured.setdefault(name, []).append(seconds(*way))
    # The first two begin threads and processes, and make tables.
    rates = {name: VERDICTS / min(times[2:]) for name, times in measured.items()}
    medians = {name: VERDICTS / statistics.median(times[2:]) for name, times in measured.items()}
    print(f"verify in two threads: best of {ROUNDS} bursts of {VERDICTS} verdicts, and the median")
    print(f"a thread wakes another in {woken()}")
    for name, rate in rates.items():
        print(f"{name:13}  {rate:8,.0f} a second, median {medians[name]:8,.0f}")
        kind, workers = ("threads", "processes")[name.endswith(("process", "processes"))], 1 + name.startswith("two")
        point(f"workers: verify in {kind}, a second", workers, rate)
    ratio = rates["two threads"] / rates["one thread"]
    value, one = (f"{rates[name]:,.0f} a second" for name in ("two threads", "one thread"))
    processes = f"two processes {rates['two processes'] / rates['one process']:.2f} times one"
    figure = Figure("verify, two threads", value, f"{one}, one thread; {processes}", ratio, "", BUDGET, more=True)
    print(f"two threads {ratio:.2f} times one, {judged(figure)}; {processes}")


if __name__ == "__main__":
    main()
