"""Reports to officers how close a trust file is to the limits of venues (specs/trust.md, Size)."""

from dataclasses import dataclass

from idcard.credential.claims import HANDLE_SIZE
from idcard.trust import trust_file

RESERVE = 1 << 15
"""Bytes of a trust file that new cancellations leave free, so that a new root, new keys and kill notes always fit."""


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit is used. what: the unit. advice: what it means, and what to do.

    Reported at half and at four fifths, which leaves years and months to change something.
    """

    used: int
    most: int
    what: str
    advice: str

    @property
    def is_half(self) -> bool:
        return 2 * self.used >= self.most

    @property
    def is_four_fifths(self) -> bool:
        return 5 * self.used >= 4 * self.most

    def __str__(self) -> str:
        percent = 100 * self.used // self.most
        return f"the trust file has {self.used:,} of at most {self.most:,} {self.what}, {percent} %: {self.advice}"


def told(size: int, roots: int) -> tuple[Use, ...]:
    """The limits of which a trust file with so many bytes and roots uses half or more."""
    fit = max(0, trust_file.MAX_SIZE - RESERVE - size) // HANDLE_SIZE
    uses = (
        Use(
            size,
            trust_file.MAX_SIZE,
            "bytes",
            f"each cancellation takes {HANDLE_SIZE}, so {fit:,} more fit; they leave with their codes, so a shorter "
            "life of the codes that can be cancelled makes room",
        ),
        Use(
            roots,
            trust_file.MAX_ROOTS,
            "roots",
            f"{max(0, trust_file.MAX_ROOTS - roots)} more fit, and after that you must found the city again",
        ),
    )
    return tuple(use for use in uses if use.is_half)


def excess(size: int, roots: int, *, has_new: bool = False) -> str:
    """Why a trust file of so many bytes and roots cannot be published, and what to do; empty if it can.

    has_new: whether it has cancellations that the one before has not; such a file leaves RESERVE bytes free.
    """
    most = trust_file.MAX_SIZE - (RESERVE if has_new else 0)
    if size > most:
        kept = f", of which {RESERVE:,} are kept for new roots, keys and kill notes" if has_new else ""
        return (
            f"the trust file would have {size:,} bytes, and venues read at most {trust_file.MAX_SIZE:,}{kept}: "
            f"{size - most:,} too many, and each cancellation takes {HANDLE_SIZE}; idcard ledger show "
            "says when how many leave; until then idcard trust renew keeps venues in date, and idcard trust draft "
            "--published-only changes what has to be changed"
        )
    if roots > trust_file.MAX_ROOTS:
        return (
            f"the trust file would have {roots} roots, and venues read at most {trust_file.MAX_ROOTS}: "
            "found the city anew"
        )
    return ""
