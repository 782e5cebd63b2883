"""Draw one QR, beside segno as it comes; a card back; and many QRs in two processes."""

import hashlib
import io
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Sized
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing.synchronize import Barrier

import segno
from cities import City

from idcard.credential import text
from idcard.issuing.code import Code, Issued
from idcard.printing import page
from idcard.symbol import qr
from speed.timing import BRIEF, Figure, Round, judged, one_round, rounds_of

BUDGET_MS = 1
CARD_MS = 3
CARDS = 10 if BRIEF else 100
ROUNDS = rounds_of(30)
REPEAT = 5
SIZES = {"cohort, 6-M": (99, 6), "revocable, 7-M": (115, 7)}
"""Bytes of the largest credential, and the version of its symbol."""
TEXTS = 200 if BRIEF else 2000
TEXTS_A_TASK = 50
TARGET = 1.8
"""How many times as many texts two processes draw."""
PROCESS_ROUNDS = rounds_of(3)

Work = Callable[[list[str], int], Sized]


def code_of(seed: bytes, size: int) -> str:
    return text.encode(text.Environment.PRODUCTION, hashlib.shake_256(seed).digest(size))


def by_segno(code: str, kind: str) -> bytes:
    image = io.BytesIO()
    segno.make_qr(code, error="M").save(image, kind=kind, border=4, scale=8 if kind == "png" else 1)
    return image.getvalue()


def median(rounds: list[Round], name: str) -> float:
    return sorted(each[name] for each in rounds)[len(rounds) // 2] * 1e3


def one_after_the_other() -> None:
    print(f"draw one QR: {ROUNDS} rounds of {REPEAT} calls in turn; budget {BUDGET_MS} ms")
    print(f"{'':38}  {'idcard':>10}  {'segno':>10}  {'ratio':>6}  budget")
    for label, (size, version) in SIZES.items():
        code = code_of(b"benchmarks/draw", size)
        calls = {
            "modules": lambda code=code, version=version: qr.draw(code, max_version=version),
            "segno modules": lambda code=code: segno.make_qr(code, error="M"),
            "SVG": lambda code=code, version=version: qr.draw(code, max_version=version).svg(),
            "segno SVG": lambda code=code: by_segno(code, "svg"),
            "PNG": lambda code=code, version=version: qr.draw(code, max_version=version).png(),
            "segno PNG": lambda code=code: by_segno(code, "png"),
        }
        rounds = [one_round(calls, REPEAT, time.process_time) for _ in range(ROUNDS)]
        for what in ("modules", "SVG", "PNG"):
            ours, segnos = median(rounds, what), median(rounds, f"segno {what}")
            name = f"{what}, {len(code)} letters ({label})"
            verdict = judged(
                Figure(f"draw one QR: {name}", f"{ours:.2f} ms", f"{segnos:.2f} ms, segno", ours, " ms", BUDGET_MS)
            )
            print(f"{name:38}  {ours:7.2f} ms  {segnos:7.2f} ms  {ours / segnos:6.2f}  {verdict:>6}")


def a_card_back() -> None:
    """One with a code of a cohort and one of its own, of a hundred in a file."""
    from idcard.printing import cards

    city = City()
    shared = Code("library", city.code("library"), "M", 6)
    handles = (number.to_bytes(10) for number in range(CARDS))
    own = (Code("pharmacy", city.code("pharmacy", handle=each), "M", 7) for each in handles)
    issued = [Issued(number, f"A-{number}", None, (shared, each)) for number, each in enumerate(own, 1)]
    printed = page.City("Springfield", "Ask the card office.", test=False)
    rounds = [one_round({"a file": lambda: cards.pdf(issued, printed)}, 1, time.process_time) for _ in range(4)]
    ms = statistics.median(each["a file"] for each in rounds[1:]) / CARDS * 1e3
    figure = Figure("draw, card back with two codes", f"{ms:.2f} ms", "", ms, " ms", CARD_MS)
    print(f"a card back, of {CARDS} in a file: {ms:.2f} ms of the processor, budget {CARD_MS} ms: {judged(figure)}")


def warm(code: str, version: int, barrier: Barrier) -> None:
    """Draws the first symbol, which takes longer, and waits for the other processes."""
    qr.draw(code, max_version=version)
    barrier.wait()


def svgs(codes: list[str], version: int) -> list[bytes]:
    return [qr.draw(code, max_version=version).svg() for code in codes]


def arithmetic(codes: list[str], version: int) -> list[int]:
    """Nearly as long as the drawing, and nothing that processes could wait for."""
    return [sum(range(100_000)) for _ in codes]


def seconds(pool: ProcessPoolExecutor, work: Work, codes: list[str], version: int) -> float:
    tasks = [codes[at : at + TEXTS_A_TASK] for at in range(0, len(codes), TEXTS_A_TASK)]
    begin = time.perf_counter()
    drawn = sum(len(done.result()) for done in [pool.submit(work, task, version) for task in tasks])
    assert drawn == len(codes)
    return time.perf_counter() - begin


def on_several_processes() -> None:
    print(f"on several processes: {TEXTS} texts to SVG, {TEXTS_A_TASK} a task; target {TARGET}")
    if len(os.sched_getaffinity(0)) < 2:
        print("not measured: there are fewer than two CPUs here")
        return
    size, version = SIZES["revocable, 7-M"]
    codes = [code_of(b"benchmarks/draw %d" % number, size) for number in range(TEXTS)]
    spawn = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        pools = []
        for processes in (1, 2):
            arguments = (codes[0], version, spawn.Barrier(processes))
            pools.append(
                stack.enter_context(
                    ProcessPoolExecutor(processes, mp_context=spawn, initializer=warm, initargs=arguments)
                )
            )
            # A process that is not yet warm takes no task, so that each of these starts another.
            for started in [pools[-1].submit(svgs, [], version) for _ in range(processes)]:
                started.result()
        rounds = [
            [[seconds(pool, work, codes, version) for pool in pools] for work in (svgs, arithmetic)]
            for _ in range(PROCESS_ROUNDS)
        ]
    drawn, floor = zip(*rounds, strict=True)
    one, two = (TEXTS / statistics.median(each) for each in zip(*drawn, strict=True))
    ratio, possible = (statistics.median(a / b for a, b in each) for each in (drawn, floor))
    print(f"one process    {one:6,.0f} texts a second")
    # Where others keep the CPUs busy, even arithmetic gains nothing, and the ratio says nothing of the drawing.
    verdict = "within" if ratio >= TARGET else "over" if possible >= TARGET else "not judged: the machine is busy"
    print(f"two processes  {two:6,.0f} texts a second, {ratio:.2f} times as many  {verdict}")
    print(f"arithmetic     {possible:.2f} times as much in two processes as in one")


def main() -> None:
    one_after_the_other()
    print()
    try:
        a_card_back()
    except (ImportError, page.CannotPrint) as problem:
        print(f"a card back is not measured: {problem}")
    print()
    on_several_processes()


if __name__ == "__main__":
    main()
