"""Until when a code is valid, in words: the last whole month."""

from idcard.credential.calendar import month_of
from idcard.errors import translatable
from idcard.languages import Language
from idcard.printing import page_text

_TO_THE_END_OF = (
    translatable("Valid to the end of January {year}."),
    translatable("Valid to the end of February {year}."),
    translatable("Valid to the end of March {year}."),
    translatable("Valid to the end of April {year}."),
    translatable("Valid to the end of May {year}."),
    translatable("Valid to the end of June {year}."),
    translatable("Valid to the end of July {year}."),
    translatable("Valid to the end of August {year}."),
    translatable("Valid to the end of September {year}."),
    translatable("Valid to the end of October {year}."),
    translatable("Valid to the end of November {year}."),
    translatable("Valid to the end of December {year}."),
)
"""A sentence each: languages write the name of a month differently in one."""


def in_words(exp: int, language: Language) -> str:
    """exp: of a code, at noon on the first of a month; the whole month before it is the last."""
    year, number = divmod(month_of(exp) - 1, 12)
    return page_text.filled(language, _TO_THE_END_OF[number], year=str(year))
