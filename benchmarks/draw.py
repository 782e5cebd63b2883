"""Draw one QR, beside segno as it comes: it picks the mask by trying all of them."""

import hashlib
import io

import segno
from timing import Round, one_round

from idcard.credential import qr, text

BUDGET_MS = 2
ROUNDS = 30
REPEAT = 5
SIZES = {"cohort, 6-M": (99, 6), "revocable, 7-M": (115, 7)}
"""Bytes of the largest credential, and the version of its symbol."""


def by_segno(code: str, kind: str) -> bytes:
    image = io.BytesIO()
    segno.make_qr(code, error="M").save(image, kind=kind, border=4, scale=8 if kind == "png" else 1)
    return image.getvalue()


def median(rounds: list[Round], name: str) -> float:
    return sorted(each[name] for each in rounds)[len(rounds) // 2] * 1e3


def main() -> None:
    print(f"draw one QR: {ROUNDS} rounds of {REPEAT} calls in turn; budget {BUDGET_MS} ms")
    print(f"{'':38}  {'idcard':>10}  {'segno':>10}  {'ratio':>6}  budget")
    for label, (size, version) in SIZES.items():
        code = text.encode(text.Environment.PRODUCTION, hashlib.shake_256(b"benchmarks/draw").digest(size))
        calls = {
            "modules": lambda code=code, version=version: qr.draw(code, max_version=version),
            "segno modules": lambda code=code: segno.make_qr(code, error="M"),
            "SVG": lambda code=code, version=version: qr.draw(code, max_version=version).svg(),
            "segno SVG": lambda code=code: by_segno(code, "svg"),
            "PNG": lambda code=code, version=version: qr.draw(code, max_version=version).png(),
            "segno PNG": lambda code=code: by_segno(code, "png"),
        }
        rounds = [one_round(calls, REPEAT) for _ in range(ROUNDS)]
        for what in ("modules", "SVG", "PNG"):
            ours, segnos = median(rounds, what), median(rounds, f"segno {what}")
            name = f"{what}, {len(code)} letters ({label})"
            verdict = "within" if ours <= BUDGET_MS else "over"
            print(f"{name:38}  {ours:7.2f} ms  {segnos:7.2f} ms  {ours / segnos:6.2f}  {verdict:>6}")


if __name__ == "__main__":
    main()
