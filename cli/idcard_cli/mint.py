"""`idcard mint`: codes for one person."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from idcard import cose
from idcard.authority import combinations, rotation
from idcard.authority import handles as handles_format
from idcard.authority.counts import Counts, Entry
from idcard.authority.handles import Handles
from idcard.authority.key_file import KeyFileError
from idcard.authority.plan import IssuedClass, Plan
from idcard.authority.slip import SlipError
from idcard.credential import mint as minting
from idcard.credential import qr, record, signed, text
from idcard.credential.calendar import seconds
from idcard.credential.mint import Issuer
from idcard.credential.profile import Kind, Profile
from idcard.credential.record import BadRecord, Record
from idcard_cli import city_folder, files, signers, terminal
from idcard_cli.city import PASSPHRASES
from idcard_cli.city_folder import CityFolder
from idcard_cli.signers import Secrets

SCHEMA = 1
FORMATS = ("text", "svg", "png", "pdf")
WIDTH_MM = 30
_SIZED = {"svg", "pdf"}
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


@click.command(context_settings={"ignore_unknown_options": True})
@city_folder.option
@click.option("--for", "wanted", multiple=True, metavar="CLASS", help="Venue class; all of the city if not given.")
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="A field of the record, instead of stdin.")
@click.option("--handles", "handles_path", type=click.Path(path_type=Path),
              help="What idcard slip new made; used up by this.")  # fmt: skip
@click.option("--common", "common_path", type=click.Path(path_type=Path),
              help="What idcard privacy --common wrote: rare combinations are refused.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="New folder for one file a code.")
@click.option("--format", "formats", multiple=True, type=click.Choice(FORMATS), help="What --out holds (text).")
@click.option("--width", "width_mm", type=click.FloatRange(qr.MIN_WIDTH_MM, qr.MAX_WIDTH_MM), metavar="MM",
              help="Printed width of svg and pdf with the white border (30).")  # fmt: skip
@click.option("--terminal", "in_terminal", is_flag=True, help="Draw the codes in the terminal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--station", metavar="NAME", help="The counter, where stations have keys of their own.")
@signers.options
@click.argument("surplus", nargs=-1, metavar="")
def mint(
    surplus: Sequence[str],
    folder: Path,
    wanted: Sequence[str],
    fields: Sequence[str],
    handles_path: Path | None,
    common_path: Path | None,
    out: Path | None,
    formats: Sequence[str],
    width_mm: float | None,
    in_terminal: bool,
    as_json: bool,
    station: str | None,
    module: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Mint the codes of one person, from a record on standard input.

    The record is one JSON object with birth_date (1990-12-31) and the claims of the city's profiles, true or false.
    It is used and forgotten. Prints the venue class, a tab and the text of each code. A class for which the person
    does not qualify gets no code. Codes that can be cancelled need the handles of a slip, which goes to the holder
    before this.

    \b
    Example:
      idcard slip new --city springfield --handles handles.json
      echo '{"birth_date": "1990-12-31", "resident": true, "student": false}' |
        idcard mint --city springfield --passphrase-file passphrase.txt \\
          --handles handles.json --out codes --format png
    """
    if surplus:
        # What stands here is a piece of a record that lacked quotes; it is not repeated.
        raise click.UsageError("mint takes options only; put quotes around a value that has blanks")
    if out is not None:
        files.refuse_existing(out)
    elif formats:
        raise click.UsageError("--format says what --out holds; give --out too")
    if width_mm is not None and not set(formats) & _SIZED:
        raise click.UsageError("--width is the size of --format svg and pdf")
    if [out is not None, as_json, in_terminal].count(True) > 1:
        raise click.UsageError("give one of --out, --json and --terminal")
    if passphrase_fd == 0 and not fields:
        raise click.UsageError("--passphrase-fd 0 and the record would both be standard input")
    now = datetime.now().astimezone()
    held = CityFolder(folder)
    in_force = held.trust()
    city_plan = held.plan(in_force)
    classes = _classes(city_plan, wanted)
    handles = _handles(handles_path, city_plan, classes)
    common = None
    if common_path is not None:
        common = combinations.decode(files.read_text(common_path, combinations.MAX_SIZE), city_plan.scope)
    cancelled = held.ledger(in_force)
    given = _secrets(module, passphrase_file, passphrase_fd)
    person = _from_options(fields) if fields else record.decode(files.read_stdin(record.MAX_SIZE))

    codes: list[tuple[Profile, str]] = []
    minted = Counts()
    kinds = {each.profile.kind for each in classes}
    with _unlocked(held, city_plan, kinds, station, given, seconds(now)) as issuers:
        for each in classes:
            issuer = issuers[each.profile.kind]
            handle = None
            if each.profile.kind is Kind.REVOCABLE:
                assert handles is not None
                handle = handles.of(each.profile.venue_class, each.profile.expiry(seconds(now), issuer.quarter))
            code = minting.mint(person, each.profile, issuer, now=now, handle=handle, cancelled=cancelled)
            if code is not None and common is not None:
                combinations.check(signed.decode(text.decode(code)[1]).claims, each.profile, common)
            if code is not None:
                codes.append((each.profile, code))
                kid = cose.kid(issuer.signer.public_key).hex()
                minted[Entry(f"{now.astimezone(UTC):%Y-%m-%d}", kid, each.profile.venue_class)] += 1
            else:
                terminal.say(f"no code for {each.profile.venue_class}: the person does not qualify")
    if minted:
        # Before a code leaves: the count of a leaked key must never be too low.
        held.count(minted)
    if handles_path is not None:
        # Before a code leaves, too: two people with one handle would be taken for one, and be cancelled together.
        files.destroy(handles_path)
        if not any(profile.kind is Kind.REVOCABLE for profile, _ in codes):
            terminal.say("no code of this person has a handle: take the slip back, for it cancels nothing")
    if out is not None and codes:
        files.make_folder(out, dict(_drawn(codes, formats or ("text",), width_mm or WIDTH_MM)))
        for name in sorted(path.name for path in out.iterdir()):
            click.echo(out / name)
    elif as_json:
        found = [{"class": profile.venue_class, "text": code} for profile, code in codes]
        click.echo(json.dumps({"schema": SCHEMA, "codes": found}))
    else:
        for profile, code in codes:
            click.echo(f"{profile.venue_class}\t{code}")
            if in_terminal:
                click.echo(_symbol(profile, code).terminal(colour=terminal.colour()))


def _classes(city_plan: Plan, wanted: Sequence[str]) -> list[IssuedClass]:
    by_name = {each.profile.venue_class: each for each in city_plan.classes}
    for name in wanted:
        if name not in by_name:
            raise click.UsageError(f"the city has no venue class {name!r}; it has: {', '.join(by_name)}")
    return [by_name[name] for name in dict.fromkeys(wanted or by_name)]


def _handles(path: Path | None, city_plan: Plan, classes: Iterable[IssuedClass]) -> Handles | None:
    """Raises OSError, UsageError, SlipError."""
    names = [each.profile.venue_class for each in classes if each.profile.kind is Kind.REVOCABLE]
    if path is None:
        if names:
            raise click.UsageError(
                f"codes for {', '.join(names)} need the handles of a slip (idcard slip new), given with --handles"
            )
        return None
    if not names:
        # They would be used up for nothing, and the slip at home would cancel no code that there is.
        raise click.UsageError("none of these codes carries a handle: give --handles when one is minted that does")
    if not os.path.lexists(path):
        raise click.UsageError(f"{path} is not there, and mint uses handles up: make a new slip (idcard slip new)")
    if path.is_symlink() or not path.is_file():
        raise click.UsageError(f"{path} is not a file, and handles are used up by mint: name the file itself")
    handles = handles_format.decode(files.read_text(path, handles_format.MAX_SIZE))
    if handles.scope != city_plan.scope:
        scope = handles.scope
        raise SlipError(f"{path}: these handles are of the {scope.environment} city {scope.city}: make a new slip")
    return handles


def _from_options(fields: Iterable[str]) -> Record:
    """FIELD=yes, FIELD=no or birth_date=1990-12-31. An error names the field, never the value."""
    found: dict[str, Any] = {}
    for item in fields:
        name, equals, value = item.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError("--set takes FIELD=VALUE")
        if name in found:
            raise BadRecord(name, "is given twice")
        found[name] = _YES_NO.get(value.lower(), value)
    return Record(found)


@contextmanager
def _unlocked(
    held: CityFolder, city_plan: Plan, kinds: set[Kind], station: str | None, given: Secrets, now: int
) -> Iterator[dict[Kind, Issuer]]:
    """The issuing keys that sign now, as long as the context lasts."""
    planned = {kind: rotation.active(city_plan, kind, station, now) for kind in kinds}
    with ExitStack() as stack:
        issuers = {}
        for kind, key in planned.items():
            path = held.key_path(key)
            private = stack.enter_context(signers.opened(path, given, "the issuing keys"))
            if private.signer.public_key != key.key or private.environment is not city_plan.scope.environment:
                raise KeyFileError(f"{path} is not the key that the plan names")
            issuers[kind] = rotation.issuer_of(key, private.signer, private.environment)
        yield issuers


def _secrets(module: str | None, passphrase_file: Path | None, passphrase_fd: int | None) -> Secrets:
    """One line is the passphrase; of five, as for `city init`, the last."""
    given = signers.secrets(module, passphrase_file, passphrase_fd)
    if given.lines is not None and len(given.lines) not in (1, PASSPHRASES):
        raise click.UsageError(f"give the passphrase of the issuing keys, or the {PASSPHRASES} lines of `city init`")
    return given if given.lines is None else Secrets(given.lines[-1:], module)


def _drawn(
    codes: Iterable[tuple[Profile, str]], formats: Sequence[str], width_mm: float
) -> Iterable[tuple[str, bytes]]:
    for profile, code in codes:
        name = profile.venue_class
        if "text" in formats:
            yield f"{name}.txt", f"{code}\n".encode("ascii")
        if set(formats) == {"text"}:
            continue  # to draw costs more than to mint
        symbol = _symbol(profile, code)
        if _SIZED & set(formats) and (dots := symbol.dots_a_module(width_mm=width_mm)) < qr.LEAST_DOTS:
            terminal.say(
                f"{name}: {width_mm:g} mm give {dots:.1f} dots a module at {qr.CARD_PRINTER_DPI} dpi, and fewer than "
                f"{qr.LEAST_DOTS} are read less often: print it larger"
            )
        for form in dict.fromkeys(formats):
            match form:
                case "png":
                    yield f"{name}.png", symbol.png()
                case "svg":
                    yield f"{name}.svg", symbol.svg(width_mm=width_mm)
                case "pdf":
                    yield f"{name}.pdf", symbol.pdf(width_mm=width_mm)


def _symbol(profile: Profile, code: str) -> qr.Symbol:
    return qr.draw(code, level=profile.level, max_version=profile.max_version)
