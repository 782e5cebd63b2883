"""A camera's pictures, one after another: most show no code, and look like the one before."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from idcard.errors import NeedsExtra
from idcard.pictures.found import Found, Unread
from idcard.pictures.kinds import Kind, kind_of

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from idcard.pictures.attempts import Attempt

_CELL = 16
"""Pixels of a cell's side."""
_LIGHTER, _SHARPER = 12, 12
"""Greys, of 255, by which a cell, or the edges in it, may differ in a picture of the same. The noise of a camera makes
less of a difference; another code in the same place, a finger's breadth of movement or a lens that focuses more."""
_TIMES = 4
"""Pictures alike in which further attempts are made: half a second of a camera's."""
_EDGE = 2
"""Pixels between the two sides of an edge."""
_ROWS = 4
"""Of these, edges are looked for in one."""


class Likeness(NamedTuple):
    """How light a picture is, cell by cell, and how sharp: no code can be read from either."""

    light: "Picture"
    edges: "Picture"

    @classmethod
    def of(cls, greys: "Picture") -> "Likeness":
        from PIL import Image, ImageChops

        rows = greys.resize((greys.width, -(-greys.height // _ROWS)), Image.Resampling.NEAREST)
        edges = ImageChops.difference(rows, ImageChops.offset(rows, _EDGE, 0))
        return cls(greys.reduce(_CELL), edges.reduce((_CELL, _CELL // _ROWS)))

    def is_like(self, other: "Likeness") -> bool:
        return _differ(self.light, other.light) <= _LIGHTER and _differ(self.edges, other.edges) <= _SHARPER


def _differ(one: "Picture", other: "Picture") -> int:
    from PIL import ImageChops

    if one.size != other.size:
        return 256
    return max(ImageChops.difference(one, other).tobytes())


class Camera:
    """Searches as `search` does with `moving`, but an unchanged picture in the first attempt alone. For one thread.

    Further attempts find in the same picture what they found before. In one that differs only by noise they may find
    more, and so are made a few times.
    """

    def __init__(self) -> None:
        self._searched: Likeness | None = None
        """Of the picture in which the further attempts were all made, and found nothing, since it was last another."""
        self._times = 0
        """That they were made, in it and in those like it."""

    def search(self, data: bytes, *, max_pixels: int | None = None) -> Iterator[list[Found]]:
        """Raises what `search` raises. data: PNG or JPEG."""
        try:
            from idcard.pictures.picture import PictureFile
        except ImportError:
            raise NeedsExtra("reading pictures", "scan") from None
        kind = kind_of(data)
        if kind not in (Kind.PNG, Kind.JPEG):
            raise Unread.NOT_READ.error()
        greys, _ = next(PictureFile(data, kind, max_pixels=max_pixels, moving=True).views(0))
        found = self._lists(greys)
        first = next(found, None)
        if first is None:
            raise Unread.NO_CODE.error()
        return chain((first,), found)

    def _lists(self, greys: "Picture") -> Iterator[list[Found]]:
        from idcard.pictures import attempts

        likeness = Likeness.of(greys)
        is_like = self._searched is not None and likeness.is_like(self._searched)
        is_searched = not is_like or (likeness != self._searched and self._times < _TIMES)
        further = late = False

        def made() -> "Iterator[Attempt]":
            nonlocal further
            every = attempts.attempts(greys, attempts.MOVING)
            yield next(every)
            if is_searched:
                further = True
                yield from every

        for found in attempts.found_by(made()):
            late = late or further
            yield found
        if late:
            self._searched = None
        elif not is_like:
            self._searched, self._times = likeness, 1
        elif is_searched:
            self._times += 1
