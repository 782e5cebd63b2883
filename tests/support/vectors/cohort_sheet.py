"""The vectors of the folder `cohort-sheet` (specs/batch.md, Cohort sheets): sheets that a counter mints from, or not.

Put together here byte by byte, as in decision.py, with keys that everybody can read in tests/cities.py.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import cbor2
from cities import signer
from rfc9285 import base45

from idcard.cose import Signer, kid

KEY, OTHER_KEY = signer("cohort sheet"), signer("cohort sheet, another")
QUARTER = "2026-Q4"
RESIDENT, AGE, STUDENT, SENIOR = 1, 2, 4, 5


def issued(number: int, name: str, *claims: str, life: int = 24, kind: str = "cohort", **ages: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"number": number, "class": name, "kind": kind, "claims": list(claims), **ages}
    return {**fields, "life": life, "level": "M", "max_version": 7, "tolerance": 120}


CLASSES = [
    issued(1, "library", "resident"),
    issued(2, "cinema", "resident", life=12, ages=[12, 18]),
    issued(3, "pharmacy", "resident", life=12, kind="revocable"),
    issued(4, "concert", "resident", life=12, ages=[16, 18], least_age=16),
    issued(5, "theatre", "resident", "student", life=12),
]


# ---- codes ----


def at(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T12:00:00Z").timestamp())


IN_TWO_YEARS, IN_A_YEAR = at("2029-01-01"), at("2028-01-01")


def to_be_signed(
    exp: int, holder: Mapping[int, Any], by: Signer, handle: bytes | None, scope: str = "production springfield"
) -> tuple[bytes, bytes, bytes]:
    """Protected header, payload and Sig_structure."""
    header = cbor2.dumps({1: -8, 4: kid(by.public_key)})
    payload = cbor2.dumps({4: exp, **({7: handle} if handle else {}), -65537: dict(holder)})
    return header, payload, cbor2.dumps(["Signature1", header, f"idcard.code {scope}".encode(), payload])


def code(
    exp: int,
    holder: Mapping[int, Any],
    *,
    by: Signer = KEY,
    handle: bytes | None = None,
    prefix: str = "IDC1:",
    scope: str = "production springfield",
) -> str:
    header, payload, structure = to_be_signed(exp, holder, by, handle, scope)
    return prefix + base45(cbor2.dumps(cbor2.CBORTag(18, [header, {}, payload, by.sign(structure)])))


def codes(**changes: Any) -> list[tuple[str, str]]:
    """Every code of the cohort classes, in the order of the classes. changes: of how each is made."""
    holders = [
        ("library", IN_TWO_YEARS, {RESIDENT: True}),
        ("cinema", IN_A_YEAR, {RESIDENT: True}),
        *(("cinema", IN_A_YEAR, {RESIDENT: True, AGE: age}) for age in (12, 18)),
        *(("concert", IN_A_YEAR, {RESIDENT: True, AGE: age}) for age in (16, 18)),
        ("theatre", IN_A_YEAR, {RESIDENT: True, STUDENT: True}),
    ]
    return [(name, code(exp, holder, **changes)) for name, exp, holder in holders]


GOOD = codes()
LIBRARY, THEATRE = GOOD[0][1], GOOD[-1][1]


def with_library(text: str) -> list[tuple[str, str]]:
    return [("library", text), *GOOD[1:]]


def cohort(exp: int, holder: Mapping[int, Any]) -> str:
    structure = to_be_signed(exp, holder, KEY, None)[2]
    return hashlib.blake2b(structure, person=b"idcard.cohort").hexdigest()[:20]


# ---- sheets ----


def sheet(listed: Sequence[tuple[str, str]] = GOOD, **changes: Any) -> dict[str, Any]:
    fields = {"schema": 1, "city": "springfield", "environment": "production", "quarter": QUARTER}
    return {**fields, "codes": [{"class": name, "text": text} for name, text in listed], **changes}


def vector(
    fault: str,
    text: str | Mapping[str, Any],
    reason: str | None = None,
    *,
    classes: Sequence[str] = (),
    environment: str = "production",
    cancelled: Sequence[str] = (),
) -> dict[str, Any]:
    expect = {"reason": reason} if reason else {"reason": None, "classes": list(classes)}
    return {
        "fault": fault,
        "city": "springfield",
        "environment": environment,
        "quarter": QUARTER,
        "key": KEY.public_key.hex(),
        "classes": CLASSES,
        "cancelled": list(cancelled),
        "sheet": text if isinstance(text, str) else json.dumps(text),
        "expect": expect,
    }


ALL = ("cinema", "concert", "library", "theatre")


def vectors() -> dict[str, dict[str, Any]]:
    whole = json.dumps(sheet())
    altered = f"{LIBRARY[:-7]}{'0' if LIBRARY[-7] != '0' else '1'}{LIBRARY[-6:]}"
    return {
        "sheet": vector("Every code that there can be.", sheet(), classes=ALL),
        "sheet-laid-out": vector(
            "Blanks and order of JSON do not matter.",
            json.dumps(dict(reversed(sheet(GOOD[::-1]).items())), indent=4),
            classes=ALL,
        ),
        "sheet-of-some-classes": vector("Two classes, whole.", sheet(GOOD[:4]), classes=("cinema", "library")),
        "sheet-of-a-test-city": vector(
            "Of a test environment.",
            sheet(codes(prefix="IDT1:", scope="test springfield"), environment="test"),
            classes=ALL,
            environment="test",
        ),
        "other-cohort-cancelled": vector(
            "What is cancelled is not in it.",
            sheet(GOOD[1:4]),
            classes=("cinema",),
            cancelled=[cohort(IN_TWO_YEARS, {RESIDENT: True})],
        ),
        "no-json": vector("Cut short.", whole[:-1], "no-sheet"),
        "nothing": vector("An empty file.", "", "no-sheet"),
        "a-list": vector("The codes alone.", json.dumps(sheet()["codes"]), "no-sheet"),
        "name-twice": vector("A name twice.", whole.replace('"codes"', '"quarter": "2026-Q4", "codes"'), "no-sheet"),
        "name-unknown": vector("A name that there is not.", sheet(station="north"), "no-sheet"),
        "name-missing": vector("No quarter.", {k: v for k, v in sheet().items() if k != "quarter"}, "no-sheet"),
        "no-codes": vector("No code.", sheet(()), "no-sheet"),
        "code-with-more": vector(
            "A code with a third name.", sheet(codes=[{"class": "library", "text": LIBRARY, "age": 18}]), "no-sheet"
        ),
        "code-no-text": vector("A number for a text.", sheet(codes=[{"class": "library", "text": 1}]), "no-sheet"),
        "next-schema": vector("Of a newer program.", sheet(schema=2), "other-version"),
        "another-city": vector("Says that it is of another city.", sheet(city="shelbyville"), "other-city"),
        "another-environment": vector("Says that it is a test.", sheet(environment="test"), "other-city"),
        "another-quarter": vector("Says that it is of the next quarter.", sheet(quarter="2027-Q1"), "other-quarter"),
        "code-cut": vector("A letter is missing.", sheet(with_library(LIBRARY[:-1])), "damaged"),
        "code-blank": vector(
            "A blank behind a code, which a venue would take.", sheet(with_library(f"{LIBRARY} ")), "damaged"
        ),
        "code-no-prefix": vector("No prefix.", sheet(with_library(LIBRARY[5:])), "damaged"),
        "code-next-version": vector(
            "A code of a newer program.", sheet(with_library(f"IDC2:{LIBRARY[5:]}")), "damaged"
        ),
        "code-empty": vector("No text.", sheet(with_library("")), "damaged"),
        "code-altered": vector("A letter of the signature is another.", sheet(with_library(altered)), "other-key"),
        "code-of-another-key": vector(
            "One code by another key.",
            sheet(with_library(code(IN_TWO_YEARS, {RESIDENT: True}, by=OTHER_KEY))),
            "other-key",
        ),
        "all-of-another-key": vector("All by another key.", sheet(codes(by=OTHER_KEY)), "other-key"),
        "code-of-a-test": vector(
            "One code of the test environment, by the right key.",
            sheet(with_library(code(IN_TWO_YEARS, {RESIDENT: True}, prefix="IDT1:", scope="test springfield"))),
            "other-key",
        ),
        "code-for-another-city": vector(
            "One code that the right key signed for another city.",
            sheet(with_library(code(IN_TWO_YEARS, {RESIDENT: True}, scope="production shelbyville"))),
            "other-key",
        ),
        "class-swapped": vector(
            "Resident, in the place of resident and student.", sheet([*GOOD[:-1], ("theatre", LIBRARY)]), "misfit"
        ),
        "class-unknown": vector("A class that the city lacks.", sheet([*GOOD, ("zoo", LIBRARY)]), "misfit"),
        "class-revocable": vector(
            "A class of which each holder has another code.",
            sheet([*GOOD, ("pharmacy", code(IN_A_YEAR, {RESIDENT: True}))]),
            "misfit",
        ),
        "code-twice": vector("A code twice.", sheet([*GOOD, GOOD[0]]), "misfit"),
        "claims-more": vector(
            "A senior, too.", sheet(with_library(code(IN_TWO_YEARS, {RESIDENT: True, SENIOR: True}))), "misfit"
        ),
        "claims-age": vector(
            "An age that the class has not.",
            sheet([*GOOD, ("cinema", code(IN_A_YEAR, {RESIDENT: True, AGE: 16}))]),
            "misfit",
        ),
        "claims-below-least-age": vector(
            "No age, where there is a least.", sheet([*GOOD, ("concert", code(IN_A_YEAR, {RESIDENT: True}))]), "misfit"
        ),
        "claims-handle": vector(
            "A handle.", sheet(with_library(code(IN_TWO_YEARS, {RESIDENT: True}, handle=bytes(range(10))))), "misfit"
        ),
        "claims-expiry": vector(
            "A month less.", sheet(with_library(code(at("2028-12-01"), {RESIDENT: True}))), "misfit"
        ),
        "claims-unknown": vector(
            "A claim that venues pass over: it would mark who gets the code.",
            sheet(with_library(code(IN_TWO_YEARS, {RESIDENT: True, 99: True}))),
            "misfit",
        ),
        "code-missing": vector(
            "Of a class with three codes the middle one is missing.", sheet(GOOD[:2] + GOOD[3:]), "incomplete"
        ),
        "cohort-cancelled": vector(
            "One of the cohorts is cancelled.",
            sheet(),
            "cancelled",
            cancelled=["00" * 10, cohort(IN_A_YEAR, {RESIDENT: True, STUDENT: True})],
        ),
    }
