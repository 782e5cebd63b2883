"""The poster with the address of the page for phones (specs/print.md, Address of the page)."""

from idcard import languages
from idcard.errors import translatable
from idcard.printing import fonts, page_text
from idcard.printing.page import City, Paper
from idcard.printing.symbols import Symbols
from idcard.printing.typesetting import typeset

CODE_MM = 80
"""Width of the code with its quiet zone."""
_LEVEL = "M"
_MAX_VERSION = 10
_TITLE = translatable("Check city cards with your phone")
_OPEN = translatable(
    "Point the camera of your phone at this code, or type the address into its browser. Nothing has to be installed."
)
_OFFLINE = translatable("After the first visit the page also works without a network. It sends nobody what you scan.")
_ADDRESS = translatable(
    "Only this address is the city's. A page at another address can look the same and show the same words."
)
_WORDS = translatable("The words of the city, for the day on which the page asks for them:")


def pdf(address: str, words: str, city: City, *, paper: Paper, language: str) -> bytes:
    """One page.

    address: https and a host, in which capitals mean the same. words: the fingerprint of the city. language: of
    idcard.languages. Raises CannotPrint.
    """
    chosen = languages.get(language)
    symbols = Symbols(CODE_MM)
    sheet = {
        **page_text.of(chosen, city),
        "reference": "",
        "address": address,
        "symbol": symbols.place_text(address.upper(), _LEVEL, _MAX_VERSION),
        "title": chosen.translate(_TITLE),
        "above": chosen.translate(_OPEN),
        "below": [chosen.translate(_OFFLINE), chosen.translate(_ADDRESS)],
        "ask": chosen.translate(_WORDS),
        "words": words,
    }
    data = {
        "paper": paper.size_mm,
        "code": CODE_MM,
        "title": city.name,
        "test": city.test,
        "fonts": {each: fonts.families(each) for each in ("en", language)},
        "symbols": symbols.drawn,
        "sheet": sheet,
    }
    return typeset("address", data)
