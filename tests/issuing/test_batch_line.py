"""Lines of a batch: what is one person's record, and that an error names field and reason, and never a value."""

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cities import City
from hypothesis import example, given
from hypothesis import strategies as st

from idcard import languages
from idcard.city.office_table import BrokenTable
from idcard.city.record import BadRecord
from idcard.credential.claims import FLAGS
from idcard.issuing import batch_line, slip_handles, slips
from idcard.issuing.batch_line import MAX_LINE, BatchRecord, JsonLines

CITY = City()
HANDLES = slip_handles.of(slips.Slip(CITY.scope, 2028 * 12, bytes(range(16))), CITY.plan)
SLIP: dict[str, Any] = json.loads(slip_handles.encode(HANDLES))
OF_ANOTHER_CITY = {**SLIP, "city": "shelbyville"}
MARK = b"\xef\xbb\xbf"
KNOWN = {"reference", "language", "handles", "birth_date", *FLAGS.values()}

NO_REFERENCE = "field 'reference' must be 1 to 64 of A-Z a-z 0-9 . _ -, and begin with a letter or digit"
NO_LANGUAGE = f"field 'language' must be one of {', '.join(languages.CODES)}"
NO_HANDLES = "field 'handles' are not those of a slip, or damaged: make a new slip"
NO_OBJECT = "field 'record' is not one JSON object in UTF-8"
NO_CSV = "field 'record' is not one line of CSV, of at most 65536 bytes"
NO_TEXT = "field 'record' is not text in UTF-8: save the table as \"CSV UTF-8\""
MORE = "field 'record' has more cells than the 2 columns of the first line"
FEWER = "field 'record' has fewer cells than the 2 columns of the first line"
NOT_CLOSED = "a quote is not closed, and no line after it can be trusted: records are one line each"
NO_HEADER = (
    "field 'record' is neither a JSON object nor the names of columns, reference among them: the first line names "
    "them, and --column says what they are"
)
TOO_LONG = "field 'record' is longer than 65536 bytes"


def no_column(name: str) -> str:
    return (
        f"field 'record' names the column {name!r}, which is none of {', '.join(sorted(KNOWN))}: leave it out of the "
        "file, or say what it is with --column"
    )


def of_json(data: bytes) -> BatchRecord:
    return JsonLines().read(data)


def line(**fields: Any) -> bytes:
    return json.dumps({"reference": "A-17", **fields}).encode()


def table(header: str | bytes, *rows: str | bytes) -> list[BatchRecord]:
    """What the lines of a table say."""
    first, *others = (row if isinstance(row, bytes) else row.encode() for row in (header, *rows))
    reader, is_record = batch_line.of_first_line(first)
    assert not is_record
    return [reader.read(row) for row in others]


@contextmanager
def refused(says: str) -> Iterator[None]:
    with pytest.raises(BadRecord) as caught:
        yield
    assert str(caught.value) == says


def cell(fields: dict[str, Any]) -> str:
    """A JSON object as the text of a cell."""
    return '"' + json.dumps(fields).replace('"', '""') + '"'


def flag(person: BatchRecord) -> bool:
    return person.record.flag(1)


# ---- which of the two ----


@pytest.mark.parametrize("data", [b'{"reference": "A-17"}', b'  \t{"reference": "A-17"}', b"{", b'{"reference'])
def test_lines_that_begin_with_a_brace_are_json_and_the_first_is_a_record(data: bytes) -> None:
    assert batch_line.of_first_line(data) == (JsonLines(), True)


@pytest.mark.parametrize(
    "header",
    [
        "reference",
        "reference,resident",
        "resident;reference",
        "\treference , resident",
        '"reference","resident"',
        "Reference,RESIDENT",
        "reference\tresident",
        "reference|birth date",
        "reference,resident,,",
        ",reference,,resident",
    ],
)
def test_anything_else_names_columns(header: str) -> None:
    assert table(header) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"   ", b"A-17,1990-12-31,yes", b"null", b"resident,student",
     b"=reference", b"sep=;", MARK + b"reference", MARK + b"{}", b"Quackenbush,1990-12-31,student"],
)  # fmt: skip
def test_a_first_line_that_is_neither_is_refused(data: bytes) -> None:
    with refused(NO_HEADER):
        batch_line.of_first_line(data)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b"reference,resident,reference", "field 'record' names a column twice: 'reference'"),
        (b"reference,resident, Reference ", "field 'record' names a column twice: 'Reference'"),
        (b"reference,resident,name", no_column("name")),
        (b"reference,birthdate", no_column("birthdate")),
        (b"reference,resident;student", no_column("resident;student")),
        (b"reference," + b"x" * 50, no_column("x" * 40 + "\u2026")),
        (
            b"job,birth_date",
            "field 'reference' has no column, and every line needs it; if it is 'job': --column reference=job",
        ),
        (b"my job,birth_date", "field 'reference' has no column, and every line needs it"),
        (b"reference,\xff", NO_TEXT),
        (b"reference,resident\0", NO_TEXT),
        (b'reference,"resi"dent', NO_CSV),
        (b"reference,a\rb", NO_CSV),
        (b"reference," + b"x" * MAX_LINE, NO_CSV),
    ],
)
def test_a_bad_header_is_refused(header: bytes, says: str) -> None:
    with refused(says):
        batch_line.of_first_line(header)


# ---- JSON ----


def test_a_line_has_a_reference_a_language_a_record_and_handles() -> None:
    person = JsonLines().read(
        line(language="zh-Hans", handles=SLIP, resident=True, birth_date="1990-12-31", name="Ada")
    )
    assert (person.reference, person.language(), person.handles()) == ("A-17", "zh-Hans", HANDLES)
    assert person.record.flag(1) is True
    assert person.record.birth_date(CITY.now.date()).isoformat() == "1990-12-31"


def test_all_but_the_reference_may_be_missing() -> None:
    person = JsonLines().read(b'{"reference":"7"}')
    assert (person.reference, person.language(), person.handles()) == ("7", None, None)
    with pytest.raises(BadRecord, match="'resident' is missing"):
        person.record.flag(1)


@pytest.mark.parametrize(
    "name", ["Reference", "REFERENCE", " reference", "Birth_Date", "Resident", "HANDLES", "language\t"]
)
def test_a_name_in_capitals_is_not_passed_over(name: str) -> None:
    with refused(f"field '{name.strip().lower()}' is written in another way: names are in small letters"):
        JsonLines().read(line(**{name: "x"}))


@pytest.mark.parametrize("name", [batch_line.REFERENCE, batch_line.LANGUAGE, batch_line.HANDLES])
def test_what_is_not_about_the_person_is_not_in_the_record(name: str) -> None:
    person = JsonLines().read(line(language="es", handles=SLIP, resident=True))
    assert name not in person.record._fields


@pytest.mark.parametrize("reference", ["A", "0", "a.b_c-d", "2026-000017", "x" * 64, "A" + "." * 63])
def test_a_reference(reference: str) -> None:
    assert JsonLines().read(line(reference=reference)).reference == reference
    assert table("reference", reference)[0].reference == reference


NO_REFERENCES = [
    "", "-1", ".hidden", "_x", "..", "../../etc/passwd", "a/b", "a\\b", "a b", " a", "a ", "a,b", "a;b", "Zoë",
    "x" * 65, "a\n", "a\0", "a\u202eb", "=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "\N{FULLWIDTH DIGIT ONE}",
    "\N{ARABIC-INDIC DIGIT ONE}", 17, 1.5, True, [], ["A-17"], {}, {"A": 17},
]  # fmt: skip


@pytest.mark.parametrize("reference", NO_REFERENCES, ids=repr)
def test_any_other_reference_is_refused(reference: Any) -> None:
    with refused(NO_REFERENCE):
        JsonLines().read(line(reference=reference))


@pytest.mark.parametrize("data", [b"{}", b'{"reference": null}', b'{"references": "A-17"}'])
def test_a_reference_is_not_optional(data: bytes) -> None:
    with refused("field 'reference' is missing"):
        JsonLines().read(data)


@pytest.mark.parametrize("code", languages.CODES)
def test_each_language_can_be_asked_for(code: str) -> None:
    assert JsonLines().read(line(language=code)).language() == code
    assert table("reference,language", f"A-17,{code}")[0].language() == code


@pytest.mark.parametrize(
    "code", ["", "de", "ES", "es-MX", "zh", "español", 1, True, [], ["es"], {}, {"es": 1}], ids=repr
)
def test_any_other_language_is_refused_with_those_that_there_are(code: Any) -> None:
    with refused(NO_LANGUAGE):
        JsonLines().read(line(language=code)).language()


def test_none_is_as_if_it_were_missing() -> None:
    person = JsonLines().read(line(language=None, handles=None))
    assert (person.language(), person.handles()) == (None, None)


@pytest.mark.parametrize(
    "handles",
    [
        "", "text", 0, 1, False, True, [], {}, [SLIP], json.dumps(SLIP),
        {**SLIP, "schema": 2}, {**SLIP, "until": "2028-13"}, {**SLIP, "until": 2028}, {**SLIP, "environment": "live"},
        {**SLIP, "handles": {"pharmacy": "61dc"}}, {**SLIP, "handles": ["61dc5fbd34565bac0951"]},
        {**SLIP, "secret": "x"},
        {name: value for name, value in SLIP.items() if name != "until"},
    ],
    ids=lambda value: str(value)[-40:],
)  # fmt: skip
def test_handles_that_are_none_or_damaged_are_refused(handles: Any) -> None:
    with refused(NO_HANDLES):
        JsonLines().read(line(handles=handles)).handles()


def test_handles_of_another_city_are_read_for_it_is_the_minter_that_knows_the_city() -> None:
    handles = JsonLines().read(line(handles=OF_ANOTHER_CITY)).handles()
    assert handles is not None
    assert handles.scope.city == "shelbyville"


NO_JSON = {
    "nothing": b"",
    "a list": b'[{"reference": "A-17"}]',
    "a text": b'"A-17"',
    "cut short": b'{"reference": "A-17", "birth_date": "1990-1',
    "two objects": b'{"reference": "A-17"}{"reference": "A-18"}',
    "a comma after it": b'{"reference": "A-17"},',
    "not UTF-8": b'{"reference": "A-17", "name": "Zo\xeb"}',
    "a surrogate in UTF-8": b'{"reference": "A-17", "name": "\xed\xa0\x80"}',
    "NUL": b'{"reference": "A-17"}\0',
    "NUL in a text": b'{"reference": "A-17", "name": "\0"}',
    "a control character": b'{"reference": "A-17", "name": "\x1b[2J"}',
    "a mark in the middle of the input": MARK + b'{"reference": "A-17"}',
    "NaN": b'{"reference": "A-17", "height": NaN}',
    "infinity": b'{"reference": "A-17", "height": -Infinity}',
    "a number of 5000 digits": b'{"reference": "A-17", "height": ' + b"9" * 5000 + b"}",
    "nested deeply": b'{"reference": "A-17", "x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "objects nested deeply": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "nested deeply and cut short": b'{"reference":' + b"[" * 65_000,
}


@pytest.mark.parametrize("data", NO_JSON.values(), ids=NO_JSON)
def test_what_is_not_one_object_is_refused(data: bytes) -> None:
    with refused(NO_OBJECT):
        JsonLines().read(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"reference": "A-17", "reference": "A-17"}',
        b'{"reference": "A-17", "resident": true, "r\\u0065sident": false}',
        b'{"reference": "A-17", "handles": {"schema": 1, "schema": 1}}',
        b'{"reference": "A-17", "notes": [{"a": 1, "a": 2}]}',
    ],
)
def test_a_name_that_stands_twice_is_refused(data: bytes) -> None:
    with refused("field 'record' has a field twice"):
        JsonLines().read(data)


@pytest.mark.parametrize("value", [10**4000, -1, 1e308, [[[[]]]], {"a": {"b": None}}, "\u202e", "=1+1", "x" * 60_000])
def test_fields_that_nobody_asks_for_may_hold_anything(value: Any) -> None:
    assert JsonLines().read(line(notes=value)).reference == "A-17"


def test_a_line_of_65536_bytes_is_read_and_no_longer_one() -> None:
    data = line(notes="")
    data = data.replace(b'"notes": ""', b'"notes": "' + b"x" * (MAX_LINE - len(data)) + b'"')
    assert len(data) == MAX_LINE == 65536
    assert JsonLines().read(data).reference == "A-17"
    with refused(TOO_LONG):
        JsonLines().read(data.replace(b'"notes"', b'"notes1"'))


# ---- CSV ----


def test_a_row_is_a_record() -> None:
    [person] = table(
        "language,reference,resident,birth_date,handles,veteran",
        f'es,A-17,yes,1990-12-31,{cell(SLIP)},"Ada ""A."" Nin, née B"',
    )
    assert (person.reference, person.language(), person.handles()) == ("A-17", "es", HANDLES)
    assert person.record.flag(1) is True
    assert person.record.birth_date(CITY.now.date()).isoformat() == "1990-12-31"
    assert person.record._fields["veteran"] == 'Ada "A." Nin, née B'


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("reference,resident", "A-17,yes"),
        ("reference;resident", "A-17;yes"),
        (" reference , resident ", " A-17 , yes "),
        ('"reference","resident"', '"A-17","yes"'),
        ('"reference";"resident"', '"A-17";"yes"'),
        ("reference;resident;senior", 'A-17;yes;"Nin; Ada, B."'),
        ("reference;resident;senior", "A-17;yes;Nin, Ada"),
        ("resident,senior,reference", "yes,,A-17"),
    ],
)
def test_commas_semicolons_blanks_and_quotes(header: str, row: str) -> None:
    [person] = table(header, row)
    assert person.reference == "A-17"
    assert flag(person)


@pytest.mark.parametrize("said", ["1", "0", "y", "n", "ja", "x", "wahr", "=TRUE()", "yes no", "\N{KELVIN SIGN}", "tru"])
def test_other_words_are_no_flags(said: str) -> None:
    with refused("field 'resident' must be true or false (in CSV and --set also yes or no)"):
        flag(table("reference,resident", f"A-17,{said}")[0])


@pytest.mark.parametrize(
    ("row", "says"),
    [("A-17", FEWER), ("A-17,yes,no", MORE), ("A-17,yes,,,,x", MORE), ("a,b,c,d,e", MORE), ("A-17;yes", FEWER)],
)
def test_more_or_fewer_cells_than_columns_are_refused(row: str, says: str) -> None:
    with refused(says):
        table("reference,resident", row)


@pytest.mark.parametrize(
    "reference", [each for each in NO_REFERENCES if isinstance(each, str) and each.strip()], ids=repr
)
def test_a_formula_or_a_path_is_no_reference_in_a_cell_either(reference: str) -> None:
    quoted = '"' + reference.replace('"', '""') + '"'
    if reference.strip() in ("a", "A-17"):
        assert table("reference,resident", f"{quoted},yes")[0].reference == reference.strip()
        return
    with pytest.raises(BadRecord) as caught:
        table("reference,resident", f"{quoted},yes")
    assert str(caught.value) in (NO_REFERENCE, NO_CSV, NO_TEXT)


@pytest.mark.parametrize("value", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1"])
def test_a_formula_elsewhere_is_a_value_that_nothing_reads(value: str) -> None:
    assert flag(table("reference,resident,senior", f'A-17,yes,"{value}"')[0])
    with refused("field 'birth_date' must be a date like 1990-12-31"):
        table("reference,birth_date", f'A-17,"{value}"')[0].record.birth_date(CITY.now.date())


def _is_utf_8(row: bytes) -> bool:
    try:
        row.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize(
    "row",
    [
        b"A-17,\xff", "A-17,Zoë".encode("latin-1"), "A-17,yes".encode("utf-16"), b"A-17,yes\0", b"A-17,\0",
        b'A-17,"ye"s', b'"A-17,"yes"",', b"A-17,a\rb", b"A-17,yes\nB-18,no",
        b"A," + b"x" * MAX_LINE,
    ],
    ids=lambda row: row[:16].decode("latin-1"),
)  # fmt: skip
def test_what_is_not_one_row_is_refused(row: bytes) -> None:
    with refused(NO_TEXT if b"\0" in row or not _is_utf_8(row) else NO_CSV):
        table("reference,resident", row)


def test_a_row_of_65536_bytes_is_read_and_no_longer_one() -> None:
    row = b"A-17,yes," + b"x" * (MAX_LINE - 9)
    assert flag(table("reference,resident,senior", row)[0])
    with refused(NO_CSV):
        table("reference,resident,senior", row + b"x")


@pytest.mark.parametrize(
    "data",
    [
        b'A-17,"yes',
        b'A-17, "yes',
        b'A-17,yes"',
        b'"',
        b'A-17,yes,"a note',
        b'"A-17,"yes",',
        b'A-17,"\xff',
        b'reference,"',
    ],
)
def test_a_quote_that_is_not_closed_ends_all(data: bytes) -> None:
    """What follows may be a note of somebody's over several lines, made to look like a record."""
    for header in (b"reference,resident", data) if data.startswith(b"reference") else (b"reference,resident",):
        with pytest.raises(BrokenTable) as caught:
            table(header, data)
        assert str(caught.value) == NOT_CLOSED


@pytest.mark.parametrize(
    "text",
    ['"{}"', '"{"', "1", "null", '"[]"', '"[[[["', '"{""schema"": NaN}"', cell(SLIP).replace("61dc", "61DC"),
     cell(SLIP)[:-10] + '"', cell(SLIP).replace('""schema""', '""schema"": 1, ""schema""')],
)  # fmt: skip
def test_handles_in_a_cell_that_are_damaged_are_refused(text: str) -> None:
    with refused(NO_HANDLES):
        table("reference,handles", f"A-17,{text}")[0].handles()


def test_nested_deeply_in_a_cell() -> None:
    with refused(NO_HANDLES):
        table("reference,handles", "A-17," + "[" * 60_000)[0].handles()


def test_a_spreadsheet_and_json_lines_say_the_same() -> None:
    fields = {"language": "ko", "resident": True, "student": False, "birth_date": "1990-12-31", "handles": SLIP}
    from_json = JsonLines().read(line(**fields))
    [from_csv] = table(
        "reference;language;resident;student;birth_date;handles", f"A-17;ko;Yes;no;1990-12-31;{cell(SLIP)}"
    )
    assert from_json.record._fields == from_csv.record._fields
    assert [from_json.reference, from_json.language(), from_json.handles()] == [
        from_csv.reference, from_csv.language(), from_csv.handles(),
    ]  # fmt: skip


# ---- nothing but BadRecord, and no value in it ----

SECRET = "ZQXJ" + "KVWQ" + "YZXQ"
PIECES = [SECRET[at : at + 4] for at in range(len(SECRET) - 3)]
TABLE, _ = batch_line.of_first_line(b"reference,language,resident,birth_date,handles,senior")


def everything_in(error: BaseException | None) -> str:
    """All that a log of this error, and of every error behind it, could show."""
    if error is None:
        return ""
    here = [str(error), repr(error), repr(error.args), repr(vars(error)), *traceback.format_exception(error)]
    return "".join([*here, everything_in(error.__cause__), everything_in(error.__context__)])


def check(data: bytes) -> None:
    """Read in each of the three ways it is a record, a BadRecord or the end, and neither tells anything."""
    for read in (of_json, TABLE.read, batch_line.of_first_line):
        try:
            person = read(data)
            if isinstance(person, BatchRecord):
                person.language()
                person.handles()
        except BrokenTable as problem:
            assert not any(piece in everything_in(problem) for piece in PIECES)  # noqa: PT017
            assert read is not of_json
        except BadRecord as problem:
            told = everything_in(problem)
            assert not any(piece in told for piece in PIECES)
            assert str(problem).startswith(f"field {problem.field!r} ")  # noqa: PT017
            assert problem.field in {"record", *KNOWN}  # noqa: PT017


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(SECRET),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just(SECRET), inner, max_size=3)
    ),
    max_leaves=6,
)
lines_of_json = st.fixed_dictionaries(
    {},
    optional={
        name: values | st.sampled_from(["A-17", "es", SECRET]) | st.just(SLIP)
        for name in (*SLIP, "reference", "language", "handles", "resident", "birth_date", SECRET)
    },
).map(lambda fields: json.dumps(fields).encode())
lines_of_csv = st.lists(
    st.sampled_from(["A-17", "es", "yes", SECRET, cell(SLIP), f'"{SECRET}', f'{SECRET}"', "{", "", '"'])
    | st.text(max_size=6),
    max_size=8,
).map(lambda cells: ",".join(cells).encode("utf-8", "surrogatepass"))


@st.composite
def spoiled(draw: st.DrawFn, lines: st.SearchStrategy[bytes]) -> bytes:
    """A line in which a piece is something else, the secret around it."""
    data = draw(lines)
    begin, end = sorted(draw(st.tuples(st.integers(0, len(data)), st.integers(0, len(data)))))
    return data[:begin] + draw(st.binary(max_size=3)) + SECRET.encode() * draw(st.integers(0, 2)) + data[end:]


@given(
    st.binary(max_size=80).map(lambda data: data + SECRET.encode())
    | lines_of_json
    | lines_of_csv
    | spoiled(lines_of_json)
    | spoiled(lines_of_csv)
)
@example(SECRET.encode() * 10_000)
@example(b'{"reference":"' + SECRET.encode() + b'\xff"}')
@example(b'{"reference":"A-17","' + SECRET.encode() + b'":1,"' + SECRET.encode() + b'":2}')
@example(b'{"reference":"A-17","x":' + b"[" * 60_000 + SECRET.encode())
@example(b'A-17,"' + SECRET.encode() + b"\xff")
@example(b'A-17,"' + SECRET.encode())
@example(b"A-17,,,," + SECRET.encode())
@example(b'A-17,,,,"{""schema"": ' + SECRET.encode() + b'}"')
@example(b"reference,reference," + SECRET.encode())
def test_any_bytes_are_a_record_or_refused_without_a_value(data: bytes) -> None:
    check(data)


@pytest.mark.parametrize("field", ["birth_date", "resident"])
@pytest.mark.parametrize("value", [SECRET, f"1990-12-{SECRET}", [SECRET], {SECRET: SECRET}, 31415926])
def test_a_value_that_a_profile_refuses_is_nowhere_in_the_error(field: str, value: Any) -> None:
    person = JsonLines().read(line(**{"birth_date": "1990-12-31", "resident": True, field: value}))
    with pytest.raises(BadRecord) as caught:
        CITY.profile("pool").select(person.record, CITY.now.date(), 0, None)
    assert caught.value.field == field
    assert not any(piece in everything_in(caught.value) for piece in (*PIECES, "3141"))


def test_the_search_for_pieces_can_fail() -> None:
    try:
        try:
            raise ValueError(f"around {SECRET[3:9]} it")
        except ValueError:
            raise BadRecord("record", "is bad") from None
    except BadRecord as problem:
        assert any(piece in everything_in(problem) for piece in PIECES)  # noqa: PT017


def test_a_line_shows_nothing_of_the_person() -> None:
    person = JsonLines().read(line(birth_date=SECRET, name=SECRET, handles=SLIP))
    assert SECRET not in repr(person)
    assert "61dc" not in repr(person)
