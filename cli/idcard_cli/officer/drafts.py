"""Drafts as a ceremony reads and shows them, and what it says of the list in force (specs/keys.md, Ceremony)."""

from pathlib import Path

import click

from idcard.ceremony import drafting, limits
from idcard.ceremony.drafting import Draft, Review
from idcard.city.plan import Plan
from idcard.credential.calendar import DAY, as_day, as_time
from idcard.trust import cancellations
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard_cli import clock, files, terminal
from idcard_cli.confirm import confirm
from idcard_cli.fingerprint import fingerprint_groups, fingerprint_words
from idcard_cli.trust_in_words import difference


def read(path: Path) -> Draft:
    """Raises OSError, UsageError, DraftError; also for a draft of a rehearsal, outside of one."""
    made = drafting.decode(files.read(path, drafting.MAX_SIZE))
    if made.rehearsed and not clock.stands():
        raise click.UsageError(f"{path} is of a rehearsal, and counts nowhere else: sign and finish it with --at TIME")
    return made


def show(made: Draft, in_force: Trust) -> Review:
    """What changes, and who has signed."""
    reviewed = drafting.review(made, in_force)
    cancelled = cancellations.decode(made.cancellations)
    city_root = in_force.root
    click.echo(
        terminal.printable(
            f"{city_root.name} ({city_root.scope.city}, {city_root.scope.environment}), "
            f"fingerprint {fingerprint_groups(in_force.fingerprint)}"
        )
    )
    click.echo(f"in words    {fingerprint_words(in_force.fingerprint)}")
    for sentence in difference(in_force, reviewed.root, reviewed.trust_list, cancelled):
        click.echo(terminal.printable(sentence))
    show_needs(reviewed)
    return reviewed


def show_needs(reviewed: Review) -> None:
    for need in reviewed.needs:
        click.echo(str(need))


def tell_limits(size: int, roots: int) -> None:
    for use in limits.told(size, roots):
        terminal.say(str(use))


def warn_of_short_life(city_plan: Plan, root: Root, exp: int, now: int) -> None:
    if exp < now + city_plan.timing.reserve * DAY:
        terminal.say(
            f"root {root.version} expires so soon that venues may be left without a trust file: draft a new root "
            "(idcard trust draft --new-root)"
        )


def ask_about_date(in_force: Trust, now: int, *, yes: bool) -> None:
    """Ask if the list has expired or is from the future: with a wrong clock, no venue could use the next one."""
    exp = in_force.trust_list.exp
    if now >= exp:
        terminal.say(
            f"the trust list in force expired on {as_day(exp)}, and this computer says that it is {as_day(now)}"
        )
        confirm("Is the date right?", yes=yes)
    elif say_future(in_force, now):
        confirm("Is the date right?", yes=yes)


def say_future(in_force: Trust, now: int) -> bool:
    """Whether the list in force is from the future; if so, report both dates: only a person knows the right one."""
    issued = in_force.trust_list.issued
    if now < issued:
        terminal.say(
            f"the trust list in force is of {as_time(issued)}, and this computer says that it is {as_time(now)}: "
            "one of the two is wrong. If it is the list, the next one will have an earlier date, and venues accept it"
        )
    return now < issued
