"""Options that say how a table words what idcard asks for (specs/batch.md, Tables)."""

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from typing import Any, TypeVar

import click

from idcard.city.office_table import Wording
from idcard.city.written_date import NoSuchForm, WrittenDate

Command = TypeVar("Command", bound=Callable[..., Any])


def date_option(command: Command) -> Command:
    """Adds --date, which the command gets as `date_form`."""

    @wraps(command)
    def gathered(*arguments: Any, date: str | None, **given: Any) -> Any:
        return command(*arguments, date_form=None if date is None else _form(date), **given)

    whole: Any = gathered
    found: Command = click.option("--date", metavar="31.12.1990", help="How you write 31 December 1990 (1990-12-31).")(
        whole
    )
    return found


def options(known: Collection[str]) -> Callable[[Command], Command]:
    """Adds --column and --date, which the command gets as `wording`. known: fields that a column may have."""

    def added(command: Command) -> Command:
        @wraps(command)
        def gathered(*arguments: Any, columns: Sequence[str], date: str | None, **given: Any) -> Any:
            return command(*arguments, wording=_wording(columns, date, known), **given)

        column = click.option("--column", "columns", multiple=True, metavar="FIELD=NAME",
                              help="What the table calls a field, as birth_date=Geburtsdatum.")  # fmt: skip
        example = click.option("--date", metavar="31.12.1990",
                               help="How the table writes 31 December 1990 (1990-12-31).")  # fmt: skip
        whole: Any = column(example(gathered))
        found: Command = whole
        return found

    return added


def _wording(columns: Sequence[str], date: str | None, known: Collection[str]) -> Wording:
    """Raises UsageError."""
    found: dict[str, str] = {}
    for each in columns:
        field, equals, name = (part.strip() for part in each.partition("="))
        if not equals or not name:
            raise click.UsageError("write --column as FIELD=NAME, such as --column birth_date=Geburtsdatum")
        if field not in known:
            raise click.UsageError(f"--column has no field {field!r}; there are: {', '.join(sorted(known))}")
        if field in found or name in found.values():
            raise click.UsageError(f"--column names {field} twice, or one column for two fields")
        found[field] = name
    return Wording(found, None if date is None else _form(date))


def _form(date: str) -> WrittenDate:
    try:
        return WrittenDate.like(date)
    except NoSuchForm as problem:
        raise click.UsageError(f"--date: {problem}") from None
