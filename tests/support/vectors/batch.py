"""The vectors of the folder `batch` (specs/batch.md, Input, Output, Bad records): lines of records, and what they give.

Codes are put together here byte by byte, as in cohort_sheet.py, with keys that everybody can read in tests/cities.py.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cities import signer

from support.vectors.cohort_sheet import AGE, RESIDENT, STUDENT, at, code, issued

AGE_FROM = 3
NOW = "2026-11-22T12:00:00+00:00"
LIBRARY = issued(1, "library", "resident")
POOL = issued(2, "pool", "resident", life=12, ages=[18], least_age=18)
CINEMA = issued(3, "cinema", "resident", life=12, ages=[12, 18])
THEATRE = issued(4, "theatre", "resident", "student", life=12)
PHARMACY = issued(5, "pharmacy", "resident", life=12, kind="revocable")
CONCERT = issued(6, "concert", "resident", life=12, kind="revocable", ages=[16, 18], age_from=True)
CLUB = issued(7, "club", "resident", life=12, kind="revocable", ages=[18], least_age=18, age_from=True)

Codes = Mapping[str, str]
MARK = "\ufeff"

# ---- what goes in ----


def line(reference: Any, **fields: Any) -> str:
    return json.dumps({"reference": reference, "resident": True, **fields})


def slip(number: int, venue_class: str = "pharmacy", **changes: Any) -> dict[str, Any]:
    """Handles of the slip of this number."""
    fields = {"schema": 1, "city": "springfield", "environment": "production", "until": "2028-01"}
    return {**fields, "handles": {venue_class: f"{number:020x}"}, **changes}


def cell(handles: Mapping[str, Any]) -> str:
    """As a cell of CSV."""
    return '"' + json.dumps(handles).replace('"', '""') + '"'


# ---- what comes out ----


def key(kind: str, environment: str = "production") -> Any:
    return signer(f"springfield {environment} {kind}")


def shared(exp: str, environment: str = "production", **claims: Any) -> str:
    """The code of a cohort. claims: `age` or `student`, beside resident."""
    holder = {RESIDENT: True} | {{"age": AGE, "student": STUDENT}[name]: value for name, value in claims.items()}
    return code(at(exp), holder, by=key("cohort", environment), **where(environment))


def own(number: int, exp: str = "2027-12-01", environment: str = "production", **claims: Any) -> str:
    """A code with the handle of a slip. claims: `age` or `age_from`, beside resident."""
    holder = {RESIDENT: True} | {{"age": AGE, "age_from": AGE_FROM}[name]: value for name, value in claims.items()}
    handle = number.to_bytes(10, "big")
    return code(at(exp), holder, by=key("revocable", environment), handle=handle, **where(environment))


def where(environment: str) -> dict[str, str]:
    return {"prefix": {"production": "IDC1:", "test": "IDT1:"}[environment], "scope": f"{environment} springfield"}


IN_LIBRARY = {"library": shared("2029-01-01")}
IN_POOL = {"pool": shared("2028-01-01", age=18)}


def residents(*references: str) -> dict[str, Codes]:
    """Each gets the code of the library."""
    return dict.fromkeys(references, IN_LIBRARY)


def with_slips(**numbers: int) -> dict[str, Codes]:
    """Library and pharmacy, by the number of the slip."""
    return {
        reference.replace("_", "-"): IN_LIBRARY | {"pharmacy": own(number)} for reference, number in numbers.items()
    }


# ---- vectors ----

Bad = Sequence[tuple[int, str]]


def vector(
    fault: str,
    text: str | bytes,
    codes: Mapping[str, Codes],
    bad: Bad = (),
    *,
    ends: int | None = None,
    classes: Sequence[Mapping[str, Any]] = (LIBRARY,),
    now: str = NOW,
    environment: str = "production",
) -> dict[str, Any]:
    """codes: of the records that are minted, by reference and class. bad: line and field."""
    given = {"input": text} if isinstance(text, str) else {"input_base64": base64.b64encode(text).decode()}
    return {
        "fault": fault,
        "city": "springfield",
        "environment": environment,
        "now": now,
        "classes": list(classes),
        "keys": {kind: key(kind, environment).seed.hex() for kind in sorted({each["kind"] for each in classes})},
        **given,
        "expect": {
            "lines": [
                {"reference": reference, "codes": dict(of_reference)} for reference, of_reference in codes.items()
            ],
            "bad": [list(each) for each in bad],
            "ends": ends,
        },
    }


def bad_lines(fault: str, field: str, *lines: str | bytes) -> dict[str, Any]:
    """Bad records between two good ones, in JSON."""
    return between(fault, field, [line("A-1")], lines, [line("A-2")])


def bad_rows(fault: str, field: str, *rows: str | bytes) -> dict[str, Any]:
    """The same in CSV."""
    return between(fault, field, ["reference,resident", "A-1,yes"], rows, ["A-2,yes"])


def between(
    fault: str, field: str, first: Sequence[str], lines: Sequence[str | bytes], last: Sequence[str]
) -> dict[str, Any]:
    data = b"".join(
        each + b"\n" if isinstance(each, bytes) else f"{each}\n".encode() for each in (*first, *lines, *last)
    )
    text = data if any(isinstance(each, bytes) for each in lines) else data.decode()
    bad = [(number, field) for number in range(len(first) + 1, len(first) + len(lines) + 1)]
    return vector(fault, text, residents("A-1", "A-2"), bad)


def bad_slips(fault: str, *handles: Any, field: str = "handles") -> dict[str, Any]:
    """Records with these handles after a good one."""
    lines = [
        line("A-1", handles=slip(1)),
        *(line(f"A-{number}", handles=each) for number, each in enumerate(handles, 2)),
    ]
    bad = [(number, field) for number in range(2, len(lines) + 1)]
    return vector(fault, text_of(*lines), with_slips(A_1=1), bad, classes=(LIBRARY, PHARMACY))


def ends(fault: str, at_line: int, *lines: str, before: Mapping[str, Codes] | None = None) -> dict[str, Any]:
    return vector(fault, text_of(*lines), before or {}, ends=at_line)


def text_of(*lines: str) -> str:
    return "".join(f"{each}\n" for each in lines)


NO_OBJECTS = (
    "[]", "null", '"B-1"', "B-1,yes", '{"reference": "B-1"', '{"reference": "B-1"},',
    '{"reference": "B-1"} {"reference": "B-2"}', '{"reference": "B-1", "resident": True}',
    '{"reference": "B-1", "height": NaN}', '{"reference": "B-1", "name": "\0"}',
)  # fmt: skip
ODD_REFERENCES = (
    "", "-1", ".b", "_b", "B 1", "B-1 ", "B-1\n", "B/1", "../b", "B\\1", "Zo\u00eb", "\uff11", 17, True, ["B-1"],
)  # fmt: skip
ODD_DATES = (
    "31.12.1990", "12/31/1990", "19901231", "1990-W52-1", "1990-12-31T00:00", "1990-2-1", "2001-02-29", 1990, None,
)  # fmt: skip


def vectors() -> dict[str, dict[str, Any]]:
    return _of_json() | _of_csv() | _of_references() | _of_handles() | _of_fields() | _of_ages()


def _of_json() -> dict[str, dict[str, Any]]:
    good = (line("A-1"), line("A-2"))
    return {
        "json": vector(
            "Fields in any order, and one that nobody asks for.",
            text_of(
                '{"resident": true, "reference": "A-1"}',
                '{"reference":"A-2","note":{"resident":[null,1e3]},"resident":true}',
            ),
            residents("A-1", "A-2"),
        ),
        "json-mark": vector("A byte order mark at the beginning.", MARK + text_of(*good), residents("A-1", "A-2")),
        "json-mark-later": bad_lines(
            "A byte order mark in another place, as where files were put together.", "record", MARK + line("B-1")
        ),
        "json-crlf": vector("CR LF.", text_of(*good).replace("\n", "\r\n"), residents("A-1", "A-2")),
        "json-no-last-line-end": vector("No line end at the end.", "\n".join(good), residents("A-1", "A-2")),
        "json-blank-lines": vector(
            "Lines of blanks, also the first behind a mark, are skipped, and are counted.",
            text_of(MARK, " \t", good[0], "\r", line("B 1"), "", f"  {good[1]} "),
            residents("A-1", "A-2"),
            [(5, "reference")],
        ),
        "json-first-line-bad": vector(
            "A brace makes them JSON, even where the first record is cut short.",
            text_of('{"reference": "A-1", "resid', good[1]),
            residents("A-2"),
            [(1, "record")],
        ),
        "json-no-object": bad_lines("Not one JSON object.", "record", *NO_OBJECTS),
        "json-field-twice": bad_lines(
            "A field twice, once with an escape: programs differ in which they take.",
            "record",
            '{"reference": "B-1", "resident": true, "resident": true}',
            '{"reference": "B-1", "r\\u0065sident": true, "resident": false}',
        ),
        "json-field-twice-within": bad_lines(
            "A field twice in an object that nobody asks for.",
            "record",
            '{"reference": "B-1", "resident": true, "note": [{"a": 1, "a": 1}]}',
        ),
        "json-levels": vector(
            "16 levels, and 17.",
            text_of(*(line("A-1").replace("}", f', "note": {"[" * more}{"]" * more}}}') for more in (15, 16))),
            residents("A-1"),
            [(2, "record")],
        ),
        "json-number-beyond-a-double": bad_lines(
            "A number that some programs take for infinity.", "record", line("B-1")[:-1] + ', "note": 1e999}'
        ),
        "json-not-utf-8": bad_lines(
            "Latin-1.", "record", '{"reference": "B-1", "resident": true, "name": "Zoë"}'.encode("latin-1")
        ),
        "json-names-in-capitals": bad_lines(
            "A name that differs in capitals or blanks only.",
            "resident",
            '{"reference": "B-1", "Resident": true}',
            '{"reference": "B-2", "resident": true, "RESIDENT": true}',
            '{"reference": "B-3", " resident": true}',
        ),
        "json-reference-in-capitals": bad_lines(
            "The same of the reference.", "reference", '{"Reference": "B-1", "resident": true}'
        ),
        "nothing": vector("An empty input.", "", {}, ends=0),
        "nothing-but-blanks": vector("A mark, and lines of blanks.", f"{MARK}\r\n \t\n\n", {}, ends=0),
    }


def _of_csv() -> dict[str, dict[str, Any]]:
    table = ("reference,resident", "A-1,yes", "A-2,yes")
    found = residents("A-1", "A-2")
    slips = with_slips(A_1=1, A_2=2)
    semicolons = [each.replace(",", ";") for each in table]
    return {
        "csv": vector("Commas and LF.", text_of(*table), found),
        "csv-mark-semicolons-crlf": vector(
            "As a spreadsheet writes it.", MARK + text_of(*table).replace("\n", "\r\n").replace(",", ";"), found
        ),
        "csv-no-last-line-end": vector("No line end at the end.", "\n".join(table), found),
        "csv-blank-lines": vector(
            "Lines of blanks are skipped, and are counted.",
            text_of("", table[0], " \t", table[1], "\r", "B 1,yes", table[2]),
            found,
            [(6, "reference")],
        ),
        "csv-columns-alone": vector("Names of columns, and nobody.", text_of(table[0]), {}),
        "csv-quotes": vector(
            "Cells in quotes, which are doubled within them; a comma between quotes parts nothing.",
            text_of('"reference",resident,"handles"', f'A-1,"yes",{cell(slip(1))}', f'"A-2",yes,{cell(slip(2))}'),
            slips,
            classes=(LIBRARY, PHARMACY),
        ),
        "csv-semicolons-and-commas": vector(
            "Commas within a cell of a table with semicolons.",
            text_of("reference;resident;handles", *(f"A-{number};yes;{cell(slip(number))}" for number in (1, 2))),
            slips,
            classes=(LIBRARY, PHARMACY),
        ),
        "csv-blanks": vector(
            "Blanks around cells, also within quotes.",
            text_of(" reference ,\tresident", " A-1 , yes", '" A-2 "," yes "'),
            found,
        ),
        "csv-empty-cells": vector(
            "An empty cell is a missing field: what nobody asks for may be missing.",
            text_of("reference,resident,language,birth_date,student", "A-1,yes,,,", 'A-2,yes,"", ,""'),
            found,
        ),
        "csv-empty-cell-needed": bad_rows("An empty cell where there must be something.", "resident", "B-1,", 'B-2,""'),
        "csv-empty-reference": bad_rows("No reference.", "reference", ",yes", '"",yes'),
        "csv-words": vector(
            "Words for flags, in any case.",
            text_of("reference,resident", "A-1,yes", "A-2,TRUE", "A-3,True", "A-4,yEs", "A-5,no", "A-6,FALSE"),
            {**residents("A-1", "A-2", "A-3", "A-4"), "A-5": {}, "A-6": {}},
        ),
        "csv-other-words": bad_rows(
            "Other words for flags, which a spreadsheet or a person may write.",
            "resident",
            *(f"B-{number},{word}" for number, word in enumerate(("1", "y", "x", "oui", "WAHR", "=TRUE()"))),
        ),
        "csv-cells-more-and-fewer": bad_rows("A cell too many, or too few.", "record", "B-1,yes,yes", "B-1"),
        "csv-cells-empty-and-left-out": vector(
            "Empty cells behind the last column, and the cell of a language that is left out at the end.",
            text_of("reference,resident,language", "A-1,yes,,,", "A-2,yes"),
            found,
        ),
        "csv-letters-behind-a-quote": bad_rows("Letters behind the quote that ends a cell.", "record", 'B-1,"yes"x'),
        "csv-not-utf-8": bad_rows("Latin-1.", "record", "B-1,\xeb".encode("latin-1")),
        "csv-column-unknown": ends(
            "A column that there is not: it could be a field that is misspelt.",
            1,
            "reference,resident,birthdate",
            "A-1,yes,1990-12-31",
        ),
        "csv-column-in-capitals": vector(
            "Columns in capitals, with blanks and dashes.",
            text_of("REFERENCE,Resident,Birth Date", "A-1,yes,", "A-2,YES,"),
            found,
        ),
        "csv-column-empty": vector(
            "Columns without a name and without a cell, in the middle and at the end.",
            text_of("reference,,resident,", "A-1,,yes,", 'A-2,"",yes'),
            found,
        ),
        "csv-column-empty-with-a-cell": between(
            "A cell of a column without a name.",
            "record",
            ["reference,resident,,", "A-1,yes,,"],
            ["B-1,yes,,x"],
            ["A-2,yes,,"],
        ),
        "csv-rows-empty": vector(
            "Rows without a cell, before and after the names of columns, and at the end.",
            text_of(",,", "reference,resident,language", ",,", "A-1,yes,", '"","",""', " ; , \u00a0", "A-2,yes,", ",,"),
            found,
        ),
        "csv-sep-line": vector("A line that says what parts cells.", text_of("sep=;", *semicolons), found),
        "csv-sep-line-quoted": vector(
            "The same as a spreadsheet saves it once more, with a mark.",
            f'{MARK}"sep=;",,\r\n' + text_of(*semicolons),
            found,
        ),
        "csv-sep-line-unknown": ends("A sign that parts no cells here.", 1, "sep=x", "referencexresident", "A-1xyes"),
        "csv-tabs": vector("Tabs.", text_of("reference\tresident", "A-1\tyes", "A-2\tyes"), found),
        "csv-bars": vector("Bars.", text_of("reference|resident", "A-1|yes", "A-2|yes"), found),
        "csv-utf-16": vector(
            "UTF-16 with a mark and tabs, as spreadsheets call Unicode text.",
            "\ufeffreference\tresident\r\nA-1\tyes\r\nA-2\tyes\r\n".encode("utf-16-le"),
            found,
        ),
        "csv-utf-16-big-endian": vector(
            "The other order of bytes, without a mark.",
            "reference;resident\nA-1;yes\nA-2;yes\n".encode("utf-16-be"),
            found,
        ),
        "csv-cr-alone": vector("Lines that end with CR alone.", "reference,resident\rA-1,yes\rA-2,yes\r", found),
        "csv-column-twice": ends("A column twice.", 1, "reference,resident,resident", "A-1,yes,no"),
        "csv-no-reference": ends("No column of references.", 2, "", "resident,birth_date", "yes,1990-12-31"),
        "csv-no-columns": ends("A record where the names of columns should be.", 1, "A-1,yes", "A-2,yes"),
        "csv-quote-not-closed": ends(
            "A quote that is not closed: the next line may be within the cell.",
            3,
            "reference,resident",
            "A-1,yes",
            'A-2,"yes',
            "A-3,yes",
            'A-4,yes"',
            before=residents("A-1"),
        ),
        "csv-quote-not-closed-behind-a-blank": ends(
            "A blank before a quote that is not closed, from a program that writes one behind each comma.",
            *(3, "reference, resident, student", "A-1, yes, no", 'A-2, yes, "a note', 'A-3, yes, no"'),
            before=residents("A-1"),
        ),
        "csv-quote-not-closed-in-columns": ends("The same in the first line.", 1, 'reference,"resident', "A-1,yes"),
    }


def _of_references() -> dict[str, dict[str, Any]]:
    longest = "A" + "._-z" * 15 + "012"
    return {
        "reference-longest": vector(
            "64 letters, and 65.",
            text_of(line(longest), line(longest + "3"), line("0")),
            residents(longest, "0"),
            [(2, "reference")],
        ),
        "reference-missing": bad_lines("No reference, or null.", "reference", '{"resident": true}', line(None)),
        "reference-odd": bad_lines(
            "Letters that are not allowed, or not at the beginning; a path; no text.",
            "reference",
            *map(line, ODD_REFERENCES),
        ),
        "reference-formula": bad_rows(
            "What a spreadsheet would compute.", "reference", '"=HYPERLINK(B1)",yes', "+1,yes", "@b,yes"
        ),
        "reference-twice": vector(
            "A reference that an earlier record had, in other capitals.",
            text_of(*map(line, ("A-1", "A-2", "a-1"))),
            residents("A-1", "A-2"),
            [(3, "reference")],
        ),
        "reference-twice-of-a-bad-record": vector(
            "A reference that a bad record had.",
            text_of(line("A-1", resident="yes"), line("B-1", language="tlh"), line("C-1", handles={}), line("A-2"))
            + text_of(*map(line, ("A-1", "B-1", "C-1"))),
            residents("A-2"),
            [(1, "resident"), (2, "language"), (3, "handles"), (5, "reference"), (6, "reference"), (7, "reference")],
        ),
    }


def _of_handles() -> dict[str, dict[str, Any]]:
    lines = (line("A-1", handles=slip(1)), line("A-2", handles=slip(2)))
    both, good = (LIBRARY, PHARMACY), with_slips(A_1=1, A_2=2)
    in_test = {"library": shared("2029-01-01", "test"), "pharmacy": own(1, environment="test")}
    return {
        "handles": vector("Handles of two slips.", text_of(*lines), good, classes=both),
        "handles-of-a-test-city": vector(
            "Of a test environment.",
            text_of(line("A-1", handles=slip(1, environment="test"))),
            {"A-1": in_test},
            classes=both,
            environment="test",
        ),
        "handles-not-needed": vector(
            "Missing, or null, where no class needs them.",
            text_of(line("A-1"), line("A-2", handles=None)),
            residents("A-1", "A-2"),
        ),
        "handles-missing": vector(
            "Missing; somebody who qualifies for nothing needs none.",
            text_of(lines[0], line("A-2"), line("A-3", handles=None), line("A-4", resident=False)),
            with_slips(A_1=1) | {"A-4": {}},
            [(2, "handles"), (3, "handles")],
            classes=both,
        ),
        "handles-damaged": bad_slips(
            "Not as a slip gave them: 19 digits, capitals, no month, a name more, another schema, JSON in a text.",
            slip(2, handles={"pharmacy": "0" * 19}),
            slip(2, handles={"pharmacy": f"{10:020X}"}),
            slip(2, until="2028-13"),
            slip(2, secret=""),
            slip(2, schema=2),
            json.dumps(slip(2)),
            {},
            [],
        ),
        "handles-damaged-in-a-cell": vector(
            "The same in CSV.",
            text_of(
                "reference,resident,handles", f"A-1,yes,{cell(slip(1))}", f'A-2,yes,{cell(slip(2))[:-3]}"', "A-3,yes,7"
            ),
            with_slips(A_1=1),
            [(3, "handles"), (4, "handles")],
            classes=both,
        ),
        "handles-of-another-city": bad_slips("Of another city.", slip(2, city="shelbyville")),
        "handles-of-another-environment": bad_slips("Of a test.", slip(2, environment="test")),
        "handles-of-another-class": bad_slips(
            "None for the class that needs one.", slip(2, "cinema"), slip(3, handles={})
        ),
        "handles-end": vector(
            "Handles that end with the code, and a month before.",
            text_of(line("A-1", handles=slip(1, until="2027-12")), line("A-2", handles=slip(2, until="2027-11"))),
            with_slips(A_1=1),
            [(2, "handles")],
            classes=both,
        ),
        "handles-twice": vector(
            "The slip of an earlier record.",
            text_of(*lines, line("A-3", handles=slip(1))),
            good,
            [(3, "handles")],
            classes=both,
        ),
        "handles-twice-of-a-bad-record": vector(
            "The slip of a bad record.",
            text_of(
                *(line("A-1", resident="yes", handles=slip(1)), line("B-1", language="tlh", handles=slip(3)), lines[1]),
                *(line("A-3", handles=slip(1)), line("B-3", handles=slip(3))),
            ),
            with_slips(A_2=2),
            [(1, "resident"), (2, "language"), (4, "handles"), (5, "handles")],
            classes=both,
        ),
    }


def _of_fields() -> dict[str, dict[str, Any]]:
    student = IN_LIBRARY | {"theatre": shared("2028-01-01", student=True)}
    return {
        "codes": vector(
            "A code for each class for which somebody qualifies, and none is a good record, too.",
            text_of(line("A-1", student=True), line("A-2", student=False), line("A-3", resident=False, student=True)),
            {"A-1": student, **residents("A-2"), "A-3": {}},
            classes=(LIBRARY, THEATRE),
        ),
        "language": vector(
            "Of the holder, which the codes do not show.",
            text_of(line("A-1", language="es"), line("A-2", language="zh-Hans"), line("A-3", language=None)),
            residents("A-1", "A-2", "A-3"),
        ),
        "language-unknown": bad_lines(
            "A language that there is not, or in capitals, or with a region.",
            "language",
            *(line(f"B-{number}", language=language) for number, language in enumerate(("tlh", "ES", "es-MX", "", 1))),
        ),
        "flag-missing": bad_lines(
            "A flag that a class asks for is missing.",
            "resident",
            '{"reference": "B-1"}',
            '{"reference": "B-2", "student": true}',
        ),
        "flag-no-truth": bad_lines(
            "A flag that is neither true nor false; words are for CSV.",
            "resident",
            *(line(f"B-{number}", resident=value) for number, value in enumerate(("yes", "true", 1, None, []))),
        ),
        "flag-missing-of-two": vector(
            "The second flag of a class is missing; it is asked for, whatever the first is.",
            text_of(line("A-1"), line("A-2", resident=False)),
            {},
            [(1, "student"), (2, "student")],
            classes=(THEATRE,),
        ),
        "birth-date-not-needed": vector(
            "Whatever it is, no class asks for it.", text_of(line("A-1", birth_date="?")), residents("A-1")
        ),
        "birth-date-of-no-resident": vector(
            "No birth date of somebody without the flags of the class: none is asked for.",
            text_of(line("A-1", resident=False)),
            {"A-1": {}},
            classes=(POOL,),
        ),
        "birth-date-missing": vector("Missing.", text_of(line("A-1")), {}, [(1, "birth_date")], classes=(POOL,)),
        "birth-date-otherwise": vector(
            "Written in another way, or a day that there was not.",
            text_of(*(line(f"A-{number}", birth_date=value) for number, value in enumerate(ODD_DATES, 1))),
            {},
            [(number, "birth_date") for number in range(1, len(ODD_DATES) + 1)],
            classes=(POOL,),
        ),
        "birth-date-to-come": vector(
            "Born today, and tomorrow.",
            text_of(line("A-1", birth_date="2026-11-22"), line("A-2", birth_date="2026-11-23")),
            {"A-1": {}},
            [(2, "birth_date")],
            classes=(POOL,),
        ),
        "birth-date-long-ago": vector(
            "150 years old, and 151.",
            text_of(line("A-1", birth_date="1875-11-23"), line("A-2", birth_date="1875-11-22")),
            {"A-1": IN_POOL},
            [(2, "birth_date")],
            classes=(POOL,),
        ),
    }


def born(*days: str, venue_class: str = "") -> str:
    """A-1, A-2 and so on, born on these days; with slips where there is a class that needs them."""
    return text_of(
        *(
            line(f"A-{number}", birth_date=day, **({"handles": slip(number, venue_class)} if venue_class else {}))
            for number, day in enumerate(days, 1)
        )
    )


def _of_ages() -> dict[str, dict[str, Any]]:
    leap, in_spring = "2008-02-29", {"pool": shared("2027-04-01", age=18)}
    one_exp = "2028-01-01"
    cinema = {age: {"cinema": shared(one_exp, **({"age": age} if age else {}))} for age in (0, 12, 18)}
    return {
        "age-that-day": vector(
            "18 on this very day, and tomorrow.",
            born("2008-11-22", "2008-11-23"),
            {"A-1": IN_POOL, "A-2": {}},
            classes=(POOL,),
        ),
        "age-29-february-before": vector(
            "Born on 29 February: not yet 18 on 28 February.",
            born(leap),
            {"A-1": {}},
            classes=(POOL,),
            now="2026-02-28T12:00:00+00:00",
        ),
        "age-29-february-after": vector(
            "Born on 29 February: 18 on 1 March.",
            born(leap),
            {"A-1": in_spring},
            classes=(POOL,),
            now="2026-03-01T12:00:00+00:00",
        ),
        "age-thresholds": vector(
            "The highest threshold that is reached; where no least age is asked for, none is a code without age.",
            born("1950-01-01", "2008-11-23", "2014-11-22", "2014-11-23"),
            {"A-1": cinema[18], "A-2": cinema[12], "A-3": cinema[12], "A-4": cinema[0]},
            classes=(CINEMA,),
        ),
        "age-day-of-the-counter": vector(
            "The day is that of the counter, where it is still the day before.",
            born("2008-11-22", "2008-11-23"),
            {"A-1": IN_POOL, "A-2": {}},
            classes=(POOL,),
            now="2026-11-22T23:30:00-05:00",
        ),
        "age-and-month": vector(
            "The day is that of the counter, where a new year has begun; month and quarter are those of UTC.",
            born("2009-01-01", "2009-01-02", "2027-01-01", venue_class="pharmacy"),
            {
                "A-1": IN_POOL | {"pharmacy": own(1, one_exp)},
                **{f"A-{number}": {"pharmacy": own(number, one_exp)} for number in (2, 3)},
            },
            classes=(POOL, PHARMACY),
            now="2027-01-01T08:00:00+09:00",
        ),
        "age-from": vector(
            "The first month on whose first day the next threshold is reached, if it begins before exp.",
            born(
                "2009-06-01",
                "2009-06-02",
                "2009-11-01",
                "2009-11-02",
                "2011-01-01",
                "1990-01-01",
                venue_class="concert",
            ),
            {
                f"A-{number}": {"concert": own(number, **claims)}
                for number, claims in enumerate(
                    (
                        {"age": 16, "age_from": [18, 6]},
                        {"age": 16, "age_from": [18, 5]},
                        {"age": 16, "age_from": [18, 1]},
                        {"age": 16},
                        {"age_from": [16, 11]},
                        {"age": 18},
                    ),
                    1,
                )
            },
            classes=(CONCERT,),
        ),
        "age-from-below-the-least": vector(
            "Below the least age, which is reached before exp, and not before.",
            born("2009-11-01", "2009-11-02", venue_class="club"),
            {"A-1": {"club": own(1, age_from=[18, 1])}, "A-2": {}},
            classes=(CLUB,),
        ),
    }
