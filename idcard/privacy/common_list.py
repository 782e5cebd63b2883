"""Makes the list of common combinations (specs/privacy.md, Common combinations)."""

from collections import Counter
from collections.abc import Callable

from idcard.city.combinations import Combination, CombinationsError, Common
from idcard.credential.calendar import Quarter
from idcard.privacy.figures import DEFAULT_K, reduced
from idcard.privacy.population import Appearance, CardKind, Gaps, Population


def common(population: Population, k: int = DEFAULT_K) -> Common:
    """The combinations of at least k cards in each quarter. Raises CombinationsError if the input has gaps."""
    _refuse_gaps(population.gaps)
    city, quarters = population.city, _whole_quarters(population)
    ways: list[tuple[str, tuple[str, ...], Callable[[CardKind], Appearance | None]]] = [
        *((profile.venue_class, (), _issued(at)) for at, profile in enumerate(city.profiles)),
        *((drop.profile.venue_class, drop.names, reduced(index)) for index, (_, drop) in enumerate(city.drops)),
    ]
    found: set[Combination] = set()
    for name, without, code in ways:
        claimed: dict[Combination, Counter[Quarter]] = {}
        for card, count in population.cards.items():
            if (view := code(card)) is not None:
                said = Combination(name, frozenset(without), view.flags, view.age, view.age_from is not None)
                claimed.setdefault(said, Counter())[view.key.quarter] += count
        # A quarter without cards is not in the counter, and counts as 0.
        found |= {said for said, by in claimed.items() if min((by[each] for each in quarters), default=0) >= k}
    return Common(city.plan.scope, k, frozenset(found))


def _refuse_gaps(gaps: Gaps) -> None:
    """Raises CombinationsError: a card counted twice or in a wrong quarter makes rare combinations look common."""
    if gaps.undated:
        verb, whose = ("lacks", "its") if gaps.undated == 1 else ("lack", "their")
        raise CombinationsError(
            f"{gaps.undated:,} of {gaps.records:,} records {verb} {whose} day, 'made', "
            "and a list of common combinations needs it of each"
        )
    if gaps.repeated:
        verb = "handle stands" if gaps.repeated == 1 else "handles stand"
        raise CombinationsError(
            f"{gaps.repeated:,} {verb} in more than one code, so no list of common combinations is made: "
            "give each code once"
        )


def _whole_quarters(population: Population) -> list[Quarter]:
    """The quarters from the first to the last in which a card of any class was made.

    The input may contain only a part of these two, so they do not count if there are others.
    """
    made = {view.key.quarter for card in population.cards for view in card.appearances if view is not None}
    if not made:
        return []
    quarters = [min(made)]
    while quarters[-1] < max(made):
        quarters.append(quarters[-1].next())
    return quarters[1:-1] or quarters


def _issued(at: int) -> Callable[[CardKind], Appearance | None]:
    return lambda card: card.appearances[at]
