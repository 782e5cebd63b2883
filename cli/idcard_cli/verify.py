"""`idcard verify`: the verdict on one code."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from idcard.verify import Card, Outcome, Refused, Verifier
from idcard_cli import codes, memory_file, terminal
from idcard_cli.command import Exit

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1
REPAIR = "Scan again; if it fails again, install the program anew."
_EXIT = {Outcome.REJECT: Exit.REJECT, Outcome.CANNOT_SAY: Exit.CANNOT_SAY}
_STYLE = {Outcome.REJECT: "red", Outcome.CANNOT_SAY: "yellow"}


class Moment(click.ParamType[datetime]):
    """A time like 2027-01-31T09:00:00Z; without a zone it is UTC, without a time of day noon."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("write a time like 2027-01-31T09:00:00Z, or a day like 2027-01-31", param, ctx)
        if len(value) == len("2027-01-31"):
            moment = moment.replace(hour=12)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def complete_class(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The venue classes of the trust file that stands on the command line already."""
    try:
        known = Verifier.open(ctx.params["trust"]).classes
    except (KeyError, TypeError, OSError, Refused):
        return []
    return [name for name in known if name.startswith(incomplete)]


@click.command()
@click.argument("code")
@click.option("--trust", type=click.Path(), help="A trust file, instead of the installed one.")
@click.option("--for", "venue_class", required=True, metavar="CLASS", shell_complete=complete_class,
              help="The kind of place, such as library.")  # fmt: skip
@click.option("--at", type=Moment(), metavar="TIME", help="Judge at this time instead of now.")
@memory_file.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object (specs/verify.md).")
def verify(
    code: str, trust: str | None, venue_class: str, at: datetime | None, as_json: bool, memory_path: "Path | None"
) -> int:
    """Say whether CODE is good for this kind of place.

    CODE is the text of a code, the name of a picture (PNG, JPEG, WebP) or text file, or - for standard input.

    \b
    Exit: 0 accept, 1 reject, 2 usage or unreadable file, 3 this computer cannot say

    \b
    Example:
      idcard verify codes/library.png --trust city.idtrust --for library
      idcard verify codes/library.png --for library
    """
    if at is not None and trust is None:
        raise click.UsageError("--at goes with --trust: the memory of this computer goes by the clock")
    now = at or datetime.now(UTC)
    verifier = None
    try:
        text = codes.read(code)
        verifier = _open(trust, memory_path, now)
        card = verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        _show_refusal(refused, venue_class, verifier, now, as_json=as_json)
        return _EXIT[refused.outcome]
    except (click.ClickException, OSError):
        raise
    except Exception:
        if as_json:
            _print_json("cannot-say", "internal-error", venue_class, message="The program failed.", remedy=REPAIR)
        raise
    if as_json:
        _print_json(
            "accept",
            None,
            venue_class,
            message="Accepted.",
            remedy="Compare the photo.",
            proven=list(card.proven),
            expires=card.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            trust_age_days=card.trust_age_days,
            stale=card.stale,
            environment=str(card.environment),
        )
    else:
        _show_card(card)
    return Exit.DONE


def _open(trust: str | None, memory_path: "Path | None", now: datetime) -> Verifier:
    if trust is not None:
        return Verifier.open(trust)
    return Verifier(memory_file.load(memory_file.find(memory_path), now))


def _show_card(card: Card) -> None:
    test = "  (test city)" if str(card.environment) == "test" else ""
    click.echo(
        f"{terminal.styled('ACCEPT', fg='green', bold=True)}  {card.venue_class}: {', '.join(card.proven)}{test}"
    )
    click.echo(f"Valid until {card.expires:%Y-%m-%d %H:%M} UTC. Trust file: {_age(card.trust_age_days)}.")
    if card.stale:
        click.echo("The trust file is due to be replaced: get the city's current one.")
    click.echo("Compare the photo: a code does not say whose card it is.")


def _age(days: int) -> str:
    return "made today" if days == 0 else f"{days} day{'s' if days > 1 else ''} old"


def _show_refusal(
    refused: Refused, venue_class: str, verifier: Verifier | None, now: datetime, *, as_json: bool
) -> None:
    outcome = refused.outcome.value
    if not as_json:
        word = terminal.styled(outcome.replace("-", " ").upper(), fg=_STYLE[refused.outcome], bold=True)
        click.echo(f"{word}  {refused.reason.value}")
        click.echo(terminal.printable(refused.message))
        click.echo(terminal.printable(refused.remedy))
        return
    about_trust = {}
    if verifier is not None:
        about_trust = {
            "trust_age_days": verifier.trust_age_days(now),
            "stale": verifier.is_stale(now),
            "environment": str(verifier.environment),
        }
    _print_json(
        outcome, refused.reason.value, venue_class, message=refused.message, remedy=refused.remedy, **about_trust
    )


def _print_json(outcome: str, reason: str | None, venue_class: str, **fields: Any) -> None:
    import json

    verdict = {
        "schema": SCHEMA,
        "outcome": outcome,
        "reason": reason,
        "message": "",
        "remedy": "",
        "class": venue_class,
        "proven": [],
        "expires": None,
        "trust_age_days": None,
        "stale": None,
        "environment": None,
    }
    click.echo(json.dumps(verdict | fields))
