"""The text of a code: prefix, base45 (RFC 9285), and the blanks that scanners and mail programs add."""

import itertools
import tracemalloc

import pytest
from cities import City
from hypothesis import example, given
from hypothesis import strategies as st
from rfc9285 import ALPHABET, base45

from idcard.credential import text
from idcard.credential.text import Environment
from idcard.errors import Reason, Refused

PRODUCTION, TEST = Environment.PRODUCTION, Environment.TEST
MAX_BYTES = (512 - 5) // 3 * 2
CODE = City().code("library")


def refusal(code: str) -> Reason:
    with pytest.raises(Refused) as refused:
        text.decode(code)
    return refused.value.reason


def read(letters: str) -> bytes | None:
    """What base45 stands for, or None where it is malformed."""
    try:
        return text.decode("IDC1:" + letters)[1]
    except Refused as refused:
        if refused.reason is not Reason.MALFORMED:
            raise
        return None


# ---- base45 ----


@pytest.mark.parametrize(
    ("data", "letters"),
    [
        # RFC 9285 §4.3 and §4.4
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        # The ends of the range
        (b"", ""),
        (b"\x00", "00"),
        (b"\xff", "U5"),
        (b"\x00\x00", "000"),
        (b"\xff\xff", "FGW"),
        (b"\xff\xff\xff", "FGWU5"),
    ],
)
def test_named_texts(data: bytes, letters: str) -> None:
    for environment, prefix in ((PRODUCTION, "IDC1:"), (TEST, "IDT1:")):
        assert text.encode(environment, data) == prefix + letters
        assert text.decode(prefix + letters) == (environment, data)


@given(st.sampled_from(Environment), st.binary(max_size=MAX_BYTES))
@example(PRODUCTION, b"\xff" * MAX_BYTES)
@example(TEST, bytes(MAX_BYTES - 1))
def test_bytes_are_what_their_text_decodes_to(environment: Environment, data: bytes) -> None:
    code = text.encode(environment, data)
    assert code == environment.prefix + base45(data)
    assert text.decode(code) == (environment, data)


def test_every_triple_and_every_pair_means_itself_or_nothing() -> None:
    for size, limit in ((2, 1 << 8), (3, 1 << 16)):
        for letters in map("".join, itertools.product(ALPHABET, repeat=size)):
            number = sum(ALPHABET.index(letter) * 45**place for place, letter in enumerate(letters))
            if not letters.endswith(" "):
                assert read(letters) == (number.to_bytes(size - 1, "big") if number < limit else None)


@given(st.text(ALPHABET, max_size=30).filter(lambda letters: not letters.endswith(" ")))
def test_letters_are_what_their_bytes_encode_to_or_malformed(letters: str) -> None:
    data = read(letters)
    assert data is None or text.encode(PRODUCTION, data) == "IDC1:" + letters


@pytest.mark.parametrize(
    "letters",
    [
        pytest.param("0", id="one letter"),
        pytest.param("BB80", id="3n+1 letters"),
        pytest.param("BB8BB80", id="3n+1 letters, longer"),
        pytest.param("GGW", id="a triple of 65536"),
        pytest.param(":::", id="the largest triple"),
        pytest.param("::X", id="a triple far above"),
        pytest.param("BB8GGWBB8", id="a triple above between good ones"),
        pytest.param("GGWBB8", id="a triple above before a good one"),
        pytest.param("FGWGGW", id="a triple above after the largest"),
        pytest.param("V5", id="a pair of 256"),
        pytest.param("::", id="the largest pair"),
        pytest.param("BB8V5", id="a pair above after a good triple"),
        pytest.param("bb8", id="small letters"),
        pytest.param("BB8\0", id="NUL"),
        pytest.param("B\tB8", id="TAB inside"),
        pytest.param("BB8\nBB8", id="LF inside"),
        pytest.param("BB8\r\nBB8", id="CR LF inside"),
        pytest.param("BB_", id="underscore"),
        pytest.param("BB=", id="padding"),
        pytest.param("BB#", id="a letter of base64 or Z85"),
        pytest.param("BB\x7f", id="DEL"),
        pytest.param("BB\x80", id="above ASCII"),
        pytest.param("BB\xff", id="the last of Latin-1"),
        pytest.param("BBÄ", id="a letter of Latin-1"),
        pytest.param("BB\N{GREEK CAPITAL LETTER ALPHA}", id="Greek capital alpha"),
        pytest.param("BB\N{FULLWIDTH DIGIT EIGHT}", id="a wide digit"),
        pytest.param("BB\N{ARABIC-INDIC DIGIT EIGHT}", id="Arabic-Indic 8"),
        pytest.param("BB😀", id="an emoji"),
        pytest.param("BB\ud800", id="a lone surrogate"),
        pytest.param("BB8\u00a0", id="a no-break blank at the end"),
        pytest.param("BB8\u2028", id="a line separator at the end"),
        pytest.param("BB8\x0b", id="a vertical tab at the end"),
        pytest.param("BB8\x0c", id="a form feed at the end"),
        pytest.param("BB8\x1f", id="a unit separator at the end"),
    ],
)
def test_what_is_not_base45_is_malformed(letters: str) -> None:
    assert refusal("IDC1:" + letters) is Reason.MALFORMED
    assert refusal("IDT1:" + letters) is Reason.MALFORMED


# ---- prefix ----


@pytest.mark.parametrize("code", ["IDC2:BB8", "IDT2:BB8", "IDC0:BB8", "IDC9:", "IDT12:BB8", "IDC01:BB8", "IDC99:~"])
def test_a_later_version_needs_a_newer_program(code: str) -> None:
    assert refusal(code) is Reason.NEWER_PROGRAM
    assert refusal(f" {code}\r\n") is Reason.NEWER_PROGRAM


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="nothing"),
        pytest.param(" \t\r\n", id="only blanks"),
        pytest.param("BB8", id="no prefix"),
        pytest.param(CODE.removeprefix("IDC1:"), id="a code without its prefix"),
        pytest.param("IDC1", id="no colon"),
        pytest.param("IDC1 BB8", id="a blank for the colon"),
        pytest.param("IDC:BB8", id="no version"),
        pytest.param("IDC123:BB8", id="three digits"),
        pytest.param("IDC-1:BB8", id="a sign"),
        pytest.param("IDCA:BB8", id="a letter for the version"),
        pytest.param("IDX1:BB8", id="another kind"),
        pytest.param("IDX2:BB8", id="a later version of another kind"),
        pytest.param("HC1:BB8", id="an EU certificate"),
        pytest.param("idc1:BB8", id="small letters"),
        pytest.param("Idc1:BB8", id="a capital and small letters"),
        pytest.param("idc2:BB8", id="small letters, later version"),
        pytest.param("XIDC1:BB8", id="a letter before"),
        pytest.param("https://example.org/IDC1:BB8", id="an address"),
        pytest.param("I DC1:BB8", id="a blank inside"),
        pytest.param("IDC 1:BB8", id="a blank before the version"),
        pytest.param("\ufeffIDC1:BB8", id="a byte order mark"),
        pytest.param("\0IDC1:BB8", id="NUL before"),
        pytest.param("\u00a0IDC1:BB8", id="a no-break blank before"),
        pytest.param("\N{CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I}DC1:BB8", id="a Cyrillic I"),
        pytest.param("IDC\N{FULLWIDTH DIGIT ONE}:BB8", id="a wide 1"),
        pytest.param("IDC\N{FULLWIDTH DIGIT TWO}:BB8", id="a wide 2"),
        pytest.param("IDC\N{ARABIC-INDIC DIGIT ONE}:BB8", id="Arabic-Indic 1"),
        pytest.param("IDC\N{ARABIC-INDIC DIGIT TWO}:BB8", id="Arabic-Indic 2"),
        pytest.param("IDC1\N{ARABIC-INDIC DIGIT TWO}:BB8", id="1 and Arabic-Indic 2"),
        pytest.param("IDC\N{SUPERSCRIPT TWO}:BB8", id="a superscript 2"),
        pytest.param("IDC1\N{FULLWIDTH COLON}BB8", id="a wide colon"),
        pytest.param("x" * 10_000_000, id="10 MB of another text"),
        pytest.param(bytes(range(256)).decode("latin-1"), id="binary"),
        pytest.param(b"\xff\xfe\x00\xd8".decode("utf-8", "surrogateescape"), id="binary as surrogates"),
        pytest.param("%PDF-1.7\n", id="a file"),
    ],
)
def test_anything_else_is_not_a_code(code: str) -> None:
    assert refusal(code) is Reason.NOT_A_CODE


# ---- blanks and length ----


@pytest.mark.parametrize("before", ["", " ", "\n", "\r\n", "\t", " \t\r\n" * 1000])
@pytest.mark.parametrize("after", ["", " ", "\n", "\r\n", "\t", "\r\n \t" * 1000])
def test_blanks_at_either_end_are_trimmed(before: str, after: str) -> None:
    assert text.decode(before + CODE + after) == text.decode(CODE)


def test_a_blank_inside_is_data() -> None:
    assert text.decode("IDC1:%69 VD92EX0") == (PRODUCTION, b"Hello!!")
    assert text.decode("IDC1: 00") == (PRODUCTION, bytes([0, 36]))
    assert refusal("IDC1:%69VD92EX0") is Reason.MALFORMED


def test_no_text_ends_in_a_blank_that_trimming_would_take() -> None:
    ends = {text.encode(PRODUCTION, bytes(pair))[-1] for pair in itertools.product(range(256), repeat=2)}
    ends |= {text.encode(PRODUCTION, bytes([byte]))[-1] for byte in range(256)}
    assert " " not in ends
    assert max(ALPHABET.index(letter) for letter in ends) == ALPHABET.index("W")


def test_512_characters_after_trimming_are_the_longest() -> None:
    longest = "IDC1:" + "000" * 169
    assert len(longest) == 512
    assert text.decode(f" {longest}\n") == (PRODUCTION, bytes(338))
    assert refusal(longest + "00") is Reason.MALFORMED
    assert refusal("IDC1:" + " " * 507 + "0") is Reason.MALFORMED


@pytest.mark.parametrize("letter", ["0", ":", " ", "x", "\0", "😀"])
def test_10_mb_of_text_are_refused_before_they_are_decoded(letter: str) -> None:
    code = "IDC1:" + letter * 10_000_000 + "0"
    tracemalloc.start()
    try:
        assert refusal(code) is Reason.MALFORMED
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_the_environment_has_a_name_and_a_prefix() -> None:
    assert [(each.value, each.prefix) for each in Environment] == [
        ("production", "IDC1:"),
        ("test", "IDT1:"),
    ]
