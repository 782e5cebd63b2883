"""The codes of a poster as they come, some in each picture (specs/paper.md, Codes)."""

from collections.abc import Iterable
from dataclasses import dataclass

from idcard.errors import Malformed
from idcard.trust import paper
from idcard.trust.paper import Missing, PosterKind


@dataclass(frozen=True, slots=True)
class PosterProgress:
    """missing: numbers of the codes that were not seen yet, sorted. count: codes of the poster."""

    missing: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Collection:
    """Codes of one poster that were seen so far: at most paper.MAX_COUNT."""

    texts: frozenset[str] = frozenset()

    def with_seen(self, texts: Iterable[str]) -> "tuple[Collection, PosterProgress | tuple[PosterKind, bytes]]":
        """The collection with these codes too, and how far it is, or what the whole poster holds: then it is empty.

        A code of another poster begins anew. Raises Malformed for codes that no poster has together, and
        Refused(NEWER_PROGRAM); the collection stays what it was.
        """
        new = frozenset(texts)
        together = self.texts | new
        try:
            # Else somebody could show ever other codes that pretend to be of one poster.
            return _collected(together if len(together) <= paper.MAX_COUNT else new)
        except Malformed:
            if new >= self.texts:
                raise
            return _collected(new)


def _collected(texts: frozenset[str]) -> tuple[Collection, PosterProgress | tuple[PosterKind, bytes]]:
    try:
        return Collection(), paper.decode(texts)
    except Missing as missing:
        return Collection(texts), PosterProgress(missing.missing, missing.count)
