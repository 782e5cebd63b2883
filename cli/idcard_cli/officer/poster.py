"""`idcard trust poster`: a trust file, its update or a kill note as codes on a page to print (specs/paper.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import click

from idcard import cose
from idcard.credential.calendar import as_datetime, as_day
from idcard.credential.text import Environment
from idcard.errors import Malformed, Refused
from idcard.symbol import qr
from idcard.trust import kill_note, paper, patch, trust_file
from idcard.trust.paper import PosterKind
from idcard.trust.trust_file import Trust
from idcard.verify import memory
from idcard.verify.memory import Memory
from idcard_cli import files, scans, terminal
from idcard_cli.fingerprint import fingerprint_groups, fingerprint_words

LEVEL = "M"
MAX_VERSION = 20
WIDTH_MM = 70
"""Width of a code with its quiet zone: six fit a page of A4 or Letter, and a module is at least 0.66 mm wide."""
MANY = 8
"""From more codes than this, the command warns that they are hard to photograph."""

_STEPS = {
    PosterKind.FILE: (
        "Get the fingerprint of the city another way than this page: by a call, at a counter, on its website. Then",
        'idcard venue install photo.jpg --fingerprint "..."',
    ),
    PosterKind.PATCH: ("Then", "idcard venue update photo.jpg"),
    PosterKind.KILL: ("Then", "idcard venue update photo.jpg"),
}
_STYLE = f"""
@page {{ margin: 15mm }}
body {{ max-width: 180mm; margin: 0 auto; font: 11pt/1.4 sans-serif; color: #000; background: #fff;
  orphans: 1; widows: 1 }}
h1, h2, p {{ margin: 0 0 2mm }}
code {{ font: 11pt monospace }}
bdi {{ overflow-wrap: anywhere }}
.test {{ border: 1mm solid; font-size: 32pt; font-weight: bold; text-align: center }}
figure {{ display: inline-block; width: {WIDTH_MM}mm; margin: 3mm 0 0; break-inside: avoid; text-align: center }}
svg {{ display: block }}
"""


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a poster. held: the city's trust file, from which name, contact and expiry are printed."""

    sheet: PosterKind
    data: bytes
    held: Trust
    title: str


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--from", "old", type=click.Path(path_type=Path), help="The trust file that venues have: FILE replaces it."
)
@click.option("--first", is_flag=True, help="All of FILE, for venues without a trust file.")
@click.option("--kill", is_flag=True, help="FILE is the text of a kill note.")
@click.option("--trust", "trust_path", type=click.Path(path_type=Path), help="With --kill: the city's trust file.")
@click.option("--out", type=click.Path(path_type=Path), help="New HTML file, to print.")
@click.option("--text", "as_text", is_flag=True, help="Print the text of each code instead, one a line.")
def poster(
    file: Path, old: Path | None, first: bool, kill: bool, trust_path: Path | None, out: Path | None, as_text: bool
) -> None:
    """Print a trust file, or what is new in it, as a page of codes.

    A venue without a connection photographs the page. Its computer checks the contents like any trust file, so the page
    may be copied and sent in any way.

    \b
    Example:
      idcard trust poster springfield/city.idtrust --first --out letter.html
    """
    if [old is not None, first, kill].count(True) != 1:
        raise click.UsageError("give one of --from, --first and --kill")
    if (out is None) is not as_text:
        raise click.UsageError("give --out or --text")
    if (trust_path is not None) is not kill:
        raise click.UsageError("--kill needs the city's trust file as --trust, and nothing else does")
    content = _update(file, old) if old else _kill_note(file, trust_path) if trust_path else _whole(file)
    texts = paper.encode(content.sheet, content.data)
    if out is None:
        click.echo("\n".join(texts))
    else:
        files.create(out, page(content, texts).encode("utf-8"), mode=0o644)
    terminal.say("one code" if len(texts) == 1 else f"{len(texts)} codes")
    if len(texts) > MANY:
        terminal.say(f"more than {MANY} codes are hard to photograph; better send the file by mail or by hand")


def _read(path: Path) -> tuple[bytes, Trust]:
    data = files.read_to_judge(path, trust_file.MAX_SIZE)
    return data, trust_file.decode(data)


def _whole(path: Path) -> Content:
    data, held = _read(path)
    return Content(PosterKind.FILE, data, held, "The letter with which a venue begins")


def _update(new_path: Path, old_path: Path) -> Content:
    """The update, tried on the old file as a venue does. Raises UsageError if a venue would refuse it."""
    (old, before), (new, after) = _read(old_path), _read(new_path)
    data = patch.make(old, new)
    result = patch.apply(old, data)
    if result == old:
        raise click.UsageError(f"{new_path} has nothing new for venues that have {old_path}")
    try:
        taken = memory.update(Memory(old, before, 0), result, now=datetime.now(UTC)).trust
    except Refused as refused:
        raise click.UsageError(f"venues that have {old_path} would refuse {new_path}: {refused.reason.value}") from None
    if taken.list_digest != after.list_digest:
        raise click.ClickException("the update does not lead to the new trust file")
    current = after.trust_list
    what = f"list {current.version} of {as_day(current.issued)} replaces list {before.trust_list.version}"
    if before.list_digest == after.list_digest:
        what = "kill notes"
    return Content(PosterKind.PATCH, data, after, f"Update of the trust file: {what}")


def _kill_note(path: Path, trust_path: Path) -> Content:
    """The kill note; its key may be so new that no trust file names it yet. Raises UsageError."""
    sheet, data = paper.decode(scans.read([str(path)]))
    if sheet is not PosterKind.KILL:
        raise click.UsageError(f"{path} is not a kill note: the text of one begins with {PosterKind.KILL.value}")
    held = _read(trust_path)[1]
    try:
        key = kill_note.decode(data, held.root.scope)
    except (Malformed, Refused):
        raise click.UsageError(f"{path} is not a kill note of a key of this city") from None
    return Content(PosterKind.KILL, data, held, f"Kill note: withdraws the signing key {cose.kid(key).hex()}")


# ---- the page ----


def page(content: Content, texts: Sequence[str]) -> str:
    """One HTML page without scripts, fonts or pictures from elsewhere. Raises CannotDraw.

    texts: of the codes, each for QR 20-M or smaller.
    """
    held = content.held
    root, current = held.root, held.trust_list
    expires = as_datetime(min(current.exp, root.exp))
    before, command = _STEPS[content.sheet]
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{escape(root.name)}: {escape(content.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            *(['<p class="test">TEST CITY</p>'] if root.scope.environment is Environment.TEST else []),
            f"<h1><bdi>{escape(root.name)}</bdi></h1>",
            f"<p>City <bdi>{escape(root.scope.city)}</bdi>, environment {escape(str(root.scope.environment))}</p>",
            f"<h2>{escape(content.title)}</h2>",
            f"<p>{_photograph(len(texts))} {escape(before)} type:</p>\n<p><code>{escape(command)}</code></p>",
            f"<p>Fingerprint of the city: <code>{fingerprint_groups(held.fingerprint)}</code><br>",
            f"in words: <b>{escape(fingerprint_words(held.fingerprint))}</b></p>",
            *([] if content.sheet is PosterKind.KILL else [f"<p>Valid until {expires:%Y-%m-%d %H:%M} UTC.</p>"]),
            f"<p><bdi>{escape(current.contact)}</bdi></p>",
            *(_figure(text, number, len(texts)) for number, text in enumerate(texts, 1)),
            "</body>\n</html>\n",
        )
    )


def _photograph(count: int) -> str:
    if count == 1:
        return "Photograph the code, sharp and whole."
    return f"Photograph the {count} codes, sharp and whole; where that takes several pictures, name all of them."


def _figure(text: str, number: int, count: int) -> str:
    svg = qr.draw(text, level=LEVEL, max_version=MAX_VERSION).svg(width_mm=WIDTH_MM).decode("ascii")
    return f"<figure>{svg}<figcaption>{number} of {count}</figcaption></figure>"
