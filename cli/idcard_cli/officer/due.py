"""`idcard due`: leads through everything that is due in a city, one command after the other."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from idcard.ceremony import agenda, rotation
from idcard.credential.calendar import DAY, as_day
from idcard.errors import IdcardError
from idcard_cli import clock, command, files, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.confirm import is_so, yes_option
from idcard_cli.officer import backup, city_folder, findings, publication, signers
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.publication import Copy, Underway


@click.command()
@click.argument("copies", nargs=-1, type=click.Path(path_type=Path), metavar="[DRAFT]...")
@city_folder.option
@click.option("--within", type=click.IntRange(0, findings.WARN_DAYS), default=findings.WITHIN_DAYS, show_default=True,
              metavar="DAYS", help="Do what is due in so many days, too.")  # fmt: skip
@click.option("--backup", "target", type=click.Path(path_type=Path), help="Folder of the backup, such as on a stick.")
@yes_option
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="For a test city with one passphrase.")
@signers.module_option
def due(
    copies: Sequence[Path],
    folder: Path,
    within: int,
    target: Path | None,
    yes: bool,
    passphrase_file: Path | None,
    module: str | None,
) -> None:
    """Do what is due, one step after the other: keys, kill notes, draft, signatures, pages, copies, backup.

    Each step is a command, which is shown before it runs and asks its own questions. Whatever ends in the middle goes
    on when you type the same line again. Where others must sign, it says what to carry to whom; name the copies that
    come back as DRAFT. Nothing is due for what `idcard doctor` lists without a date: do that by hand.

    \b
    Example:
      idcard due --city springfield --passphrase-file passphrase.txt
    """
    if target is not None and clock.stands():
        raise click.UsageError("a rehearsal makes no backup, which could replace the city's own: leave --backup out")
    secret = [] if passphrase_file is None else ["--passphrase-file", str(passphrase_file)]
    token = [] if module is None else ["--pkcs11-module", module]
    guide = _Guide(CityFolder(folder), within, ["--yes"] if yes else [], [*secret, *token])
    guide.lead(copies, target)


@dataclass(frozen=True, slots=True)
class _Guide:
    """within: days. yes, secret: options for the commands that take them. carry: what is to go to whom."""

    held: CityFolder
    within: int
    yes: Sequence[str]
    secret: Sequence[str]
    carry: list[str] = field(default_factory=list)

    def lead(self, copies: Sequence[Path], target: Path | None) -> None:
        underway = Underway(self.held)
        if copies:
            underway.merge(copies)
        complete = self._publish(underway) if self._is_expired() else True
        if complete:
            self._rotate()
        self._lock_up()
        complete = complete and self._publish(underway)
        if complete:
            self._make_pages(publication.copied(self.held))
        if target is not None:
            backup.store(self.held, target)
            click.echo(f"{target}: backup of all but the root and publishers' keys")
        elif self.carry:
            self.carry.append(f"to the backup: {self.held.path} (or idcard due --backup FOLDER)")
        self._report()

    def _run(self, *arguments: object) -> None:
        """Raises what the command raises."""
        line = [str(each) for each in arguments]
        shown = [each for each in line if each not in (*self.yes, *self.secret)]
        terminal.say(f"now: idcard {shlex.join(shown)}")
        command.cli.main(line, prog_name="idcard", standalone_mode=False)

    def _is_expired(self) -> bool:
        return seconds_now() >= self.held.trust().trust_list.exp

    def _rotate(self) -> None:
        """Make and destroy keys, on the token where the newest one is."""
        trust, now = self.held.trust(), seconds_now()
        plan = self.held.whole_plan(trust)
        past_use = [path for path in map(self.held.key_path, rotation.to_destroy(plan, now)) if path.exists()]
        if not rotation.missing(plan, now) and not past_use:
            return
        live = [path for key in plan.keys if rotation.is_live(key, now) and (path := self.held.key_path(key)).exists()]
        label = signers.token_of(live[-1]) if live else None
        token = [] if label is None else ["--token", label]
        self._run("key", "rotate", "--city", self.held.path, *token, *self.yes, *self.secret)

    def _lock_up(self) -> None:
        """Pages of kill notes, which stay until a person says that they are in the safe."""
        city = self.held.plan(self.held.trust())
        folder = self.held.path / "kill-notes"
        notes = [path for path in sorted(folder.glob("*.txt")) if not findings.is_orphan(path, city)]
        for note in notes:
            if not note.with_suffix(".html").exists():
                page = note.with_suffix(".html")
                self._run("trust", "poster", note, "--kill", "--city", self.held.path, "--out", page)
        if not notes:
            return
        pages = f"{len(notes)} page{'s' * (len(notes) != 1)}"
        terminal.say(f"print {folder}/*.html, {pages}: each into an envelope of its own, into the safe")
        if not is_so("Is all of it in the safe?"):
            self.carry.append(f"to the safe: {folder}/*.html, {pages}; then type this again, or remove notes and pages")
            return
        for note in notes:
            for path in (note.with_suffix(".html"), note):
                files.destroy(path)

    def _publish(self, underway: Underway) -> bool:
        """Publish what waits for it. Whether nothing is left: signatures may be missing."""
        within = self.within
        while True:
            if underway.is_published():
                self._finish(underway)
            underway.drop_if_stale()
            if underway.draft() is None:
                options = self._options_of_draft(within)
                if options is None:
                    return True
                city = ("--city", self.held.path, "--out", underway.path)
                self._run("trust", "draft", *city, *options, *self.yes)
            for key in list(underway.publishers_here()):
                named = ("--trust", self.held.trust_path, "--key", key)
                self._run("trust", "sign", underway.path, *named, *self.yes, *self.secret)
            if not underway.review().is_complete:
                self._send_round(underway)
                return False
            self._finish(underway)
            within = 0  # once is enough, however far ahead somebody looks

    def _options_of_draft(self, within: int) -> list[str] | None:
        """None if nothing is to be published in so many days."""
        trust, now = self.held.trust(), seconds_now()
        if now == trust.trust_list.issued:  # a list is dated by the second, and this one is published already
            return None
        plan, soon = self.held.plan(trust), now + within * DAY
        tasks = [
            task
            for task in agenda.tasks(plan, trust, now, self.held.waiting(trust, now))
            if task.due <= soon and task.how.startswith("idcard trust ")
        ]
        if not tasks and not agenda.needs_draft(plan, trust, now, 0):
            return None
        return ["--new-root"] if any(task.how.endswith("--new-root") for task in tasks) else []

    def _finish(self, underway: Underway) -> None:
        self._run("trust", "finish", underway.path, "--city", self.held.path)
        underway.path.unlink()

    def _send_round(self, underway: Underway) -> None:
        self.carry.append(
            f"to the holders of {underway.waiting()}: {underway.path} and {self.held.trust_path}. There:\n"
            f"    idcard venue update {self.held.trust_path.name}\n"
            f"    idcard trust sign {underway.path.name} --key FILE\n"
            f"  and with the copies that come back: idcard due --city {self.held.path} COPY..."
        )
        for need in underway.review().needs:
            if not need.is_met:
                click.echo(str(need))

    def _make_pages(self, copy: Copy) -> None:
        """For venues: what is new, where there was a list before; the first letter; the words, where they are new."""
        trust = self.held.trust()
        wanted: dict[str, list[object]] = {"letter": ["--first"]}
        if copy.before is None or copy.before[1].root.version != trust.root.version:
            wanted["board"] = ["--board"]
        if copy.before is not None:
            wanted["update"] = ["--from", copy.before[0]]
        new = [name for name in wanted if not copy.page(name).exists()]
        for name in new:
            try:
                self._run("trust", "poster", self.held.trust_path, *wanted[name], "--out", copy.page(name))
            except (IdcardError, click.UsageError) as problem:
                terminal.say(f"no page: {problem}")
        if new:
            made = {name for name in wanted if copy.page(name).exists()}
            page = f", or the page {copy.page('update')}" if "update" in made else ""
            self.carry.append(f"to every venue: {self.held.trust_path}{page}")
            self.carry.append(f"to venues that begin: {copy.page('letter')}, and the words by another way")
            if "board" in made:
                self.carry.append(f"to the board in the town hall: {copy.page('board')}")

    def _report(self) -> None:
        """What people carry; what is left for hands; what comes next."""
        if self.carry:
            click.echo("carry")
        for each in self.carry:
            click.echo("\n".join(terminal.printable(line) for line in f"  {each}".split("\n")))
        trust, now = self.held.trust(), seconds_now()
        plan = self.held.plan(trust)
        for finding in findings.of(self.held, plan, trust, now, self.within):
            if finding.urgent:
                click.echo(terminal.printable(f"NOW  {finding.what}"))
        task = agenda.tasks(plan, trust, now, self.held.waiting(trust, now))[0]
        if task.due > now:
            how = f" ({task.how})" if task.how else ""
            click.echo(f"next by {as_day(task.due)}: {task.what}{how}")
