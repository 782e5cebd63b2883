"""The slip as a page to print: words for the holder, the slip in letters and as a code (specs/handles.md)."""

from html import escape

from idcard.authority import slip as slips
from idcard.authority.plan import Plan
from idcard.authority.slip import PREFIX, Slip
from idcard.credential import qr
from idcard.credential.calendar import as_day, noon_of_first
from idcard.credential.profile import Kind
from idcard.credential.text import Environment
from idcard.errors import translatable
from idcard.languages import Language

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
    """Paragraphs. Names of classes stay as they are printed on the codes."""
    classes = {kind: [each.profile.venue_class for each in plan.classes if each.profile.kind is kind] for kind in Kind}
    revocable, cohort = (", ".join(map(str.upper, classes[kind])) for kind in (Kind.REVOCABLE, Kind.COHORT))
    end = as_day(noon_of_first(slip.until))

    def said(tag: str, sentence: str, **values: str) -> str:
        words = language.translate(sentence).format(
            **{name: f"<bdi>{escape(value)}</bdi>" for name, value in values.items()}
        )
        return f"<{tag}>{words}</{tag}>"

    return [
        said("h2", translatable("Slip for a lost card")),
        said(
            "p", translatable("Keep this paper at home, apart from your card. Show it to nobody but the card office.")
        ),
        drawn,
        said("h2", translatable("If your card is lost")),
        said(
            "p",
            translatable(
                "Call the card office and read out the letters above, or bring this paper. "
                "You need not say who you are. {contact}"
            ),
            contact=plan.contact,
        ),
        said("p", translatable("This cancels your codes for: {classes}."), classes=revocable),
        *(
            [
                said(
                    "p",
                    translatable(
                        "Your codes for {classes} are the same as those of many other people. They name nobody, "
                        "cannot be cancelled for one person, and end by themselves."
                    ),
                    classes=cohort,
                )
            ]
            if cohort
            else []
        ),
        said("h2", translatable("If this paper is lost")),
        said(
            "p",
            translatable(
                "The city has no list of cards and cannot make this paper again. Ask for a new card and a new slip, "
                "and bring the old card: it can be cancelled while you have it."
            ),
        ),
        said("h2", translatable("If card and paper are both lost")),
        said(
            "p",
            translatable("Then nobody can cancel the codes. They live until they end, and clerks compare the photo."),
        ),
        said("p", translatable("What this paper cancels ends on {day} at the latest; then throw it away."), day=end),
    ]
