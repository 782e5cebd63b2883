"""What a city signs, and that nothing is handed out which a venue would refuse."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from cities import DAY, NOW, City, signer

from idcard import cose
from idcard.ceremony import publish
from idcard.ceremony.publish import CannotPublish
from idcard.cose import BadSigner
from idcard.credential.calendar import seconds
from idcard.errors import Malformed, Reason
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, root, trust_file, trust_list
from idcard.trust.document import Role
from idcard.trust.root import Root

CITY = City()
ISSUED = seconds(NOW)
NO_CANCELLATIONS = cancellations.encode([])
ROOT_KEYS = CITY.root().roots.keys
PUBLISHER = CITY.signer("publisher")
STRANGER = signer("stranger")


def assemble(
    *,
    roots: list[bytes] | None = None,
    signed_list: bytes | None = None,
    values: bytes = NO_CANCELLATIONS,
) -> bytes:
    return publish.assemble(
        [CITY.sign_root()] if roots is None else roots, CITY.sign_list() if signed_list is None else signed_list, values
    )


def list_under(last: Root, by: SeedSigner | None = None) -> bytes:
    """The list of the city, made under this root."""
    return CITY.sign_list(CITY.trust_list(root=root.digest(last)), None if by is None else [by])


def test_what_venues_take_is_published() -> None:
    data = assemble()
    assert data == CITY.file
    assert trust_file.decode(data).trust_list == CITY.trust_list()


def rotated(**changes: object) -> bytes:
    """The next root, signed by the root keys of the first."""
    return CITY.sign_root(CITY.root(**{"version": 2, **changes}))


SHORT_LIVED = CITY.root(exp=CITY.trust_list().exp - 1)
AFTER_ANOTHER = CITY.root(version=2, previous=root.digest(CITY.root(name="Other")))
ROOT_KEY_PUBLISHES = CITY.root(publishers=Role(1, (ROOT_KEYS[0],)))
REFUSED: dict[str, tuple[Reason, Callable[[], bytes]]] = {
    "root signed by one of three": (
        Reason.TRUST_UNSIGNED,
        lambda: assemble(roots=[CITY.sign_root(signers=CITY.root_signers[:1])]),
    ),
    "root signed by one and a stranger": (
        Reason.TRUST_UNSIGNED,
        lambda: assemble(roots=[CITY.sign_root(signers=[CITY.root_signers[0], STRANGER])]),
    ),
    "root signed by the publisher": (
        Reason.TRUST_UNSIGNED,
        lambda: assemble(roots=[CITY.sign_root(signers=[PUBLISHER])]),
    ),
    "list signed by a stranger": (
        Reason.TRUST_UNSIGNED,
        lambda: assemble(signed_list=CITY.sign_list(signers=[STRANGER])),
    ),
    "list signed by the root keys": (
        Reason.TRUST_UNSIGNED,
        lambda: assemble(signed_list=CITY.sign_list(signers=CITY.root_signers)),
    ),
    "list of another city": (
        Reason.TRUST_UNSIGNED,
        lambda: assemble(signed_list=City(id="shelbyville").sign_list()),
    ),
    "list in the place of the root": (Reason.TRUST_MALFORMED, lambda: assemble(roots=[CITY.sign_list()])),
    "root in the place of the list": (Reason.TRUST_UNSIGNED, lambda: assemble(signed_list=CITY.sign_root())),
    "no root": (Reason.TRUST_MALFORMED, lambda: assemble(roots=[])),
    "the same root twice": (Reason.TRUST_CHAIN, lambda: assemble(roots=[CITY.sign_root()] * 2)),
    "a root version left out": (Reason.TRUST_CHAIN, lambda: assemble(roots=[CITY.sign_root(), rotated(version=3)])),
    "a root that changes city": (
        Reason.TRUST_CHAIN,
        lambda: assemble(roots=[CITY.sign_root(), rotated(scope=City(id="shelbyville").scope)]),
    ),
    "a list that lives too long": (
        Reason.TRUST_LIFETIME,
        lambda: assemble(signed_list=CITY.sign_list(CITY.trust_list(exp=ISSUED + 120 * DAY + 1))),
    ),
    "a list that outlives its root": (
        Reason.TRUST_LIFETIME,
        lambda: assemble(roots=[CITY.sign_root(SHORT_LIVED)], signed_list=list_under(SHORT_LIVED)),
    ),
    "a root that names another root before it": (
        Reason.TRUST_CHAIN,
        lambda: assemble(
            roots=[CITY.sign_root(), CITY.sign_root(AFTER_ANOTHER)],
            signed_list=list_under(AFTER_ANOTHER),
        ),
    ),
    "a list that was made under the root before": (
        Reason.TRUST_CHAIN,
        lambda: assemble(roots=[CITY.sign_root(), rotated()]),
    ),
    "a list that was made under another root": (
        Reason.TRUST_CHAIN,
        lambda: assemble(signed_list=list_under(CITY.root(name="Other"))),
    ),
    "a root key as publisher": (
        Reason.TRUST_ROLES,
        lambda: assemble(
            roots=[CITY.sign_root(ROOT_KEY_PUBLISHES)],
            signed_list=list_under(
                ROOT_KEY_PUBLISHES, next(s for s in CITY.root_signers if s.public_key == ROOT_KEYS[0])
            ),
        ),
    ),
    "the publisher as issuing key": (
        Reason.TRUST_ROLES,
        lambda: assemble(
            signed_list=CITY.sign_list(
                CITY.trust_list(keys=(replace(CITY.trust_list().keys[0], key=PUBLISHER.public_key),))
            )
        ),
    ),
    "other cancellations": (Reason.TRUST_CANCELLATIONS, lambda: assemble(values=cancellations.encode([bytes(10)]))),
    "no cancellations": (Reason.TRUST_CANCELLATIONS, lambda: assemble(values=b"")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_venues_would_refuse_is_not_published(name: str) -> None:
    reason, make = REFUSED[name]
    with pytest.raises(CannotPublish, match=f"^venues would refuse this trust file: {reason.value}$"):
        make()


@pytest.mark.parametrize("pair", list(itertools.permutations((0, 1, 2), 2)))
def test_any_two_of_the_three_root_keys_will_do_in_any_order(pair: tuple[int, int]) -> None:
    trust_file.decode(assemble(roots=[CITY.sign_root(signers=[CITY.root_signers[index] for index in pair])]))


def test_more_signatures_than_needed_do_no_harm_and_strangers_are_ignored() -> None:
    signed_root = CITY.sign_root(signers=[*CITY.root_signers, STRANGER])
    assert len(cose.decode_sign(signed_root).signatures) == 4
    trust_file.decode(assemble(roots=[signed_root]))


def test_a_key_that_signs_twice_counts_once() -> None:
    first = CITY.root_signers[0]
    signed_root = CITY.sign_root(signers=[first, first])
    assert len(cose.decode_sign(signed_root).signatures) == 1
    with pytest.raises(CannotPublish, match="trust-unsigned"):
        assemble(roots=[signed_root])


def test_signatures_are_sorted_whoever_signs_first() -> None:
    assert CITY.sign_root(signers=CITY.root_signers) == CITY.sign_root(signers=CITY.root_signers[::-1])


def test_a_root_that_follows_the_first_is_published() -> None:
    renamed = CITY.root(version=2, name="New Springfield")
    trust = trust_file.decode(
        assemble(roots=[CITY.sign_root(), CITY.sign_root(renamed)], signed_list=list_under(renamed))
    )
    assert trust.root == renamed
    assert (trust.root.previous, trust.trust_list.root) == trust.root_digests


# ---- signers that cannot be trusted ----


class Liar:
    """Signs with another key than the one it shows."""

    def __init__(self, shown: SeedSigner, used: SeedSigner) -> None:
        self.public_key = shown.public_key
        self._used = used

    def sign(self, message: bytes) -> bytes:
        return self._used.sign(message)


class Cut:
    """Returns half a signature."""

    public_key = PUBLISHER.public_key

    def sign(self, message: bytes) -> bytes:
        return PUBLISHER.sign(message)[:32]


@pytest.mark.parametrize("bad", [Liar(PUBLISHER, STRANGER), Cut()], ids=["liar", "cut"])
def test_a_signature_that_does_not_verify_never_leaves(bad: cose.Signer) -> None:
    with pytest.raises(BadSigner):
        CITY.sign_list(signers=[bad])
    with pytest.raises(BadSigner):
        CITY.sign_root(signers=[CITY.root_signers[0], bad])


def test_nothing_is_signed_without_a_signer() -> None:
    with pytest.raises(Malformed):
        publish.sign(root.encode(CITY.root()), root.KIND, CITY.scope, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0},
        {"name": ""},
        {"name": "x" * 65},
        {"list_days": 0},
        {"list_days": 401},
        {"exp": -1},
        {"exp": 1 << 32},
        {"previous": bytes(32)},
        {"version": 2, "previous": None},
        {"version": 2, "previous": bytes(31)},
    ],
    ids=repr,
)
def test_a_root_outside_the_format_is_not_signed(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        CITY.sign_root(CITY.root(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0},
        {"contact": ""},
        {"contact": "x" * 201},
        {"next_update": ISSUED},
        {"next_update": ISSUED + 121 * DAY},
        {"classes": CITY.trust_list().classes[::-1]},
        {"keys": CITY.trust_list().keys[::-1]},
        {"keys": (replace(CITY.trust_list().keys[0], verify_until=ISSUED),)},
        {"cancellations": bytes(31)},
        {"root": bytes(31)},
    ],
    ids=lambda changes: ",".join(changes),
)
def test_a_trust_list_outside_the_format_is_not_signed(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        CITY.sign_list(CITY.trust_list(**changes))


def test_a_signature_is_for_one_kind_of_document_only() -> None:
    payload = trust_list.encode(CITY.trust_list())
    for_root = publish.sign(payload, root.KIND, CITY.scope, [PUBLISHER])
    with pytest.raises(CannotPublish, match="trust-unsigned"):
        assemble(signed_list=for_root)
