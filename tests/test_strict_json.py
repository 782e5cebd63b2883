"""One strict reader of JSON: no name twice, numbers and depth bounded, nothing of the text in an error."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from idcard import strict_json
from idcard.strict_json import MAX_DEPTH, MAX_DIGITS, NotJson, RepeatedName

MARK = "Maria Lopez"
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def unlimited_integers() -> Iterator[None]:
    """As under PYTHONINTMAXSTRDIGITS=0: the time that Python takes for a number grows with the square."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(limit)


@given(values)
def test_a_value_is_what_its_encoding_decodes_to(value: Any) -> None:
    text = strict_json.encode(value)
    assert strict_json.decode(text) == strict_json.decode(text.encode()) == value


@given(st.text() | values.map(json.dumps) | st.text('[]{}",:\\1ea ', max_size=80))
@example('"\\')
@example('"[[[[[[[[[[[[[[[[[[" ')
@example('["]]]]", "\\"]]]]"]')
def test_whatever_is_taken_python_reads_alike(text: str) -> None:
    try:
        value = strict_json.decode(text)
    except NotJson:
        return
    assert value == json.loads(text)


def test_a_name_that_stands_twice_is_told_apart() -> None:
    for text in ('{"a": 1, "a": 1}', '[{"b": {"a": 1, "\\u0061": 2}}]'):
        with pytest.raises(RepeatedName, match=r"^a field stands twice$"):
            strict_json.decode(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[1,]", "{'a': 1}", "\ufeff{}", "01", "+1", ".5", "1 2", "NaN", "Infinity", "-Infinity", "[NaN]",
        "1e999", "-1e999", "1" * (MAX_DIGITS + 1), f"[{'1' * 5000}]", f"-{'1' * 200_000}", f"1.{'1' * 200_000}",
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), '{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1),
        "[" * 100_000, '{"a":' * 100_000, '"' + '\\"' * 100_000 + "\\",
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
@pytest.mark.usefixtures("unlimited_integers")
def test_the_rest_is_not_json(text: str) -> None:
    for each in (text, text.encode()):
        with pytest.raises(NotJson, match=r"^this is not JSON$"):
            strict_json.decode(each)


def test_the_bounds_themselves_are_taken() -> None:
    assert strict_json.decode("1" * MAX_DIGITS) == int("1" * MAX_DIGITS)
    assert strict_json.decode("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert strict_json.decode(json.dumps([[]] * 100 + ["[{" * 100, '"[{' * 100])) == [[]] * 100 + [
        "[{" * 100,
        '"[{' * 100,
    ]
    largest = "179769313486231570000" + "0" * 288 + ".0"
    assert strict_json.decode(largest) == sys.float_info.max


@pytest.mark.parametrize(
    "data", [b"\xff", b"\xed\xa0\x80", '{"a": 1}'.encode("utf-16"), '"ü"'.encode("latin-1")], ids=repr
)
def test_only_utf_8_is_json(data: bytes) -> None:
    with pytest.raises(NotJson):
        strict_json.decode(data)


@pytest.mark.parametrize(
    "text", [f'{{"name": "{MARK}"', f'{{"name": "{MARK}", "name": 1}}', f'["{MARK}", {"1" * 4301}]']
)
def test_neither_an_error_nor_its_cause_tells_what_was_read(text: str) -> None:
    with pytest.raises(NotJson) as caught:
        strict_json.decode(text)
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert MARK not in str(caught.value)
