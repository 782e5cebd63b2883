"""`idcard demo`: found a made-up city, mint its cards and check them."""

import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from idcard.ceremony import founding, rotation
from idcard.ceremony.founding import DEFAULT_CLASSES, FoundingKeys
from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.city.record import Record
from idcard.credential import names, signed, text
from idcard.credential.calendar import seconds
from idcard.credential.scope import Scope
from idcard.issuing import minting, slips
from idcard.issuing.minting import Issuer
from idcard.keys.signer import SeedSigner
from idcard.symbol import qr
from idcard.verify import Card, Reason, Refused, Verifier
from idcard_cli import codes, files, terminal

TRUST_FILE = "city.idtrust"
_SCOPE = Scope(text.Environment.TEST, "rivertown")
_PEOPLE = {
    "Ada, 34": {"birth_date": 34, "resident": True, "student": False},
    "Ben, 15, at school": {"birth_date": 15, "resident": True, "student": True},
    "Cleo, 71": {"birth_date": 71, "resident": True, "student": False},
}
"""Made-up residents: age in years instead of a birth date, so that the demo stays true."""


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="New folder to keep the trust file and the codes in.")
def demo(out: Path | None) -> None:
    """Found a made-up city, mint codes for three residents, read the pictures back and verify them without a network.

    The keys exist only while this runs.

    \b
    Example:
      idcard demo --out demo
    """
    if out is not None:
        files.refuse_existing(out)
    now = datetime.now().astimezone()
    empty = Plan(
        scope=_SCOPE,
        name="Rivertown",
        contact="Ask the card office of Rivertown, 555-0100.",
        classes=DEFAULT_CLASSES,
        keys=(),
    )
    keys = FoundingKeys(
        roots=tuple(SeedSigner.generate() for _ in range(founding.ROOT_KEYS)),
        publisher=SeedSigner.generate(),
        issuing={slot: SeedSigner.generate() for slot in rotation.slots(empty, seconds(now))},
    )
    plan, trust = founding.found(empty, keys, now=now)
    signers = {signer.public_key: signer for signer in keys.issuing.values()}
    active = {kind: rotation.active(plan, kind, None, seconds(now)) for kind in plan.kinds}
    issuers = {kind: rotation.issuer_of(key, signers[key.key], _SCOPE) for kind, key in active.items()}
    _title("The city of Rivertown opens its card programme")
    click.echo("  3 root keys, of which 2 must sign; a publisher key; a key with standbys for each kind of code")
    click.echo(f"  trust file: {len(trust)} bytes, all that a venue needs")

    _title("Three residents come to the counter")
    minted = {person: _codes(plan, issuers, fields, now) for person, fields in _PEOPLE.items()}
    for person, found in minted.items():
        missing = [each.profile.venue_class for each in plan.classes if each.profile.venue_class not in found]
        none = f"; does not qualify for: {', '.join(missing)}" if missing else ""
        click.echo(f"  {person}: {', '.join(found)}{none}")
    ada, cleo = minted["Ada, 34"], minted["Cleo, 71"]
    assert ada["library"] == cleo["library"]
    click.echo("  Ada's and Cleo's library codes are the same, byte for byte: they do not say whose they are")

    contents = {TRUST_FILE: trust, **_drawn(plan, ada)}
    with _folder(out, contents) as folder:
        _title("Venues read the pictures and verify them, without a network or a list of residents")
        verifier = Verifier.open(folder / TRUST_FILE)
        for name in ada:
            read = codes.read(str(folder / "codes" / f"{name}.png"))
            assert read == ada[name]
            _show(f"Ada's {name} code at the {name}", verifier, read, name, now)

        _title("And what venues must refuse")
        _show("a forged code", verifier, _forged(plan, issuers, now), "library", now, Reason.UNKNOWN_KEY)
        _show("an altered code", verifier, _altered(ada["library"]), "library", now, Reason.BAD_SIGNATURE)
        _show("Ada's library code at the pharmacy", verifier, ada["library"], "pharmacy", now, Reason.WRONG_CLASS)
        later = verifier.verify(ada["pharmacy"], "pharmacy", now=now).expires + timedelta(hours=1)
        _show(f"Ada's pharmacy code on {later:%Y-%m-%d}", verifier, ada["pharmacy"], "pharmacy", later, Reason.EXPIRED)
    if out is not None:
        library, pharmacy, trust_path = (
            shlex.quote(str(out / name)) for name in ("codes/library.png", "codes/pharmacy.txt", TRUST_FILE)
        )
        click.echo("\nTry it yourself:")
        click.echo(f"  idcard verify {library} --trust {trust_path} --for library")
        click.echo(f"  idcard explain {pharmacy}")


def _codes(plan: Plan, issuers: dict[Kind, Issuer], fields: Mapping[str, object], now: datetime) -> dict[str, str]:
    years = fields["birth_date"]
    assert isinstance(years, int)
    born = (now - timedelta(days=365.25 * years + 100)).date()
    person = Record({**fields, "birth_date": born.isoformat()})
    paper = slips.new(_SCOPE, life=plan.longest_life(Kind.REVOCABLE), now=seconds(now))
    found = {}
    for each in plan.classes:
        kind = each.profile.kind
        handle = paper.handle(each.number) if kind is Kind.REVOCABLE else None
        code = minting.mint(person, each.profile, issuers[kind], now=now, handle=handle)
        if code is not None:
            found[each.profile.venue_class] = code
    return found


def _drawn(plan: Plan, found: dict[str, str]) -> dict[str, bytes]:
    contents = {}
    for each in plan.classes:
        name = each.profile.venue_class
        if name in found:
            symbol = qr.draw(found[name], level=each.profile.level, max_version=each.profile.max_version)
            contents[f"codes/{name}.txt"] = f"{found[name]}\n".encode("ascii")
            contents[f"codes/{name}.svg"] = symbol.svg()
            contents[f"codes/{name}.png"] = symbol.png()
    return contents


@contextmanager
def _folder(out: Path | None, contents: dict[str, bytes]) -> Iterator[Path]:
    if out is not None:
        files.make_folder(out, contents)
        yield out
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        files.make_folder(folder, contents)
        yield folder


def _forged(plan: Plan, issuers: dict[Kind, Issuer], now: datetime) -> str:
    """A code that is correct except for its key, which is the forger's."""
    forger = {kind: replace(issuer, signer=SeedSigner.generate()) for kind, issuer in issuers.items()}
    return _codes(plan, forger, _PEOPLE["Ada, 34"], now)["library"]


def _altered(code: str) -> str:
    """The code with one bit of its signature changed."""
    environment, data = text.decode(code)
    altered = data[:-1] + bytes((data[-1] ^ 1,))
    assert signed.decode(altered).claims == signed.decode(data).claims
    return text.encode(environment, altered)


def _title(sentence: str) -> None:
    click.echo(f"\n{terminal.styled(sentence, bold=True)}")


def _show(
    what: str, verifier: Verifier, code: str, venue_class: str, now: datetime, expected: Reason | None = None
) -> None:
    try:
        verdict: Card | Refused = verifier.verify(code, venue_class, now=now.astimezone(UTC))
    except Refused as refused:
        verdict = refused
    assert (verdict.reason if isinstance(verdict, Refused) else None) is expected
    if isinstance(verdict, Card):
        proven = names.joined((names.of_claim(each, str) for each in verdict.proven), str)
        click.echo(f"  {terminal.styled('ACCEPT', fg='green', bold=True)}  {what}: {proven}")
    else:
        word = verdict.outcome.value.replace("-", " ").upper()
        click.echo(f"  {terminal.styled(word, fg='red', bold=True)}  {what}: {verdict.message} {verdict.remedy}")
