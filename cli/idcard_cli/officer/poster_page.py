"""The pages of `idcard trust poster`: one HTML file, without scripts, fonts or pictures from elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from idcard.credential.calendar import as_datetime
from idcard.credential.text import Environment
from idcard.symbol import qr
from idcard.trust.paper import PosterKind
from idcard.trust.trust_file import Trust
from idcard_cli.fingerprint import WORDS, fingerprint_groups, fingerprint_words

LEVEL = "M"
MAX_VERSION = 20
WIDTH_MM = 70
"""Width of a code with its quiet zone: six fit a page of A4 or Letter, and a module is at least 0.66 mm wide."""
INSTALL = 'idcard venue install photo.jpg --fingerprint "..."'
UPDATE = "idcard venue update photo.jpg"
KILL = "idcard trust kill photo.jpg --city FOLDER"
_STYLE = f"""
@page {{ margin: 15mm }}
body {{ max-width: 180mm; margin: 0 auto; font: 11pt/1.4 sans-serif; color: #000; background: #fff;
  orphans: 1; widows: 1 }}
h1, h2, p {{ margin: 0 0 2mm }}
code {{ font: 11pt monospace }}
bdi {{ overflow-wrap: anywhere }}
.test {{ border: 1mm solid; font-size: 32pt; font-weight: bold; text-align: center }}
.shut {{ border: 0.7mm solid; padding: 2mm; font-weight: bold }}
ol {{ columns: 4; margin: 0 0 4mm; padding: 0 0 0 9mm }}
li {{ height: 9mm; margin: 0 3mm 0 0; border-bottom: 0.3mm solid; break-inside: avoid }}
.board {{ columns: 3; padding-left: 15mm }}
.board li {{ height: auto; margin: 0 0 5mm; border: 0; font-size: 24pt; font-weight: bold }}
figure {{ display: inline-block; width: {WIDTH_MM}mm; margin: 3mm 0 0; break-inside: avoid; text-align: center }}
svg {{ display: block }}
"""


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a poster. held: the city's trust file, from which name, contact and expiry are printed.

    ends: of a kill note, what it ends: codes of which kinds, of which quarter, where that is known.
    """

    sheet: PosterKind
    data: bytes
    held: Trust
    title: str
    ends: str = ""


def page(content: Content, texts: Sequence[str]) -> str:
    """The page with its codes. Raises CannotDraw.

    texts: of the codes, each for QR 20-M or smaller.
    """
    says = {PosterKind.FILE: _first, PosterKind.PATCH: _update, PosterKind.KILL: _kill}[content.sheet]
    figures = (_figure(text, number, len(texts)) for number, text in enumerate(texts, 1))
    return _whole(content.held, content.title, (*says(content, len(texts)), *_contact(content.held), *figures))


def board(held: Trust) -> str:
    """The words alone, for a wall to which venues have another way than to their letter."""
    words = fingerprint_words(held.fingerprint).split()
    return _whole(
        held,
        "The words of the city's fingerprint",
        (
            "<p>For every venue that begins to check cards of this city: the letter or file that you got is the "
            "city's only if it has these twelve words. Compare them, or copy them and type them.</p>",
            f'<ol class="board">{"".join(f"<li>{escape(word)}</li>" for word in words)}</ol>',
            f"<p>The same in digits: <code>{fingerprint_groups(held.fingerprint)}</code></p>",
            f"<p>These are the words of root {held.root.version}. Those of earlier roots stay valid for letters of "
            "their time.</p>",
            *_contact(held),
        ),
    )


def _whole(held: Trust, title: str, parts: Sequence[str]) -> str:
    root = held.root
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{escape(root.name)}: {escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            *(['<p class="test">TEST CITY</p>'] if root.scope.environment is Environment.TEST else []),
            f"<h1><bdi>{escape(root.name)}</bdi></h1>",
            f"<p>City <bdi>{escape(root.scope.city)}</bdi>, environment {escape(str(root.scope.environment))}</p>",
            f"<h2>{escape(title)}</h2>",
            *parts,
            "</body>\n</html>\n",
        )
    )


def _first(content: Content, count: int) -> Iterator[str]:
    """No words and no digits: whoever forged the letter would have printed their own."""
    yield f"<p>{_photograph(count)}</p>"
    yield (
        "<p><b>Get the twelve words of the city's fingerprint by another way than this page came</b>: from the city's "
        "website, by telephone, from the board in the town hall. Look the address or the number up yourself: this "
        "page may be forged, and so may all that stands on it. Write the words here:</p>"
    )
    yield f"<ol>{'<li></li>' * WORDS}</ol>"
    yield f"<p>Type them, between the quotation marks:</p>\n{_command(INSTALL)}"
    yield "<p>If the program refuses the words, do not use this page, and tell the city.</p>"
    yield _valid(content.held)


def _update(content: Content, count: int) -> Iterator[str]:
    yield f"<p>{_photograph(count)} Then type:</p>\n{_command(UPDATE)}"
    yield from _fingerprint(content.held)
    yield _valid(content.held)


def _kill(content: Content, count: int) -> Iterator[str]:
    yield (
        '<p class="shut">Keep this sheet shut: in a sealed envelope with the name of the key on it, in a safe. '
        "Whoever photographs the code can do what it says.</p>"
    )
    yield (
        f"<p><b>What it does.</b> It ends {escape(content.ends)}. Every venue that reads it refuses these codes, also "
        "those on honest cards. Nobody has to sign.</p>"
    )
    yield (
        "<p><b>There is no way back.</b> The key is never trusted again, and the holders need new cards. Use it only "
        "if somebody else may have the key, and the publishers cannot be reached.</p>"
    )
    yield f"<p>{_photograph(count)} In the office, type:</p>\n{_command(KILL)}"
    yield f"<p>At a venue without a connection:</p>\n{_command(UPDATE)}"
    yield from _fingerprint(content.held)


def _command(line: str) -> str:
    return f"<p><code>{escape(line)}</code></p>"


def _fingerprint(held: Trust) -> Iterator[str]:
    yield f"<p>Fingerprint of the city: <code>{fingerprint_groups(held.fingerprint)}</code><br>"
    yield f"in words: <b>{escape(fingerprint_words(held.fingerprint))}</b></p>"


def _valid(held: Trust) -> str:
    expires = as_datetime(min(held.trust_list.exp, held.root.exp))
    return f"<p>Valid until {expires:%Y-%m-%d %H:%M} UTC.</p>"


def _contact(held: Trust) -> Iterator[str]:
    yield f"<p><bdi>{escape(held.trust_list.contact)}</bdi></p>"


def _photograph(count: int) -> str:
    if count == 1:
        return "Photograph the code, sharp and whole."
    return f"Photograph the {count} codes, sharp and whole; where that takes several pictures, name all of them."


def _figure(text: str, number: int, count: int) -> str:
    svg = qr.draw(text, level=LEVEL, max_version=MAX_VERSION).svg(width_mm=WIDTH_MM).decode("ascii")
    return f"<figure>{svg}<figcaption>{number} of {count}</figcaption></figure>"
