"""Texts that a scanner, a keyboard or copying might have made of a code, and what is hardly one any more.

PYTHONPATH=tests python -m typed_lookalikes --texts 100000 --seed 1
"""

import argparse
import json
import random
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from support.keys_typed import Desk
from support.vectors import paper, typed
from support.vectors.decision import LIBRARY, PHARMACY

from idcard.repairs import pattern, readings, unseen
from idcard.repairs.extent import CARD, POSTER
from idcard.repairs.keyboards import CAPS_LOCK, SHIFT_LOCK, layouts

PROGRAM = Path(__file__).parents[1] / "web/verify/support/readings.js"
KINDS = {"card": CARD, "poster": POSTER}
CODES = (LIBRARY, PHARMACY, *paper.THREE_CODES, *paper.codes(paper.RENEWAL))
ODD = (
    *"\x00\x02\x1b\x1d\x7f\x85\t\r\n\x1c \xa0\u3000\u2003\ufeff\u200e\xad\u2028\ufe0f\u3164\u0301\u0327\u0345",
    *"\xdf\u0131\u0130\u017f\u03a3\u03c3\u03c2\u01c6\u01c5\ufb01\u2026\u2013\u2014\u2212\u2044\uffe5\uff1a\u3002",
    *"\u30fb\u30fc\uff21\u212a\u1e9e\ufefb\u0644\u0627\ud55c\u3158\uac01\uac00\ud7a3\ud800\ufffd",
    *"\U0001d408\U0001d7d8\U0001f600\U000e0041\U0001f1e6",
    *("\x1b[A", "\x1b[[A", "\x1bOM", "]Q1", "IDC1:", "ID", "íDC1:", "IDT2:"),
)
MATHEMATICAL = {ord(letter): 0x1D400 + at for at, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def texts(draw: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """So many kinds and texts."""
    names = sorted(layouts())
    for _ in range(count):
        text = _damaged(draw, draw.choice(CODES), names)
        for _ in range(draw.choice((0, 0, 1, 1, 2, 5))):
            text = _changed(draw, text)
        yield draw.choice(("card", "card", "poster", "several")), text


def _damaged(draw: random.Random, code: str, names: list[str]) -> str:
    """By one thing that happens."""
    lock = draw.choice(("", "", CAPS_LOCK, SHIFT_LOCK))
    match draw.randrange(8):
        case 0:
            return code.swapcase()
        case 1:
            return code.translate(draw.choice((typed.FULL_WIDTH, typed.CHEROKEE, MATHEMATICAL)))
        case 2:
            return unicodedata.normalize(
                draw.choice(("NFD", "NFKC")), Desk("us", draw.choice(names), lock).appears(code)
            )
        case 3:
            able = [name for name in names if {*code} - {" "} <= layouts()[name].keys.keys()]
            return Desk(draw.choice(able), "us", lock).appears(code)
        case 4:
            return typed.korean(code)
        case 5:
            return code
    return Desk("us", draw.choice(names), lock).appears(code)


def _changed(draw: random.Random, text: str) -> str:
    at = draw.randrange(len(text) + 1)
    match draw.randrange(7):
        case 0:
            return text[:at] + draw.choice(ODD) + text[at:]
        case 1:
            return text[:at] + text[at + draw.choice((1, 1, 3)) :]
        case 2:
            return text[:at] + draw.choice("0A:%^`\xb4$\xe9 ") + text[at + 1 :]
        case 3:
            return text[:at] + text
        case 4:
            return text + draw.choice(
                (*ODD, "000123", LIBRARY, PHARMACY.swapcase(), LIBRARY.translate(typed.FULL_WIDTH))
            )
        case 5:
            return draw.choice((*ODD, "2026-11-22 12:00:05 ", "x" * 25, LIBRARY, "\n" * 3)) + text
    return text[:at] + chr(draw.randrange(0x80, 0x3000)) + text[at:]


def ours(what: str, text: str) -> Any:
    """The answer of this project's Python, as JSON has it."""
    if what == "several":
        return [[number, code] for number, code in readings.several(text).items()]
    found = [[each.text, list(each.undone)] for each in readings.of(text, KINDS[what])]
    return [found, readings.begins(text, KINDS[what]), pattern.is_of_card(unseen.visible(text).strip())]


def asked(questions: Iterable[tuple[str, str]]) -> Iterator[Any]:
    """The answers of the repairs in JavaScript."""
    with subprocess.Popen(["node", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
        assert node.stdin
        assert node.stdout
        for question in questions:
            node.stdin.write(json.dumps(question).encode("ascii") + b"\n")
            node.stdin.flush()
            yield json.loads(node.stdout.readline())
        node.stdin.close()


def different(seed: int, count: int) -> list[tuple[str, str, Any, Any]]:
    """Kind, text, and both answers, where JavaScript has another. The seed gives the same texts every time."""
    made = list(texts(random.Random(seed), count))  # noqa: S311
    pairs = zip(made, map(ours, *zip(*made, strict=True)), asked(made), strict=True)
    return [(*question, mine, theirs) for question, mine, theirs in pairs if mine != theirs]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    answers = different(options.seed, options.texts)
    sys.stdout.writelines(f"{each!a}\n" for each in answers[:10])
    sys.exit(f"{len(answers)} of {options.texts} texts have two answers" if answers else 0)
