"""The first trust file of this computer, taken by the page (specs/desk.md, First run).

Every account of the computer can send what the page sends. So who installs a file shows that the program is theirs, by
letters that it writes into the window in which it was started; and no file waits here that another could replace.
"""

import base64
import hmac
import secrets
from pathlib import Path

import click

from idcard.errors import Reason, Refused
from idcard.trust.paper import PosterKind
from idcard.verify import Verifier, memory
from idcard.verify.memory import Memory
from idcard_cli import memory_file, terminal
from idcard_cli.desk import answers, words
from idcard_cli.desk.answers import OFFERED, REFUSED, Object, Request
from idcard_cli.fingerprint import UnknownWordError, parse_fingerprint
from idcard_cli.venue import first_trust

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another."""
_GROUP = 4


class FirstRun:
    """Several threads may use it."""

    def __init__(self, memory_path: Path | None) -> None:
        self._memory_path = memory_path
        self._code = "".join(secrets.choice(_LETTERS) for _ in range(2 * _GROUP))
        self._is_told = False

    def is_needed(self) -> bool:
        """Whether this computer has no memory, or a damaged one. The letters are said when it is so at first."""
        try:
            memory_file.read(memory_file.find(self._memory_path))
            return False
        except Refused as refused:
            needed = refused.reason is Reason.MEMORY_DAMAGED
        except click.UsageError:
            needed = True
        except OSError:
            needed = False
        if needed and not self._is_told:
            self._is_told = True
            terminal.say(f"to set up this computer, type {self._code[:_GROUP]}-{self._code[_GROUP:]} on the page")
        return needed

    def offer(self, sheet: PosterKind, data: bytes, request: Request) -> Object:
        """An update for a file that could be installed, with the file itself, as a poster has none."""
        if sheet is not PosterKind.FILE:
            return answers.refuse_update(words.ONLY_UPDATE, words.POSTER_ASK, request)
        try:
            new = memory.install(data, fingerprint=None, now=request.now)
        except Refused as refused:
            return answers.refused(refused, request)
        file = base64.b64encode(data).decode("ascii")
        return answers.update(OFFERED, "", "", city=Verifier(new).trust.root.name, file=file)

    def install(self, data: bytes, fingerprint: str | None, code: str, request: Request) -> Memory | Object:
        """The first memory, which is written, or why there is none.

        fingerprint: as it was typed; None for a file that came by hand. code: the letters, as they were typed.
        """
        typed = "".join(filter(str.isalnum, code.lower())).encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(typed, self._code.encode("ascii")):
            return answers.refuse_update(words.NOT_LETTERS, words.NOT_LETTERS_AGAIN, request)
        try:
            compared = None if fingerprint is None else parse_fingerprint(fingerprint)
        except UnknownWordError as unknown:
            translate = request.language.isolating
            message = translate(words.NOT_A_WORD).format(number=unknown.number)
            return answers.update(REFUSED, message, translate(words.NOT_WORDS_AGAIN))
        except click.UsageError:
            return answers.refuse_update(words.NOT_WORDS, words.NOT_WORDS_AGAIN, request)
        path = memory_file.first_place(self._memory_path)
        places = [] if self._memory_path is not None else memory_file.places()
        try:
            new = memory.install(data, fingerprint=compared, now=request.now)
            first_trust.keep(new, path, places)
        except Refused as refused:
            return answers.refused(refused, request)
        except (OSError, click.UsageError):
            return answers.refuse_update(words.NOT_WRITABLE, words.NOT_WRITABLE_ASK, request)
        return new
