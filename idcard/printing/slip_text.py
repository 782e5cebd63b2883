"""What the page of a slip tells its holder (specs/handles.md, The slip). However the page is made, it says this."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from idcard.errors import translatable


@dataclass(frozen=True, slots=True)
class Said:
    """A heading or a paragraph. sentence: in English, with places for the values, which are of no language."""

    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)
    heading: bool = False


ABOVE = (
    Said(translatable("Slip for a lost card"), heading=True),
    Said(translatable("Keep this paper at home, apart from your card. Show it to nobody but the card office.")),
)
"""Before the slip itself."""


def below(contact: str, revocable: Sequence[str], cohort: Sequence[str], day: str) -> Iterator[Said]:
    """After the slip. contact: of the city. revocable, cohort: names of classes. day: on which its last code ends."""
    # Names of classes stay as they are printed beside the codes.
    cancelled, shared = (", ".join(map(str.upper, names)) for names in (revocable, cohort))
    yield Said(translatable("If your card is lost"), heading=True)
    yield Said(
        translatable(
            "Call the card office and read out the letters above, or bring this paper. "
            "You need not say who you are. {contact}"
        ),
        {"contact": contact},
    )
    yield Said(translatable("This cancels your codes for: {classes}."), {"classes": cancelled})
    if shared:
        yield Said(
            translatable(
                "Your codes for {classes} are the same as those of many other people. They name nobody, "
                "cannot be cancelled for one person, and end by themselves."
            ),
            {"classes": shared},
        )
    yield Said(translatable("If this paper is lost"), heading=True)
    yield Said(
        translatable(
            "The city has no list of cards and cannot make this paper again. Ask for a new card and a new slip, "
            "and bring the old card: it can be cancelled while you have it."
        )
    )
    yield Said(translatable("If card and paper are both lost"), heading=True)
    yield Said(
        translatable("Then nobody can cancel the codes. They live until they end, and clerks compare the photo.")
    )
    yield Said(translatable("What this paper cancels ends on {day} at the latest; then throw it away."), {"day": day})
