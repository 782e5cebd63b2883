"""A history of a city and of seven venues, drawn from one number."""

from collections import Counter
from collections.abc import Callable, Sequence

from ceremony import simulation
from ceremony.harm import Mended, Robbed
from ceremony.simulation import Venue

from idcard.city.plan import Timing

KINDS: tuple[type[Venue], ...] = (*[Venue] * 5, Mended, Robbed)
"""By the number of the venue."""


def run(
    seed: int,
    *,
    rules: str = simulation.RULES,
    venues: Sequence[int] = range(len(KINDS)),
    list_life: Callable[[Timing], int] | None = None,
) -> Counter[str]:
    """One history: how often something happened in it. Raises Broken for the first of these rules that does not hold.

    venues: those that are looked at. list_life: V, where it is not to be drawn, from the other times.
    """
    history = simulation.City(seed, rules, list_life)
    history.live()
    for number in venues:
        KINDS[number](history, number).live()
    return history.seen
