"""The option for the language of sentences for clerks and holders. Names of reasons, JSON and files do not change."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from idcard_cli import terminal

Command = TypeVar("Command", bound=Callable[..., Any])


def _translation(ctx: click.Context, param: click.Parameter, value: str | None) -> Callable[[str], str]:
    if value in (None, "", "en"):
        return str
    from idcard import languages  # imported late: a verdict in English does not need it

    try:
        return languages.get(str(value)).translate
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from None


def option(command: Command) -> Command:
    """Adds `--language`; the command gets `translate`, which turns an English sentence into one of that language."""
    return click.option(
        "--language",
        "translate",
        metavar="CODE",
        envvar="IDCARD_LANGUAGE",
        callback=_translation,
        help="Language of the sentences, such as es (en).",
    )(command)


def say_unreviewed(translate: Callable[[str], str]) -> None:
    """On stderr, behind what was said in a language that nobody has checked."""
    if sentence := unreviewed(translate):
        terminal.say(terminal.as_clause(sentence))


def unreviewed(translate: Callable[[str], str]) -> str:
    """That no speaker has checked this translation, in its language; empty in English, or where one has."""
    return str(getattr(getattr(translate, "__self__", None), "unreviewed", ""))
