"""What a city has printed on the back of its cards, beside the codes (specs/card-design.md)."""

import tomllib
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from idcard.credential.claims import CLASS_NAME
from idcard.errors import IdcardError
from idcard.issuing.code import Issued
from idcard.printing.arrangement import ARRANGEMENTS, FREE, Place
from idcard.printing.logo import Logo
from idcard.printing.page import CannotPrint

SCHEMA = 1
MAX_SIZE = 1 << 14
"""Bytes of a design."""
BARCODES = ("code128", "codabar")
_MOST = {"telephone": 40, "return_to": 120, "font": 64, "logo": 64}
"""Letters."""
_MOST_LINES, _MOST_IN_A_LINE = 6, 32
_LEAST_MM = {"name": (10, 2), "logo": (4, 4), "office": (10, 3), "fixed": (10, 3)}
"""Width and height, below which nothing could be read."""
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")


class BadDesign(IdcardError):
    """The text names the key and what is wrong with it."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")


@dataclass(frozen=True, slots=True)
class Number:
    """A library's number. venue_class: whose code a card has that gets one. barcode: one of BARCODES."""

    venue_class: str
    barcode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDesign:
    """The same for everybody. places: by arrangement, then by name; what is not there is where it always is."""

    telephone: str = ""
    return_to: str = ""
    fixed: tuple[str, ...] = ()
    font: str | None = None
    logo: Logo | None = None
    number: Number | None = None
    places: Mapping[str, Mapping[str, Place]] = field(default_factory=dict)

    def place(self, arrangement: str, name: str) -> Place:
        """name: one of FREE."""
        return self.places.get(arrangement, {}).get(name) or ARRANGEMENTS[arrangement].free[name]

    def numbers(self, issued: Issued) -> bool:
        """Whether this card gets a number of a library."""
        wanted = self.number
        return wanted is not None and any(each.venue_class == wanted.venue_class for each in issued.codes)

    @property
    def texts(self) -> tuple[str, ...]:
        """What of it is printed in letters."""
        return tuple(filter(None, (self.telephone, self.return_to, *self.fixed)))


def decode(data: bytes, read_logo: Callable[[str], Logo]) -> CardDesign:
    """data: a TOML document. read_logo: the logo of a file beside it; raises CannotPrint. Raises BadDesign."""
    try:
        found = tomllib.loads(data.decode("utf-8-sig")) if len(data) <= MAX_SIZE else None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as problem:
        raise BadDesign("the file", f"is not TOML in UTF-8: {_first_line(problem)}") from None
    if found is None:
        raise BadDesign("the file", f"is larger than {MAX_SIZE} bytes")
    _check_keys(found, {"schema", "telephone", "return_to", "fixed", "font", "logo", "library", "places"}, "")
    if type(found.get("schema")) is not int or found["schema"] != SCHEMA:
        raise BadDesign("schema", f"must be {SCHEMA}")
    texts = {name: _text(found[name], name, most) for name, most in _MOST.items() if name in found}
    logo = _logo(texts.pop("logo"), read_logo) if "logo" in texts else None
    design = CardDesign(
        **texts,
        logo=logo,
        fixed=_fixed(found.get("fixed", [])),
        number=_number(found["library"]) if "library" in found else None,
        places=_places(found.get("places", {})),
    )
    _check_places(design)
    return design


def _first_line(problem: Exception) -> str:
    return str(problem).split("\n", 1)[0] if isinstance(problem, tomllib.TOMLDecodeError) else "other letters"


def _check_keys(found: Any, known: Collection[str], table: str) -> None:
    if not isinstance(found, dict):
        raise BadDesign(table, "must be a table")
    for name in found:
        if name not in known:
            key = f"{table}.{name}" if table else name
            raise BadDesign(key, f"is no key of a design; there are {', '.join(sorted(known))}")


def _text(value: Any, key: str, most: int) -> str:
    if type(value) is not str or not 1 <= len(value) <= most or value.strip() != value:
        raise BadDesign(key, f"must be a text of 1 to {most} letters, with no blank around it")
    if any(unicodedata.category(each) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or each in _DIRECTIONS for each in value):
        raise BadDesign(key, "has a letter that cannot be printed, such as a line end")
    return value


def _fixed(lines: Any) -> tuple[str, ...]:
    if type(lines) is not list or len(lines) > _MOST_LINES:
        raise BadDesign("fixed", f"must be a list of at most {_MOST_LINES} lines")
    return tuple(_text(line, "fixed", _MOST_IN_A_LINE) for line in lines)


def _logo(name: str, read_logo: Callable[[str], Logo]) -> Logo:
    if not name.lower().endswith(".svg") or set(name) & set('/\\:"<>|?*') or name.startswith("."):
        raise BadDesign("logo", "must be the name of a file beside this one that ends with .svg")
    try:
        return read_logo(name)
    except CannotPrint as problem:
        raise BadDesign("logo", f"{name}: {problem}") from None


def _number(found: Any) -> Number:
    _check_keys(found, {"class", "barcode"}, "library")
    name, barcode = found.get("class", "library"), found.get("barcode")
    if type(name) is not str or not CLASS_NAME.fullmatch(name):
        raise BadDesign("library.class", "must be the name of a venue class")
    if barcode not in BARCODES:
        raise BadDesign("library.barcode", f"must be one of {', '.join(BARCODES)}")
    return Number(name, barcode)


def _places(found: Any) -> dict[str, dict[str, Place]]:
    _check_keys(found, ARRANGEMENTS.keys(), "places")
    for arrangement, named in found.items():
        _check_keys(named, set(FREE), f"places.{arrangement}")
    return {
        arrangement: {name: _place(edges, name, f"places.{arrangement}.{name}") for name, edges in named.items()}
        for arrangement, named in found.items()
    }


def _place(edges: Any, name: str, key: str) -> Place:
    is_list = type(edges) is list and len(edges) == 4 and all(type(each) in (int, float) for each in edges)
    if not is_list or not all(0 <= each <= 100 for each in edges):
        raise BadDesign(key, "must be [left, top, width, height] in millimetres")
    place, (width, height) = Place(*edges), _LEAST_MM[name]
    if place.width < width or place.height < height:
        raise BadDesign(key, f"must be at least {width} wide and {height} high")
    if not place.is_safe:
        raise BadDesign(key, "is nearer to the edge of the card than 3.5 mm")
    return place


def _check_places(design: CardDesign) -> None:
    """Also those that are not moved: something else may have come in their way. Raises BadDesign."""
    for name, arrangement in ARRANGEMENTS.items():
        shown = {each: design.place(name, each) for each in _shown(design)}
        for each, place in shown.items():
            key = f"places.{name}.{each}"
            if any(place.meets(other) for other in arrangement.taken()):
                raise BadDesign(key, "lies on a code, its words, the bar code or the word TEST")
            for other, its_place in shown.items():
                if other < each and place.meets(its_place):
                    raise BadDesign(key, f"lies on {other}")


def _shown(design: CardDesign) -> Iterator[str]:
    """Those of FREE that a card of this design has."""
    yield from ("name", "office")
    if design.logo is not None:
        yield "logo"
    if design.fixed:
        yield "fixed"
