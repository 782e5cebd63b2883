"""`idcard verify`: the verdict on one code, or on each of several."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from idcard.errors import Refused, translatable
from idcard.verify import Card, Verifier, verdict
from idcard.verify.verdict import Translate, Verdict
from idcard_cli import clock, codes, language, memory_file, terminal, verdict_in_words
from idcard_cli.class_name import ClassName
from idcard_cli.codes import Lines, Search
from idcard_cli.command import Exit
from idcard_cli.venue.class_completion import complete_class

if TYPE_CHECKING:
    from pathlib import Path

    from idcard.pictures import Found

_EXIT = {verdict.ACCEPT: Exit.DONE, verdict.REJECT: Exit.REJECT, verdict.CANNOT_SAY: Exit.CANNOT_SAY}
_PHOTO = translatable("Compare the photo with the person's face: the code does not say whose card it is.")
_WHICH = translatable("Of the {codes} codes in the picture, this is the one at: {place}.")
_WHICH_LINE = translatable("Of the {codes} codes in the file, this is the one in line {line}.")
_PLACES = {
    "top-left": translatable("top left"),
    "top": translatable("top"),
    "top-right": translatable("top right"),
    "left": translatable("left"),
    "middle": translatable("middle"),
    "right": translatable("right"),
    "bottom-left": translatable("bottom left"),
    "bottom": translatable("bottom"),
    "bottom-right": translatable("bottom right"),
}

_LINE = "line-"
"""Before its number: the place of a code in a text."""


class _Desk(NamedTuple):
    """What codes are judged by. trust: a trust file, or None for the memory of this computer. is_now: by the clock."""

    trust: str | None
    memory_path: "Path | None"
    venue_class: str
    now: datetime
    translate: Translate
    is_now: bool

    def open(self) -> Verifier:
        """Raises OSError, Refused, and UsageError where no trust file is installed."""
        if self.trust is not None:
            return Verifier.open(self.trust)
        return Verifier(memory_file.load(memory_file.find(self.memory_path), self.now))


@click.command()
@click.argument("given", nargs=-1, required=True, metavar="CODE...")
@click.option("--trust", type=click.Path(), help="A trust file, instead of the installed one.")
@click.option("--for", "venue_class", type=ClassName(), required=True, metavar="CLASS", shell_complete=complete_class,
              help="The kind of place, such as library.")  # fmt: skip
@click.option("--at", type=clock.Moment(), metavar="TIME", help="Judge at this time instead of now.")
@memory_file.option
@language.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each CODE (specs/verify.md).")
def verify(
    given: Sequence[str],
    trust: str | None,
    venue_class: str,
    at: datetime | None,
    as_json: bool,
    memory_path: "Path | None",
    translate: Translate,
) -> int:
    """Say whether CODE is good for this kind of place.

    CODE is the text of a code, the name of a picture, PDF or text file, or - for standard input. Of several codes in
    one file, the one for this kind of place counts. Several CODEs get a verdict each.

    \b
    Exit: 0 accept, 1 reject, 2 usage or unreadable file, 3 this computer cannot say;
          of several, the largest

    \b
    Example:
      idcard verify codes/library.png --trust city.idtrust --for library
      idcard verify codes/library.png --for library
    """
    if at is not None and trust is None:
        raise click.UsageError("--at goes with --trust: the installed trust file is used at the time of the clock only")
    now = at or clock.now().astimezone(UTC)
    desk = _Desk(trust, memory_path, venue_class, now, translate, at is None)
    ending = _one(desk, given[0], as_json=as_json) if len(given) == 1 else _several(desk, given, as_json=as_json)
    if not as_json:
        language.say_unreviewed(translate)
    return ending


def _one(desk: _Desk, given: str, *, as_json: bool) -> Exit:
    return _end(_judge(desk, None, codes.search(given), as_json=as_json), "", desk, as_json=as_json)


def _several(desk: _Desk, given: Sequence[str], *, as_json: bool) -> Exit:
    verifier: Verifier | Refused | None = None
    endings = []
    for number, each in enumerate(given, 1):
        source = codes.name_of(each, number)
        try:
            found = codes.search(each)
        except click.ClickException as problem:
            terminal.say(terminal.as_clause(problem.format_message()))
        except OSError as problem:
            terminal.say(f"{source}: {(problem.strerror or 'failed').lower()}")
        else:
            verifier = verifier or _open(desk)
            judged = _judge(desk, verifier, found, as_json=as_json)
            endings.append(_end(judged, source, desk, as_json=as_json))
            continue
        endings.append(Exit.USAGE)
    return max(endings)


def _open(desk: _Desk) -> Verifier | Refused:
    try:
        return desk.open()
    except Refused as refused:
        return refused


def _judge(desk: _Desk, verifier: Verifier | Refused | None, found: str | Lines | Search, *, as_json: bool) -> Verdict:
    """verifier: from `_open`, or None to open the trust file now."""
    venue_class, now, translate = desk.venue_class, desk.now, desk.translate
    try:
        verifier = verifier or _open(desk)
        if isinstance(verifier, Refused):
            return verdict.of_refusal(verifier, venue_class, None, now, translate)
        if isinstance(found, str):
            return verdict.judge_typed(verifier, found, venue_class, now=now, translate=translate)[1]
        if isinstance(found, dict):
            return _best_of(verifier, found, desk)
        chosen, number = _choose(verifier, found, desk)
        judged = verdict.judge(verifier, chosen.text, venue_class, now=now, translate=translate)
        return judged._replace(codes=number, place=chosen.place)
    except (click.ClickException, OSError):
        raise
    except Exception:
        if as_json:
            _print_json(verdict_in_words.failed(desk.venue_class, desk.translate).as_json())
        raise


def _best_of(verifier: Verifier, lines: Lines, desk: _Desk) -> Verdict:
    """The verdict on the code of a text that counts, as in a picture."""
    from idcard.verify import choice, scanner

    venue_class, now = desk.venue_class, desk.now
    read = [scanner.choose(verifier, text, venue_class, now=now).text for text in lines.values()]
    line = list(lines)[choice.best_of(verifier, read, venue_class, now=now)]
    judged = verdict.judge_typed(verifier, lines[line], venue_class, now=now, translate=desk.translate)[1]
    return judged._replace(codes=len(lines), place=f"{_LINE}{line}")


def _choose(verifier: Verifier, search: Search, desk: _Desk) -> "tuple[Found, int]":
    """The code of a picture that counts, and how many codes were found until the search ended."""
    from idcard.verify import choice  # imported late: a text does not need it

    symbols: list[Found] = []
    for found in search:
        new, symbols = found[len(symbols) :], found
        if any(choice.settles(verifier, each.text, desk.venue_class, now=desk.now) for each in new):
            break
    best = choice.best_of(verifier, [each.text for each in symbols], desk.venue_class, now=desk.now)
    return symbols[best], len(symbols)


def _end(judged: Verdict, source: str, desk: _Desk, *, as_json: bool) -> Exit:
    """Shows a verdict. source: the name of what was judged, if there are several."""
    translate = desk.translate
    if as_json:
        at = {} if desk.is_now else {"at": desk.now.isoformat().replace("+00:00", "Z")}
        _print_json(judged.as_json(translate) | at | ({"source": source} if source else {}))
        return _EXIT[judged.outcome]
    before = terminal.printable(f"{source}: ") if source else ""
    word = terminal.styled(
        judged.outcome.replace("-", " ").upper(), fg=verdict_in_words.STYLE[judged.outcome], bold=True
    )
    if judged.card is None:
        click.echo(f"{before}{word}  {judged.reason}")
        click.echo(terminal.printable(judged.message))
        if judged.date_note:
            click.echo(judged.date_note)
        click.echo(terminal.printable(judged.remedy))
    else:
        _show_card(judged.card, judged.date_note, f"{before}{word}", translate)
    if judged.codes > 1:
        click.echo(_which(judged, translate))
    for sentence in judged.advice(translate):
        terminal.say(terminal.as_clause(sentence))
    return _EXIT[judged.outcome]


def _which(judged: Verdict, translate: Translate) -> str:
    if judged.place.startswith(_LINE):
        return translate(_WHICH_LINE).format(codes=judged.codes, line=judged.place.removeprefix(_LINE))
    return translate(_WHICH).format(codes=judged.codes, place=translate(_PLACES[judged.place]))


def _show_card(card: Card, date_note: str, word: str, translate: Translate) -> None:
    test = verdict_in_words.city_mark(str(card.environment), translate)
    click.echo(f"{word}  {verdict_in_words.proven(card, translate)}{test}")
    for sentence in verdict_in_words.validity(card, date_note, translate):
        click.echo(sentence)
    click.echo(translate(_PHOTO))


def _print_json(fields: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(fields))
