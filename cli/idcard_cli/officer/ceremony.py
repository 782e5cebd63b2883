"""`idcard trust draft|sign|finish|renew`: from a draft, through signatures, to the next trust file."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from idcard import cose
from idcard.ceremony import drafting, founding, publish, rotation
from idcard.ceremony.drafting import Draft
from idcard.ceremony.rotation import State
from idcard.city import ledger
from idcard.city.plan import Plan
from idcard.credential.text import Environment
from idcard.errors import Malformed, Refused
from idcard.repairs import unseen
from idcard.trust import cancellations, document, public_key, root, trust_file, trust_list
from idcard.trust.document import Role
from idcard.trust.public_key import KeyKind
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard_cli import clock, files, memory_file, rehearsed, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.officer import city_folder, drafts, signers, staging
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.staging import PUBLIC

PUBLISHER = "keys/publisher.key"


@click.command()
@city_folder.option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New file for the draft.")
@click.option("--new-root", is_flag=True, help="Make a new root, even if only its dates change.")
@click.option("--add-root", multiple=True, metavar="IDPUB", help="Add the public key of a root officer.")
@click.option("--remove-root", multiple=True, metavar="KID", help="Remove a root key.")
@click.option("--root-threshold", type=click.IntRange(1, document.MAX_ROLE_KEYS), help="Root keys that must sign.")
@click.option("--add-publisher", multiple=True, metavar="IDPUB", help="Add the public key of a publisher.")
@click.option("--remove-publisher", multiple=True, metavar="KID", help="Remove a publisher key.")
@click.option(
    "--publisher-threshold", type=click.IntRange(1, document.MAX_ROLE_KEYS), help="Publishers that must sign."
)
@click.option("--published-only", is_flag=True, help="Leave out new cancellations, if the file is full.")
@yes_option
def draft(
    folder: Path,
    out: Path,
    new_root: bool,
    add_root: Sequence[str],
    remove_root: Sequence[str],
    root_threshold: int | None,
    add_publisher: Sequence[str],
    remove_publisher: Sequence[str],
    publisher_threshold: int | None,
    published_only: bool,
    yes: bool,
) -> None:
    """Draft the next trust file from the plan as it is now, for the officers to sign.

    Take the draft to each officer, with a copy of the trust file in force: idcard trust sign. Each option for keys or
    thresholds also makes a new root. The owners of new keys must sign, too.

    \b
    Example:
      idcard trust draft --city springfield --out next.iddraft
    """
    files.refuse_existing(out)
    held, now = CityFolder(folder), seconds_now()
    in_force = held.trust()
    city_plan = held.whole_plan(in_force)
    drafts.ask_about_date(in_force, now, yes=yes)
    old = in_force.root
    made_for = old.scope.environment
    roots = _changed(old.roots, KeyKind.ROOT, made_for, add_root, remove_root, root_threshold)
    publishers = _changed(
        old.publishers, KeyKind.PUBLISHER, made_for, add_publisher, remove_publisher, publisher_threshold
    )
    next_root = None
    if new_root or (roots, publishers) != (old.roots, old.publishers):
        next_root = replace(
            old,
            version=old.version + 1,
            previous=in_force.root_digests[-1],
            name=city_plan.name,
            exp=max(old.exp, founding.root_exp(now)),
            list_days=city_plan.timing.list_life,
            roots=roots,
            publishers=publishers,
        )
    cancelled = ledger.live(held.ledger(in_force), now)
    if published_only:
        cancelled = frozenset(value for value in cancelled if value in in_force.cancellations)
    _make(held, city_plan, next_root, cancellations.encode(cancelled), out, now)


def _changed(
    role: Role,
    kind: KeyKind,
    environment: Environment,
    added: Sequence[str],
    removed: Sequence[str],
    threshold: int | None,
) -> Role:
    """The role with other keys. Raises UsageError."""
    held = {cose.kid(key).hex(): key for key in role.keys}
    for kid in removed:
        if held.pop(kid.lower(), None) is None:
            raise click.UsageError(f"there is no {kind.value} key {kid!r}; there are: {', '.join(sorted(held))}")
    for text in added:
        public = public_key.decode(unseen.bare(text))
        if public.kind is not kind:
            raise click.UsageError(f"{public.kid.hex()} is not a {kind.value} key, but a {public.kind.value} key")
        if public.environment is not environment:
            raise click.UsageError(
                f"the {kind.value} key {public.kid.hex()} was made for {public.environment}, and this is a "
                f"{environment} city: make another (idcard key make --kind {kind.value} --environment {environment})"
            )
        held[public.kid.hex()] = public.key
    try:
        return Role(threshold or role.threshold, tuple(sorted(held.values())))
    except Malformed as problem:
        raise click.UsageError(f"{kind.value} keys: {problem}") from None


def _make(held: CityFolder, city_plan: Plan, next_root: Root | None, cancelled: bytes, out: Path, now: int) -> None:
    before = held.trust_bytes()
    in_force = trust_file.decode(before)
    governing = next_root or in_force.root
    new_list = founding.trust_list_of(
        city_plan,
        version=in_force.trust_list.version + 1,
        root_digest=root.digest(next_root) if next_root else in_force.root_digests[-1],
        root_exp=governing.exp,
        cancelled=cancellations.digest(cancelled),
        now=now,
    )
    made = drafting.make(in_force, new_list, cancelled, city_plan.timing, next_root)
    drafting.check_clock(made, in_force, now)
    size, roots = drafting.size(made, before)
    has_new = any(value not in in_force.cancellations for value in cancellations.decode(cancelled))
    publish.check_size(size, roots, has_new=has_new)
    files.create(out, drafting.encode(replace(made, rehearsed=clock.stands())), PUBLIC)
    drafts.show(made, in_force)
    drafts.warn_of_short_life(city_plan, governing, new_list.exp, now)
    drafts.tell_limits(size, roots)
    terminal.say(f"take {out} to each officer, with a copy of {held.trust_path}: idcard trust sign")


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="DRAFT")
@click.option("--trust", "trust_path", type=click.Path(path_type=Path),
              help="The trust file in force, instead of the one installed on this computer.")  # fmt: skip
@memory_file.option
@click.option(
    "--at", type=clock.Moment(), metavar="TIME", help="Rehearse with --trust of a test city: as if it were this time."
)
@click.option("--key", "key_path", required=True, type=click.Path(path_type=Path), help="Your key file.")
@yes_option
@signers.options
def sign(
    path: Path,
    trust_path: Path | None,
    memory_path: Path | None,
    at: datetime | None,
    key_path: Path,
    yes: bool,
    module: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Show what a draft changes, and sign it. The signature goes into the file DRAFT.

    You need the draft, your key and the trust file in force, but no network and no city folder. The changes shown are
    those against the trust file in force: best use the one that this computer remembers (idcard venue install, update).
    Officers may sign in any order, one file after each other or each a copy.

    \b
    Example:
      idcard trust sign next.iddraft --trust springfield/city.idtrust \\
        --key springfield/keys/publisher.key --passphrase-file passphrase.txt
    """
    given = signers.secrets(module, passphrase_file, passphrase_fd)
    if at is not None and trust_path is None:
        raise click.UsageError(
            "--at goes with --trust: what this computer remembers is used at the time of the clock only"
        )
    if trust_path is not None:
        in_force = trust_file.decode(files.read_to_judge(trust_path, trust_file.MAX_SIZE))
        if at is not None:
            staging.check_environment(in_force.root.scope.environment, trust_path)
            rehearsed.begin(at)
    else:
        in_force = memory_file.read(memory_file.find(memory_path)).trust
    drafts.read(path)  # First, so that no lock file is left beside something that is no draft.
    with files.locked(path):
        made = drafts.read(path)
        _check_not_behind(made, in_force, trust_path)
        drafts.show(made, in_force)
        now = seconds_now()
        drafting.check_clock(made, in_force, now)
        drafts.say_future(in_force, now)
        confirm("Sign this?", yes=yes)
        with signers.opened(key_path, given) as key:
            if key.environment is not in_force.root.scope.environment:
                raise click.UsageError(f"{key_path} is not a key of a {in_force.root.scope.environment} city")
            signed = drafting.sign(made, in_force, key.signer)
        files.replace(path, drafting.encode(signed), PUBLIC)
    reviewed = drafting.review(signed, in_force)
    drafts.show_needs(reviewed)
    if reviewed.is_complete:
        terminal.say("complete: idcard trust finish publishes it")


def _check_not_behind(made: Draft, in_force: Trust, trust_path: Path | None) -> None:
    """Raises UsageError where the draft replaces a newer list than the one here: then the draft is not to blame."""
    try:
        coming = trust_list.decode(made.trust_list)
    except (Malformed, Refused):
        return  # `review` says what is wrong
    if made.root is None and coming.root not in in_force.root_digests:
        raise click.UsageError(
            "the draft was made from another trust file: of another city, or of a newer root than this computer knows; "
            "see idcard venue status, and take the trust file that came with the draft (idcard venue update)"
        )
    here, replaced = in_force.trust_list.version, coming.version - 1
    if made.base != in_force.list_digest and replaced > here:
        if trust_path is not None:
            raise click.UsageError(
                f"{trust_path} is list {here}, and the draft replaces list {replaced}: name the newest one with --trust"
            )
        raise click.UsageError(
            f"this computer remembers list {here}, and the draft replaces list {replaced}: first idcard venue update, "
            "with the trust file that came with the draft"
        )


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DRAFT...")
@city_folder.option
def finish(paths: Sequence[Path], folder: Path) -> None:
    """Publish a draft that enough officers have signed: it becomes the trust file of the city.

    Signatures on several copies are combined. Refused while signatures are missing, of a threshold or of a new key;
    then it says whose.

    \b
    Example:
      idcard trust finish next.iddraft --city springfield
    """
    held = CityFolder(folder)
    copies = [drafts.read(path) for path in paths]
    with held.locked():
        _publish(held, copies)


def _publish(held: CityFolder, copies: Sequence[Draft]) -> None:
    """Write the trust file, then the plan: it can be repaired from the file, and no unpublished key counts as ready."""
    before, now = held.trust_bytes(), seconds_now()
    in_force = trust_file.decode(before)
    issued_before = min(now, in_force.trust_list.issued)
    city_plan = held.plan(in_force)
    held.ledger(in_force)  # Find a damaged ledger before anything is published.
    if any(copy.trust_list_digest != in_force.list_digest for copy in copies):
        made = drafting.merge(copies, in_force)
        rotation.check_own(city_plan, in_force.trust_list, drafting.review(made, in_force).trust_list)
        after = drafting.finish(made, before, city_plan.timing, now)
        held.write_trust(after)
        in_force = trust_file.decode(after)
        drafts.tell_limits(len(after), len(in_force.roots))
        click.echo(f"{held.trust_path}: trust list {in_force.trust_list.version}, give it to every venue")
    else:
        click.echo(f"{held.trust_path}: trust list {in_force.trust_list.version} is published already")
    held.write_plan(rotation.published(city_plan, in_force.trust_list, in_force.kill_notes))
    held.change_ledger(lambda written, _: written, issued_before)


@click.command()
@city_folder.option
@click.option("--key", "key_path", type=click.Path(path_type=Path), help=f"Publisher's key, if not {PUBLISHER}.")
@click.option("--out", type=click.Path(path_type=Path), help="New file for a draft, if more publishers must sign.")
@yes_option
@signers.options
def renew(
    folder: Path,
    key_path: Path | None,
    out: Path | None,
    yes: bool,
    module: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Sign the trust list in force again, with only new dates, and publish it.

    Do this once a month, so that no venue's trust file gets old. If more than one publisher must sign, --out writes a
    draft for the others.

    \b
    Example:
      idcard trust renew --city springfield --passphrase-file passphrase.txt
    """
    given = signers.secrets(module, passphrase_file, passphrase_fd)
    if out is not None:
        files.refuse_existing(out)
    held = CityFolder(folder)
    with held.locked():
        in_force, now = held.trust(), seconds_now()
        city_plan = held.plan(in_force)
        if left_out := rotation.left_out(city_plan, in_force.trust_list, now):
            raise click.UsageError(
                f"the trust list in force leaves out {left_out[0]}, whose codes are good, and so would a renewal: "
                "make a draft, which names it again (idcard trust draft)"
            )
        if yes and now >= in_force.trust_list.exp:
            # A script on a computer whose clock is ahead would publish a list from the future.
            raise click.UsageError("only a person knows whether the date is right: run this without --yes")
        trusted = {key.key for key in in_force.trust_list.keys if not key.compromised}
        for key in city_plan.keys:
            if rotation.state(city_plan, key, now) is State.MADE:
                terminal.say(f"{key} is in no trust list yet, and a renewal does not add it: idcard trust draft")
            elif key.distrusted and key.key in trusted:
                raise click.UsageError(
                    f"{key} is distrusted in the plan, and a renewal would go on trusting it: make a draft, which ends "
                    "it (idcard trust draft)"
                )
        if waiting := held.waiting(in_force, now):
            what = "1 cancellation is" if waiting == 1 else f"{waiting} cancellations are"
            terminal.say(f"{what} in no trust file yet, and a renewal adds none: idcard trust draft")
        if drafts.say_future(in_force, now):
            raise click.UsageError(
                "a list from the future may leave out keys, and so would a renewal: make a draft (idcard trust draft)"
            )
        drafts.ask_about_date(in_force, now, yes=yes)
        made = drafting.make(
            in_force,
            founding.renewed(in_force, city_plan.timing, now),
            cancellations.encode(in_force.cancellations),
            city_plan.timing,
        )
        drafting.check_clock(made, in_force, now)
        with signers.opened(key_path or folder / PUBLISHER, given) as publisher:
            made = drafting.sign(made, in_force, publisher.signer)
        reviewed = drafting.review(made, in_force)
        drafts.warn_of_short_life(city_plan, reviewed.root, reviewed.trust_list.exp, now)
        if reviewed.is_complete:
            _publish(held, [made])
        elif out is None:
            raise click.UsageError("more publishers must sign: give --out for the draft")
        else:
            files.create(out, drafting.encode(replace(made, rehearsed=clock.stands())), PUBLIC)
    drafts.show_needs(reviewed)
