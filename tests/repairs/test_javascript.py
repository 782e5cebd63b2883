"""The repairs in JavaScript (web/verify/src/repairs) say what these say. Their vectors are tested there."""

import base64

import pytest
import typed_lookalikes
from machine import needs_node
from support import keyboards

from idcard.repairs import encodings
from idcard.repairs.keyboards import CAPS_LOCK, KEYBOARD, SCANNER, SHIFT_LOCK, layouts
from idcard.repairs.readings import CONTROL, HALF_READ, PREFIX, SUFFIX
from idcard.verify import scanner

TEXTS = ("IDC1:ABC", "ü한😀", "\ufeffx", "\ufeff\ufeffx", "\ufeff", "")
BYTES = [
    *(text.encode(encoding) for text in TEXTS for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-16", "latin-1")
      if encoding != "latin-1" or text.isascii()),
    *(b"\xff", b"\xfe", b"\xff\xfe\0", b"\xff\xfe\0\xd8", b"\xfe\xff\xdc\0", b"\xc3\x28", b"\xed\xa0\x80"),
    *(b"\xf4\x90\x80\x80", b"\xc0\x80", b"\0\xd8\0\xdc"),
    *(b"\0a", b"a\0", b"\0a\0b", b"a\0b\0", b"a\0b\0c", b"\0\0\0\0"),
]  # fmt: skip


def test_the_table_is_made_of_the_one_of_this_library() -> None:
    assert keyboards.JAVASCRIPT.read_text("utf-8") == keyboards.javascript()


@needs_node
def test_the_advice_is_the_same_sentence() -> None:
    names = [CAPS_LOCK, SHIFT_LOCK, PREFIX, SUFFIX, CONTROL, HALF_READ, "input-method", "typography"]
    names += [f"{kind}{name}" for kind in (KEYBOARD, SCANNER) for name in layouts()]
    said = typed_lookalikes.asked(("advice", name) for name in names)
    assert list(said) == [scanner.advice(name) for name in names]


@needs_node
def test_bytes_are_the_same_text() -> None:
    questions = [("bytes", base64.b64encode(data).decode()) for data in BYTES]
    assert list(typed_lookalikes.asked(questions)) == [encodings.as_text(data) for data in BYTES]


@needs_node
@pytest.mark.slow
def test_texts_are_read_in_the_same_ways() -> None:
    """With the same names of what was undone, in the same order."""
    assert typed_lookalikes.different(seed=1, count=5000) == []
