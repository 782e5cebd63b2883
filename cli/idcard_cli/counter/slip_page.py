"""The slip as a page to print: words for the holder, the slip in letters and as a code (specs/handles.md)."""

from collections.abc import Iterable, Iterator
from html import escape

from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.credential.calendar import as_day, noon_of_first
from idcard.credential.text import Environment
from idcard.issuing import slips
from idcard.issuing.slips import PREFIX, Slip
from idcard.languages import Language
from idcard.printing import slip_text
from idcard.printing.slip_text import Said
from idcard.symbol import qr

LEVEL = "Q"
MAX_VERSION = 4
WIDTH_MM = 35
_STYLE = f"""
@page {{ margin: 15mm }}
body {{ max-width: 150mm; margin: 0 auto; font: 11pt/1.4 sans-serif; color: #000; background: #fff }}
h1, h2, p, ul {{ margin: 0 0 2mm }}
bdi {{ overflow-wrap: anywhere }}
.test {{ border: 1mm solid; font-size: 32pt; font-weight: bold; text-align: center }}
.slip {{ font: bold 15pt/1.6 monospace; direction: ltr }}
figure {{ width: {WIDTH_MM}mm; margin: 2mm 0; break-inside: avoid }}
svg {{ display: block }}
"""


def page(slip: Slip, plan: Plan, language: Language) -> str:
    """One HTML page that needs nothing else: no script, no font, no picture from anywhere."""
    text = slips.encode(slip)
    svg = qr.draw(PREFIX + text, level=LEVEL, max_version=MAX_VERSION).svg(width_mm=WIDTH_MM).decode("ascii")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{language.code}" dir="{"rtl" if language.right_to_left else "ltr"}">',
            '<head>\n<meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{escape(plan.name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            *(['<p class="test">TEST CITY</p>'] if slip.scope.environment is Environment.TEST else []),
            f"<h1><bdi>{escape(plan.name)}</bdi></h1>",
            *_words(slip, plan, language, f'<p class="slip">{text}</p>\n<figure>{svg}</figure>'),
            "</body>\n</html>\n",
        )
    )


def _words(slip: Slip, plan: Plan, language: Language, drawn: str) -> list[str]:
    """Paragraphs."""
    classes = {kind: [each.profile.venue_class for each in plan.classes if each.profile.kind is kind] for kind in Kind}
    end = as_day(noon_of_first(slip.until))
    below = slip_text.below(plan.contact, classes[Kind.REVOCABLE], classes[Kind.COHORT], end)
    return [*_said(slip_text.ABOVE, language), drawn, *_said(below, language)]


def _said(parts: Iterable[Said], language: Language) -> Iterator[str]:
    for each in parts:
        tag = "h2" if each.heading else "p"
        values = {name: f"<bdi>{escape(value)}</bdi>" for name, value in each.values.items()}
        yield f"<{tag}>{language.translate(each.sentence).format(**values)}</{tag}>"
