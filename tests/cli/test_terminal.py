"""What a terminal shows: lines of a width, in letters that take one column, two or none."""

import pytest
from idcard_cli import terminal
from idcard_cli.venue import wrapping


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("aaa bb  cc dddd", 6, ["aaa bb", "cc", "dddd"]),
        ("aaa  bb", 7, ["aaa  bb"]),
        ("abcdefghij kl", 4, ["abcd", "efgh", "ij", "kl"]),
        ("\u672c\u7535\u8111\u7684\u65e5\u3002\u671f", 10, ["\u672c\u7535\u8111\u7684", "\u65e5\u3002\u671f"]),
        ("\u672c\u7535\uff08\u8111\uff09OK", 6, ["\u672c\u7535", "\uff08\u8111\uff09", "OK"]),
        ("\uac80\uc99d \ud30c\uc77c", 6, ["\uac80\uc99d", "\ud30c\uc77c"]),
        ("\u092e\u0941 \u0641\u064e", 3, ["\u092e\u0941 \u0641\u064e"]),
        ("un\u00a0: deux", 5, ["un\u00a0:", "deux"]),
        ("", 5, [""]),
    ],
)
def test_lines_are_of_the_width(text: str, width: int, lines: list[str]) -> None:
    assert wrapping.wrapped(text, width) == lines


@pytest.mark.parametrize("stop", [".", "\u3002", "\u0964", "\u06d4"])
def test_a_clause_has_no_full_stop(stop: str) -> None:
    assert terminal.as_clause(f"Do it{stop}") == "do it"


def test_only_what_steers_a_terminal_is_escaped() -> None:
    assert terminal.printable("a\u00a0: b\u202f\u4e2d") == "a\u00a0: b\u202f\u4e2d"
    assert terminal.printable("\x1b[2J\u202e\n\u2028") == "\\x1b[2J\\u202e\\n\\u2028"
