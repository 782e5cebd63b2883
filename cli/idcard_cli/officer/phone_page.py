"""`idcard phone-page`: the folder that a city puts on its web server (specs/page.md, The folder)."""

import os
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import click

from idcard import languages
from idcard.credential.calendar import as_day, seconds
from idcard.credential.text import Environment
from idcard.errors import NeedsExtra, Refused
from idcard.printing.page import City, Paper
from idcard.trust import trust_file
from idcard.trust.trust_file import Trust
from idcard.verify import memory
from idcard_cli import clock, files, terminal
from idcard_cli.fingerprint import fingerprint_groups, fingerprint_words
from idcard_cli.officer import page_folder

_ADDRESS = re.compile(r"(https://(?=[^:/]{1,100}(?:[:/]|$))[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?)/?")
"""Capitals mean the same in it, so its code needs no other letters and stays coarse enough for any phone."""


@click.command()
@click.option("--trust", "trust_path", required=True, type=click.Path(path_type=Path), help="The city's trust file.")
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="Folder to make, or one that this command made.")  # fmt: skip
@click.option("--address", help="Where the page will be, such as https://cards.example.org/.")
@click.option("--poster", "poster_path", type=click.Path(path_type=Path),
              help="New PDF file to print, with the address and the words; needs --address.")  # fmt: skip
@click.option("--paper", type=click.Choice([each.value for each in Paper]), help="What --poster is printed on (a4).")
@click.option("--language", type=click.Choice(languages.CODES), help="What --poster is written in (en).")
def phone_page(
    trust_path: Path, out: Path, address: str | None, poster_path: Path | None, paper: str | None, language: str | None
) -> None:
    """Make the page with which venues check cards on a phone: a folder for a web server.

    It needs a host name of its own, with nothing else on it and no analytics, and HTTPS. READ ME.txt in the folder
    says the rest.

    \b
    Example:
      idcard phone-page --trust springfield/city.idtrust --out page
    """
    if (address is None) is not (poster_path is None) or (poster_path is None and (paper or language)):
        raise click.UsageError("--poster and --address belong together; --paper and --language say how it is printed")
    built = _built()
    file = files.read_to_judge(trust_path, trust_file.MAX_SIZE)
    now = clock.now().astimezone(UTC)
    held = memory.install(file, fingerprint=None, now=now).trust
    _check_replaceable(out)
    _check_not_older(out, file, now)
    poster = None
    if poster_path is not None and address is not None:
        files.refuse_existing(poster_path)
        poster = _poster(_checked(address), held, Paper(paper or Paper.A4), language or "en")
    _put(out, page_folder.contents(built, file, held))
    if poster is not None and poster_path is not None:
        files.create(poster_path, poster, mode=0o644)
        click.echo(terminal.printable(f"{poster_path}: the poster with the address, to print"))
    click.echo(terminal.printable(f"{out}: put all of it on a web server; {out / 'READ ME.txt'} says how"))
    click.echo(f"fingerprint {fingerprint_groups(held.fingerprint)}")
    click.echo(f"in words    {fingerprint_words(held.fingerprint)}")
    _say_age(held, seconds(now))


def _built() -> dict[str, bytes]:
    """The files of the built page, which a released wheel brings along. Raises UsageError."""
    folder = resources.files("idcard") / "page"
    found = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()} if folder.is_dir() else {}
    if not found:
        raise click.UsageError(
            "the page is not built here: a released wheel has it; in a copy of the source, run `make page`, "
            "which downloads what it needs"
        )
    return found


def _checked(address: str) -> str:
    """https, a host name and a slash. Raises UsageError."""
    found = _ADDRESS.fullmatch(address.lower())
    if found is None:
        raise click.UsageError(
            "the address of the page is https:// and a host name of its own, in ASCII, such as "
            "https://cards.example.org/"
        )
    return f"{found[1]}/"


def _poster(address: str, held: Trust, paper: Paper, language: str) -> bytes:
    """Raises NeedsExtra, and CannotPrint."""
    try:
        from idcard.printing import address_pages, fonts
    except ImportError:
        raise NeedsExtra("making pages", "print") from None
    root, words = held.root, fingerprint_words(held.fingerprint)
    city = City(root.name, held.trust_list.contact, test=root.scope.environment is Environment.TEST)
    fonts.check(sorted({"en", language}), [city.name, city.contact])
    return address_pages.pdf(address, words, city, paper=paper, language=language)


def _say_age(held: Trust, now: int) -> None:
    if now >= held.trust_list.exp:
        terminal.say(f"this trust file expired on {as_day(held.trust_list.exp)}: phones cannot check with it")
    elif held.is_stale(now):
        terminal.say("this trust file is due to be replaced: better make the page with the next one")


# ---- the folder ----


def _check_replaceable(folder: Path) -> None:
    """Raises UsageError unless nothing is there, or an empty folder, or one that this command made."""
    files.check_name(folder)
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise click.UsageError(f"{folder} is there and is no folder; name another")
    there = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    }
    sums = folder / page_folder.SUMS
    known = page_folder.named_in(sums.read_bytes()) if sums.is_file() else frozenset()
    of_page = {page_folder.INDEX, page_folder.SERVICE, page_folder.MANIFEST}  # others have a SHA256SUMS, too
    if there and not (there <= known and of_page <= known):
        raise click.UsageError(f"{folder} has files that are not of such a page; name another folder")


def _check_not_older(folder: Path, file: bytes, now: datetime) -> None:
    """Raises UsageError where the folder has a newer trust file, or one of another city."""
    there = folder / page_folder.TRUST
    if not there.exists():
        return
    try:
        before = memory.install(files.read_to_judge(there, trust_file.MAX_SIZE), fingerprint=None, now=now)
    except Refused:
        return  # damaged, or its root has expired: any good file is better
    try:
        memory.update(before, file, now=now)
    except Refused:
        raise click.UsageError(
            f"{there} is newer than the file of --trust, or of another city: take the newest trust file, or name "
            "another folder"
        ) from None


def _put(folder: Path, contents: Mapping[str, bytes]) -> None:
    """The folder with these files, which a web server may read: whole, or as it was. Raises OSError."""
    files.make_missing(folder.parent)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        new, old = Path(beside, "new"), Path(beside, "old")
        files.make_folder(new, contents, modes=dict.fromkeys(contents, 0o644))
        for each in (new, *(path for path in new.iterdir() if path.is_dir())):
            each.chmod(0o755)
        with files.uninterrupted():
            if folder.exists():
                folder.rename(old)
            try:
                new.rename(folder)
            except OSError:
                if old.exists():
                    old.rename(folder)
                raise
            files.sync_folder(folder.parent)
