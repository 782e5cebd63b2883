"""Asks the clerk for the record of one person: only what the profiles need, with no default answers."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from idcard.city.profile import Profile
from idcard.city.record import BIRTH_DATE, age_on
from idcard.city.written_date import NotADate, WrittenDate
from idcard.credential.claims import FLAGS
from idcard_cli.counter.window import Window

LEAST_AGE, MOST_AGE = 1, 110
"""A date outside these ages is probably a typing error, and must be typed twice."""
PLAIN = WrittenDate.like("1990-12-31")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
GIVE_UP = "q"


class GivenUp(Exception):
    """The clerk gives up this person."""


def record(window: Window, profiles: Sequence[Profile], today: date, form: WrittenDate = PLAIN) -> dict[str, Any]:
    """The fields of a record. form: of days, as clerks write them. Raises GivenUp, KeyboardInterrupt."""
    said: dict[int, bool] = {}
    while (number := next_flag(profiles, said)) is not None:
        said[number] = _is_yes(window, FLAGS[number].replace("_", " ").capitalize())
    # The other flags belong only to profiles whose codes this person does not get.
    fields: dict[str, Any] = {FLAGS[each]: said.get(each, False) for profile in profiles for each in profile.flags}
    if needs_birth_date(profiles, said):
        fields[BIRTH_DATE] = _birth_date(window, today, form).isoformat()
    return fields


def next_flag(profiles: Sequence[Profile], said: Mapping[int, bool]) -> int | None:
    """Key of FLAGS to ask for next; None if no answer would change anything. said: the answers so far."""
    for number in FLAGS:
        if number not in said and any(
            number in profile.flags and all(said.get(each, True) for each in profile.flags) for profile in profiles
        ):
            return number
    return None


def needs_birth_date(profiles: Sequence[Profile], said: Mapping[int, bool]) -> bool:
    """Whether, after these answers, a code depends on the age."""
    return any(profile.ages and all(said.get(each, False) for each in profile.flags) for profile in profiles)


def read_date(typed: str, today: date, form: WrittenDate = PLAIN) -> date:
    """A day up to today, written in this form. Raises ValueError with a sentence for the clerk."""
    if form is PLAIN and _DATE.fullmatch(typed) is None:
        raise ValueError("Write it like 1990-12-31: year, month, day.")
    try:
        born = form.read(typed)
    except NotADate as problem:
        if problem.is_in_form:
            raise ValueError("There is no such day.") from None
        raise ValueError(f"Write it like {form.example}, which is 31 December 1990.") from None
    if born > today:
        raise ValueError("That day is still to come.")
    return born


def _birth_date(window: Window, today: date, form: WrittenDate) -> date:
    unlikely = None
    while True:
        typed = _ask(window, f"Birth date, written like {form.example}")
        try:
            born = read_date(typed, today, form)
        except ValueError as problem:
            window.say(str(problem))
            continue
        age = age_on(born, today)
        if not LEAST_AGE <= age <= MOST_AGE and born != unlikely:
            unlikely = born
            window.say(f"That would be {_years(age)} old. If it is right, type it once more.")
        elif _is_yes(window, f"{born.day} {born:%B} {born.year}, {_years(age)} old. Right?"):
            return born


def _years(age: int) -> str:
    return f"{age} year{'s' * (age != 1)}" if age else "not a year"


def _is_yes(window: Window, question: str) -> bool:
    while True:
        match _ask(window, f"{question} (y/n)").lower():
            case "y" | "yes":
                return True
            case "n" | "no":
                return False
        window.say("Type y or n, and Enter.")


def _ask(window: Window, question: str) -> str:
    answer = window.ask(question)
    if answer.lower() == GIVE_UP:
        raise GivenUp
    return answer
