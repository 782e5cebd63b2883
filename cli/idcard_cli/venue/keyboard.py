"""Reads keys from a terminal as they are typed, without showing them.

A scanner that acts as a keyboard may end a code with Enter, Tab, ETX, EOT or nothing at all. ETX is what Ctrl-C types,
and EOT what Ctrl-D does. An arrow or a function key comes as ESC and more.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from idcard.repairs import unseen

STOPS = (b"\x03", b"\x04")
"""Ctrl-C and Ctrl-D."""
ENDS = b"\r\n\t\x03\x04"
KEY = re.compile(unseen.KEY.encode("ascii"))
"""An arrow or a function key."""
LEAST = 12
"""Bytes of a scan. Fewer were typed by a person if no line end follows, or by the scanner if right after a code."""
ECHO_SECONDS = 0.2
"""Seconds after a verdict in which a short line belongs to the code before: the scanner added it."""
SILENCE = b""
"""Nothing was typed for half a second."""
WHOLE_AFTER, UNFINISHED_AFTER = 2, 5
"""Silences after which text that nothing ends is judged: a whole code, and anything else.

A wireless scanner may pause for two seconds within a code.
"""
AT_REST, ENDED_AFTER = 1, 4
"""Silences after which Ctrl-C is a person's, and a line is not of the same foreign code as the one before."""
_TENTHS_OF_SILENCE = 5


if sys.platform == "win32":
    import msvcrt
    import time

    _LOOKED_AFTER = 0.02
    """Seconds."""

    @contextmanager
    def silent() -> Iterator[None]:
        """Nothing to do: `typed` shows nothing on Windows."""
        yield

    def typed() -> Iterator[bytes]:
        """Every key, and SILENCE after a pause, until the program ends."""
        since = time.monotonic()
        while True:
            if msvcrt.kbhit():
                yield msvcrt.getwch().encode("utf-8", errors="replace")
                since = time.monotonic()
            elif time.monotonic() - since >= _TENTHS_OF_SILENCE / 10:
                yield SILENCE
                since = time.monotonic()
            else:
                time.sleep(_LOOKED_AFTER)

else:
    import termios

    @contextmanager
    def silent() -> Iterator[None]:
        """Turn off echo and special keys of the terminal; restore them at the end."""
        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        mode = termios.tcgetattr(terminal)
        mode[0] &= ~(termios.IXON | termios.ISTRIP)
        mode[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 0, _TENTHS_OF_SILENCE
        termios.tcsetattr(terminal, termios.TCSANOW, mode)
        try:
            yield
        finally:
            with suppress(termios.error):  # the terminal is gone
                # What a scanner types after the end must not reach a shell.
                termios.tcsetattr(terminal, termios.TCSAFLUSH, before)

    def typed() -> Iterator[bytes]:
        """What is typed, and SILENCE after a pause, until the terminal is gone."""
        terminal = sys.stdin.fileno()
        while True:
            try:
                data = os.read(terminal, 4096)
            except OSError:
                return
            if data == SILENCE and not _is_there(terminal):
                return
            yield data

    def _is_there(terminal: int) -> bool:
        try:
            termios.tcgetattr(terminal)
        except termios.error:
            return False
        return True
