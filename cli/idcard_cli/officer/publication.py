"""A publication on its way: the draft in the city's folder, who has to sign it, and what is made for venues."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from idcard import cose
from idcard.ceremony import drafting
from idcard.ceremony.drafting import Draft, Review
from idcard.city.plan import Plan
from idcard.credential.calendar import as_day
from idcard.errors import IdcardError
from idcard.trust import trust_file, trust_list
from idcard.trust.public_key import KeyKind
from idcard.trust.trust_file import Trust
from idcard_cli import files, terminal
from idcard_cli.officer import drafts, signers
from idcard_cli.officer.backup import PUBLISHED
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.staging import PUBLIC

DRAFT_FILE = "next.iddraft"


@dataclass(frozen=True, slots=True)
class Underway:
    """The draft that a city's folder holds until it is published."""

    held: CityFolder

    @property
    def path(self) -> Path:
        return self.held.path / DRAFT_FILE

    def draft(self) -> Draft | None:
        """None where there is none. Raises OSError, DraftError."""
        return drafts.read(self.path) if self.path.exists() else None

    def is_published(self) -> bool:
        """Whether it is the list in force: then only the plan is still to be written."""
        made = self.draft()
        return made is not None and made.trust_list_digest == self.held.trust().list_digest

    def drop_if_stale(self) -> None:
        """Remove a draft that nobody may publish any more; the next one is made from the plan as it is."""
        made, in_force = self.draft(), self.held.trust()
        if made is None:
            return
        if made.base != in_force.list_digest:
            terminal.say(f"{self.path} was made from another trust file than the one in force, and is removed")
        elif _trusts_distrusted(made, self.held.plan(in_force)):
            terminal.say(f"{self.path} was made before a key was distrusted, and is removed")
        else:
            return
        self.path.unlink()

    def merge(self, copies: Sequence[Path]) -> None:
        """Put the signatures of copies into the draft. Raises UsageError, DraftError."""
        made = self.draft()
        if made is None:
            raise click.UsageError(f"there is no draft {self.path} to which these copies belong")
        merged = drafting.merge([made, *map(drafts.read, copies)], self.held.trust())
        files.replace(self.path, drafting.encode(merged), PUBLIC)

    def review(self) -> Review:
        """Raises DraftError."""
        made = self.draft()
        assert made is not None
        return drafting.review(made, self.held.trust())

    def unsigned(self) -> frozenset[bytes]:
        """Keys whose signature is still of use."""
        unmet = [need for need in self.review().needs if not need.is_met]
        return frozenset(key for need in unmet for key in need.role.keys if key not in need.signed)

    def publishers_here(self) -> Iterator[Path]:
        """Publishers' key files in the folder that have still to sign."""
        for path in sorted((self.held.path / "keys").glob("*.key")):
            found = signers.public_of(path)
            if found is not None and found.kind is KeyKind.PUBLISHER and found.key in self.unsigned():
                yield path

    def waiting(self) -> str:
        """Names of the keys whose holders are still to be visited."""
        return ", ".join(sorted(cose.kid(key).hex() for key in self.unsigned()))


def _trusts_distrusted(made: Draft, plan: Plan) -> bool:
    trusted = {key.key for key in trust_list.decode(made.trust_list).keys if not key.compromised}
    return any(key.distrusted and key.key in trusted for key in plan.keys)


@dataclass(frozen=True, slots=True)
class Copy:
    """The trust file in force among those that were published. before: the newest of the others, if there is one."""

    path: Path
    before: tuple[Path, Trust] | None

    def page(self, name: str) -> Path:
        """Beside it: a page that belongs to it."""
        return self.path.with_name(f"{self.path.stem}-{name}.html")


def copied(held: CityFolder) -> Copy:
    """Keep a copy of the trust file in force, once. Raises OSError."""
    data, trust = held.trust_bytes(), held.trust()
    folder = held.path / PUBLISHED
    others = [each for each in sorted(folder.glob("*.idtrust")) if files.read(each, trust_file.MAX_SIZE) != data]
    same = [each for each in sorted(folder.glob("*.idtrust")) if each not in others]
    path = same[0] if same else _free(folder, f"{as_day(trust.trust_list.issued)}-list-{trust.trust_list.version}")
    if not same:
        files.make_missing(folder)
        files.create(path, data, PUBLIC)
    return Copy(path, max(_readable(others), key=lambda each: _order(each[1]), default=None))


def _free(folder: Path, stem: str) -> Path:
    """A kill note makes another file of the same list."""
    names = (folder / f"{stem}{'' if number == 1 else f'-{number}'}.idtrust" for number in range(1, 1000))
    return next(name for name in names if not name.exists())


def _readable(paths: Sequence[Path]) -> Iterator[tuple[Path, Trust]]:
    for path in paths:
        try:
            yield path, trust_file.decode(files.read(path, trust_file.MAX_SIZE))
        except IdcardError as problem:
            terminal.say(f"{path}: {problem}")


def _order(trust: Trust) -> tuple[int, int, int]:
    return trust.root.version, trust.trust_list.version, len(trust.kill_notes)
