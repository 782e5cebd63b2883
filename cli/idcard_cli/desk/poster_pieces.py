"""Collects the codes of a poster from several pictures (specs/paper.md, Codes)."""

from collections.abc import Iterable
from dataclasses import dataclass

from idcard.errors import Malformed
from idcard.trust import paper
from idcard.trust.paper import Missing, PosterKind


@dataclass(frozen=True, slots=True)
class PosterProgress:
    """missing: numbers of the codes not seen yet, sorted. count: of all codes of the poster."""

    missing: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Collection:
    """The codes of one poster seen so far, at most paper.MAX_COUNT."""

    texts: frozenset[str] = frozenset()

    def with_seen(self, texts: Iterable[str]) -> "tuple[Collection, PosterProgress | tuple[PosterKind, bytes]]":
        """The collection with these codes, and its progress; or an empty one, and what the complete poster holds.

        A code of another poster starts a new collection. Raises Malformed for codes that do not belong together, and
        Refused(NEWER_PROGRAM).
        """
        new = frozenset(texts)
        together = self.texts | new
        try:
            # Otherwise somebody could fill the memory with codes that pretend to be of one poster.
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
