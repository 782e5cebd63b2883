"""How slips become a PDF file, checked before one is made."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from idcard.city.plan import Plan
from idcard.errors import NeedsExtra
from idcard.printing.page import Paper

if TYPE_CHECKING:
    from idcard.printing.slip_pages import Sheet


def pages(plan: Plan, paper: Paper, language: str, used: Iterable[str]) -> "Callable[[Sequence[Sheet]], bytes]":
    """language: of slips that name none. used: all languages. Raises NeedsExtra without `print`, and MissingFont."""
    try:
        from idcard.printing import fonts, slip_pages
    except ImportError:
        raise NeedsExtra("making pages", "print") from None
    fonts.check(sorted({"en", *used}), [plan.name, plan.contact])
    return partial(slip_pages.pdf, plan=plan, paper=paper, language=language)
