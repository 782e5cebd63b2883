"""Lines of codes (specs/batch.md, Output): one meaning is one line, and an error names the field and never a value."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prints import issued

from idcard import languages
from idcard.issuing import code_lines
from idcard.issuing.code import Code, Issued
from idcard.issuing.code_lines import MAX_LINE, BadCodeLine

SECRET = "Quackenbush"
CODE = {"class": "library", "text": "IDC1:X", "level": "M", "max_version": 8}
LINE = {"schema": 2, "line": 17, "reference": "A-0001", "language": None, "codes": [CODE]}
MISSING = object()


def line(**fields: Any) -> bytes:
    return json.dumps({name: value for name, value in {**LINE, **fields}.items() if value is not MISSING}).encode()


def code(**fields: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in {**CODE, **fields}.items() if value is not MISSING}]


def test_a_line_is_the_codes_of_one_holder() -> None:
    assert code_lines.decode(line()) == Issued(17, "A-0001", None, (Code("library", "IDC1:X", "M", 8),))
    assert code_lines.encode(code_lines.decode(line())).encode() == line()


@given(
    st.builds(
        Issued,
        number=st.integers(1, 9_999_999),
        reference=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
        language=st.sampled_from((None, *languages.CODES)),
        codes=st.lists(
            st.builds(
                Code,
                venue_class=st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True),
                text=st.text(st.characters(codec="ascii"), max_size=50),
                level=st.sampled_from("MQ"),
                max_version=st.integers(1, 40),
            ),
            unique_by=lambda each: each.venue_class,
        ).map(tuple),
    )
)
def test_what_is_encoded_is_decoded(each: Issued) -> None:
    encoded = code_lines.encode(each)
    assert "\n" not in encoded
    assert code_lines.decode(encoded.encode("ascii")) == each


def test_every_minted_code_has_a_line() -> None:
    each = issued(language="zh-Hans")
    assert code_lines.decode(code_lines.encode(each).encode()) == each
    assert each.codes[0].text not in repr(each)


NOT_ONE = f"field 'line' is not one JSON object of at most {MAX_LINE} bytes, without a field twice"
REFERENCE = "field 'reference' must be 1 to 64 of A-Z a-z 0-9 . _ -, and begin with a letter or digit"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        *((each, NOT_ONE) for each in (b"", b"[]", b"{", line() + b"x", b"\xff", line(x="x" * MAX_LINE))),
        (line().replace(b'"line"', b'"line": 1, "line"'), NOT_ONE),
        (line().replace(b'"text"', b'"text": "", "t\\u0065xt"'), NOT_ONE),
        (line(name=SECRET), "field 'line' has a field that no line of codes has"),
        (line(codes=code(name=SECRET)), "field 'line' has a field that no code has"),
        *((line(schema=each), "field 'schema' must be 2") for each in (1, 3, 2.0, "2", None, MISSING)),
        *((line(**{each: MISSING}), f"field '{each}' is missing") for each in sorted(LINE.keys() - {"schema"})),
        *((line(codes=code(**{each: MISSING})), f"field '{each}' is missing") for each in CODE),
        *((line(line=each), "field 'line' must be 1 to 9999999") for each in (0, -1, 10_000_000, 1.0, True, "1", None)),
        *((line(reference=each), REFERENCE) for each in ("", "../x", "a/b", "-a", "é", "x" * 65, "a\n", 1, None)),
        *(
            (line(language=each), f"field 'language' must be null or one of {', '.join(languages.CODES)}")
            for each in ("", "EN", "xx", 1, ["en"])
        ),
        *((line(codes=each), "field 'codes' must be a list of objects") for each in (None, {}, "x", [1], [CODE, None])),
        (line(codes=[CODE, {**CODE, "text": "IDC1:Y"}]), "field 'class' stands twice"),
        *(
            (line(codes=code(**{"class": each})), "field 'class' must be 1 to 32 of a-z 0-9 -, and begin with a letter")
            for each in ("", "Library", "a/b", "..", "x" * 33, "a\n", 1, None)
        ),
        *((line(codes=code(text=each)), "field 'text' must be a text") for each in (None, 1, [])),
        *((line(codes=code(level=each)), "field 'level' must be one of M, Q") for each in ("m", "L", "H", None, 1, [])),
        *(
            (line(codes=code(max_version=each)), "field 'max_version' must be 1 to 40")
            for each in (0, 41, 8.0, True, "8", None)
        ),
    ],
)  # fmt: skip
def test_what_is_no_line_of_codes(data: bytes, says: str) -> None:
    with pytest.raises(BadCodeLine) as refused:
        code_lines.decode(data)
    assert str(refused.value) == says
    assert SECRET not in says
    assert refused.value.__cause__ is None


def test_the_longest_line() -> None:
    rest = MAX_LINE - len(line(codes=code(text="")))
    assert len(code_lines.decode(line(codes=code(text="x" * rest))).codes[0].text) == rest
    with pytest.raises(BadCodeLine):
        code_lines.decode(line(codes=code(text="x" * (rest + 1))))
