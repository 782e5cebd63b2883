"""The terminal of a counter: one page at a time, with nothing of earlier ones on the screen or in its history."""

import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import zip_longest

import click

from idcard_cli import terminal
from idcard_cli.banner import banner

if sys.platform != "win32":
    import termios

MAX_WIDTH = 76
_OTHER_SCREEN, _FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"
"""Clears the screen, and what has scrolled off it."""
_SECOND_COLUMN = "\x1b[30G"
_MOST_TYPED = 4096
_PLAIN, _ALARM = "-", "!"


class Window:
    """Pages with one large word each, and questions under them. Raises UsageError without a suitable terminal."""

    def __init__(self, heading: str) -> None:
        """heading: the first line of each page."""
        if sys.platform == "win32":
            raise click.UsageError("the counter does not run on Windows, whose console remembers what is typed")
        if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
            raise click.UsageError(
                "the counter needs a terminal; to read records from a file or a pipe, use idcard batch"
            )
        if os.environ.get("TERM") in (None, "", "dumb"):
            raise click.UsageError("this terminal cannot be cleared between two people: set TERM")
        self._heading = heading
        self._keyboard = sys.stdin.fileno()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Use the whole screen and the keyboard; restore both afterwards, with nothing left on the screen."""
        before = termios.tcgetattr(self._keyboard)
        try:
            click.echo(_OTHER_SCREEN, nl=False)
            self._type_silently()
            yield
        finally:
            with suppress(OSError, termios.error):  # the terminal is gone
                click.echo(f"{_CLEAR}{_FIRST_SCREEN}", nl=False)
                # Unread keys may be somebody's birth date: drop them before a shell reads them.
                termios.tcsetattr(self._keyboard, termios.TCSAFLUSH, before)

    def _type_silently(self) -> None:
        """Of the special keys, only Ctrl-C works: nobody can suspend this with a person on the screen."""
        mode = termios.tcgetattr(self._keyboard)
        mode[0] &= ~termios.IXON
        mode[3] = mode[3] & ~(termios.ECHO | termios.ECHONL | termios.IEXTEN) | termios.ICANON | termios.ISIG
        for key in (termios.VSUSP, termios.VQUIT):
            mode[6][key] = bytes([os.fpathconf(self._keyboard, "PC_VDISABLE")])
        termios.tcsetattr(self._keyboard, termios.TCSANOW, mode)

    def show(self, word: str, lines: Sequence[str] = (), *, alarm: bool = False) -> None:
        """Show a new page instead of the last one. word: of the letters in idcard_cli.banner."""
        shape, colour = (_ALARM, "yellow") if alarm else (_PLAIN, None)
        ink = "\u2588" if "utf" in (sys.stdout.encoding or "").lower() else "#"
        large = [terminal.styled(line, fg=colour, bold=True) for line in banner(word, shape, self._width(), ink)]
        click.echo(_CLEAR + "\n".join(large))
        self.say(self._heading, "", *lines)

    def say(self, *lines: str) -> None:
        for line in lines:
            for part in textwrap.wrap(terminal.printable(line), self._width()) or [""]:
                click.echo(part)

    def list(self, items: Sequence[str]) -> None:
        """Show items in two columns, for letters of any width."""
        rows = (len(items) + 1) // 2
        for left, right in zip_longest(items[:rows], items[rows:], fillvalue=""):
            click.echo(f"{terminal.printable(left)}{_SECOND_COLUMN}{terminal.printable(right)}")

    def ask(self, question: str) -> str:
        """The typed line without surrounding blanks; it goes into no history. Raises KeyboardInterrupt at Ctrl-D."""
        # Drop keys that were typed before the question was shown.
        termios.tcflush(self._keyboard, termios.TCIFLUSH)
        self._echo(on=True)
        try:
            click.echo(f"{question}: ", nl=False)
            typed = os.read(self._keyboard, _MOST_TYPED)
        except OSError:
            raise KeyboardInterrupt from None
        finally:
            self._echo(on=False)
        if not typed:
            raise KeyboardInterrupt
        return typed.decode("utf-8", errors="replace").strip()

    def choose(self, **choices: str) -> str:
        """The letter that is chosen. choices: the meaning of each letter."""
        question = ", ".join(f"{letter} = {meaning}" for letter, meaning in choices.items())
        while (answer := self.ask(question).lower()) not in choices:
            self.say(f"Type one of {', '.join(choices)}, and Enter.")
        return answer

    def _echo(self, *, on: bool) -> None:
        with suppress(termios.error):
            mode = termios.tcgetattr(self._keyboard)
            mode[3] = mode[3] | termios.ECHO if on else mode[3] & ~termios.ECHO
            termios.tcsetattr(self._keyboard, termios.TCSANOW, mode)

    def _width(self) -> int:
        try:
            columns = os.get_terminal_size(sys.stdout.fileno()).columns
        except OSError:
            columns = 0
        return min(columns or MAX_WIDTH, MAX_WIDTH)
