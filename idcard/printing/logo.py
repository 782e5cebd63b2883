"""The city's mark as an SVG image that can do nothing but be drawn (specs/card-design.md, Logo)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from idcard.printing.page import CannotPrint

MAX_SIZE = 1 << 16
MAX_ELEMENTS = 1000
MAX_DEPTH = 16
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset(("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"))
_WORDS = frozenset(("title", "desc", "metadata"))
"""What is only about the picture is left out."""
_INK = re.compile(r"none|black|white|#000|#fff|#FFF|#000000|#ffffff|#FFFFFF")
_NUMBER = r"[+-]?(?:[0-9]{1,5}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})"
_LENGTH = re.compile(rf"{_NUMBER}(?:px|mm|pt|cm)?")
_NUMBERS = re.compile(rf"\s*{_NUMBER}(?:(?:\s*,\s*|\s+|(?=[+-])){_NUMBER})*\s*")
_PATH = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9+\-.,\s]+")
_TRANSFORM = re.compile(r"(?:\s*(?:matrix|translate|scale|rotate|skewX|skewY)\([0-9+\-.,\s]+\)(?:\s*,)?)+\s*")
_LONG_NUMBER = re.compile(r"(?<![\d.])\d{6}|\.\d{10}")
_RULES = {
    **dict.fromkeys(("fill", "stroke"), _INK),
    **dict.fromkeys(("x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "y1", "x2", "y2"), _LENGTH),
    **dict.fromkeys(("stroke-width", "stroke-miterlimit"), _LENGTH),
    **dict.fromkeys(("points", "viewBox"), _NUMBERS),
    **dict.fromkeys(("fill-rule", "clip-rule"), re.compile("nonzero|evenodd")),
    "stroke-linecap": re.compile("butt|round|square"),
    "stroke-linejoin": re.compile("miter|round|bevel"),
    "d": _PATH,
    "transform": _TRANSFORM,
    "version": re.compile(r"1\.[01]|2\.0"),
}
"""Every attribute that may stand there, and what it may say."""


@dataclass(frozen=True, slots=True)
class Logo:
    """svg: written anew of what is allowed, and nothing else."""

    svg: str


def decode(data: bytes) -> Logo:
    """Raises CannotPrint for anything but plain shapes in black and white."""
    if len(data) > MAX_SIZE:
        raise CannotPrint(f"it is larger than {MAX_SIZE} bytes")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise CannotPrint("it declares a document type or entities: save it as plain SVG")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - without entities, and small
    except (ElementTree.ParseError, LookupError, ValueError):
        raise CannotPrint("it is not an SVG image") from None
    if root.tag != f"{_NAMESPACE}svg":
        raise CannotPrint("it is not an SVG image")
    _check_view(root.get("viewBox"))
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise CannotPrint(f"it has more than {MAX_ELEMENTS} elements")
    return Logo("".join(_written(root, 1)))


def _check_view(view: str | None) -> None:
    if view is None or not _NUMBERS.fullmatch(view):
        raise CannotPrint("its svg element needs a viewBox of four numbers")
    numbers = [float(each) for each in re.findall(_NUMBER, view)]
    if len(numbers) != 4 or min(numbers[2:]) < 1:
        raise CannotPrint("its svg element needs a viewBox of four numbers, the last two 1 or more")


def _written(element: Element, depth: int) -> Iterator[str]:
    """Text between elements is dropped."""
    name = element.tag.removeprefix(_NAMESPACE)
    if name in _WORDS and depth > 1:
        return
    if name not in _SHAPES or (name == "svg") is not (depth == 1):
        raise CannotPrint(f"the element {_shown(name)} is not allowed: only plain shapes are, so turn text into paths")
    if depth > MAX_DEPTH:
        raise CannotPrint(f"it is nested deeper than {MAX_DEPTH}")
    yield f"<{name}"
    if depth == 1:
        yield ' xmlns="http://www.w3.org/2000/svg"'
    for attribute, value in element.attrib.items():
        if attribute == "id" or (depth == 1 and attribute in {"width", "height"}):
            continue  # the size is that of its place
        _check(name, attribute, value)
        yield f' {attribute}="{value}"'
    yield ">"
    for child in element:
        yield from _written(child, depth + 1)
    yield f"</{name}>"


def _check(name: str, attribute: str, value: str) -> None:
    rule = _RULES.get(attribute)
    where = f"the attribute {_shown(attribute)} of {name}"
    if rule is None:
        raise CannotPrint(f"{where} is not allowed: save it as plain SVG, with colours as attributes and no styles")
    if rule is _INK and not _INK.fullmatch(value):
        raise CannotPrint(f"{where} must be none, black or white: there is one ink")
    if not rule.fullmatch(value) or _LONG_NUMBER.search(value):
        raise CannotPrint(f"{where} has a value that is not allowed")


def _shown(name: str) -> str:
    return repr(re.sub(r"[^A-Za-z0-9:_-]", "", name.rpartition("}")[2])[:32])
