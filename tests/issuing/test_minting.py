"""Minting: the same code for everybody with the same claims, nothing beyond the profile, and no lying signer."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import cbor2
import pytest
import segno
from cities import ADULT, CHILD, HANDLE, NOW, STUDENT, City, signer
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from idcard import cose
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.city.profile import Kind, Profile
from idcard.city.record import BadRecord, Record
from idcard.cose import BadSigner, Signer, verifies
from idcard.credential import claims as claims_format
from idcard.credential import signed, text
from idcard.credential.calendar import Quarter, noon_of_first
from idcard.credential.claims import FLAGS, Claims
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.issuing.minting import CannotMint, Issuer, issue, mint
from idcard.keys.signer import SeedSigner

CITY = City()
RESIDENT = frozenset({1})
EVERYTHING: dict[str, Any] = {**dict.fromkeys(FLAGS.values(), True), "birth_date": "1990-04-01"}
CLASSES = [each.profile for each in DEFAULT_CLASSES]
QUARTER = Quarter.parse("2026-Q4")


def claims_of(code: str) -> Claims:
    return signed.decode(text.decode(code)[1]).claims


def issuer_of(profile: Profile, by: Signer | None = None, **changes: Any) -> Issuer:
    """A key of the present quarter that every venue has known since before it began."""
    return replace(CITY.issuer(profile.kind, by), **{"ready": QUARTER.begin, **changes})


def mint_for(
    profile: Profile, person: dict[str, Any] = EVERYTHING, *, now: datetime = NOW, issuer: Issuer | None = None
) -> str | None:
    handle = HANDLE if profile.kind is Kind.REVOCABLE else None
    return mint(Record(person), profile, issuer or issuer_of(profile), now=now, handle=handle)


# ---- the same for everybody ----

people = st.fixed_dictionaries(
    {
        "name": st.text(max_size=20),
        "address": st.text(max_size=20),
        "card_number": st.integers(0, 10**12),
        "birth_date": st.dates(date(1880, 1, 1), NOW.date()).map(str),
        **{name: st.booleans() for name in FLAGS.values()},
    }
)
days_of_the_quarter = st.datetimes(
    datetime(2026, 10, 1),  # noqa: DTZ001
    datetime(2026, 12, 31, 23, 59, 59),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize("venue_class", ["library", "museum", "theatre"])
@given(person=people, now=days_of_the_quarter, hours=st.integers(-12, 14))
def test_cohort_codes_are_the_same_bytes_whoever_and_whenever(
    venue_class: str, person: dict[str, Any], now: datetime, hours: int
) -> None:
    profile = CITY.profile(venue_class)
    counter = now.astimezone(timezone(timedelta(hours=hours)))
    code = mint_for(profile, {**person, "resident": True, "student": True}, now=counter)
    assert code == CITY.code(venue_class, STUDENT)


@given(st.dates(date(1880, 1, 1), date(2008, 10, 1)), days_of_the_quarter)
def test_cohort_codes_with_an_age_say_the_threshold_and_no_birth_date(born: date, now: datetime) -> None:
    profile = CITY.profile("pool")
    same = {"birth_date": "1990-04-01", "resident": True}
    assert mint_for(profile, {"birth_date": str(born), "resident": True}, now=now) == mint_for(profile, same)


def test_revocable_codes_differ_by_their_handle_alone() -> None:
    codes = {
        CITY.code("pharmacy", person, handle=handle) for person in (ADULT, STUDENT) for handle in (HANDLE, bytes(10))
    }
    assert len(codes) == 2
    assert {claims_of(code).handle for code in codes} == {HANDLE, bytes(10)}


def test_the_same_claims_have_another_prefix_and_signature_in_a_test_city() -> None:
    made = mint_for(
        CITY.profile("library"), issuer=issuer_of(CITY.profile("library"), scope=Scope(Environment.TEST, "springfield"))
    )
    assert made is not None
    assert made.startswith("IDT1:")
    assert claims_of(made) == claims_of(CITY.code("library"))


# ---- nothing beyond the profile ----


@pytest.mark.parametrize("profile", CLASSES, ids=lambda profile: profile.venue_class)
def test_claims_outside_the_profile_never_enter(profile: Profile) -> None:
    needed = {
        name: EVERYTHING[name] for name in (*(FLAGS[n] for n in profile.flags), *["birth_date"] * bool(profile.ages))
    }
    code = mint_for(profile, {**EVERYTHING, "name": "Zoe", "age": 36, "cti": "x", "exp": 0, "2": 99})
    assert code == mint_for(profile, needed)
    assert code is not None
    read = claims_of(code)
    assert (read.flags, read.age, read.age_from, read.unknown) == (
        profile.flags,
        max(profile.ages, default=None),
        None,
        False,
    )
    assert (read.handle is None) == (profile.kind is Kind.COHORT)


def test_a_credential_has_these_parts_and_no_more() -> None:
    key = CITY.signer("revocable").public_key
    message = cbor2.loads(text.decode(CITY.code("pharmacy"))[1])
    protected, unprotected, payload, signature = message.value
    assert (message.tag, unprotected) == (18, {})
    assert cbor2.loads(protected) == {1: -8, 4: signed.decode(text.decode(CITY.code("pharmacy"))[1]).kid}
    assert cbor2.loads(payload) == {4: noon_of_first(2027 * 12 + 11), 7: HANDLE, -65537: {1: True}}
    assert verifies(
        key, cbor2.dumps(["Signature1", protected, b"idcard.code production springfield", payload]), signature
    )


def test_the_name_of_a_cohort_by_hand() -> None:
    credential = signed.decode(text.decode(CITY.code("library"))[1])
    protected, _, payload, _ = cbor2.loads(text.decode(CITY.code("library"))[1]).value
    structure = cbor2.dumps(["Signature1", protected, b"idcard.code production springfield", payload])
    by_hand = hashlib.blake2b(structure, digest_size=64, person=b"idcard.cohort".ljust(16, b"\0")).digest()
    assert signed.cohort(credential.to_be_signed(CITY.scope)) == by_hand[:10]


# ---- who gets one ----


class Unasked:
    """A signer that must not be asked."""

    public_key = signer("unasked").public_key

    def sign(self, message: bytes) -> bytes:
        raise AssertionError("asked")


@pytest.mark.parametrize(
    ("venue_class", "person"),
    [
        ("library", {"resident": False}),
        ("pool", CHILD),
        ("pharmacy", {**ADULT, "resident": False}),
        ("theatre", ADULT),
        ("theatre", {"resident": False, "student": True}),
    ],
)
def test_who_does_not_qualify_gets_no_code_and_the_signer_is_not_asked(
    venue_class: str, person: dict[str, Any]
) -> None:
    profile = CITY.profile(venue_class)
    assert mint_for(profile, person, issuer=issuer_of(profile, Unasked())) is None


@pytest.mark.parametrize(
    ("venue_class", "field"),
    [
        *[("library", "resident"), ("museum", "resident"), ("theatre", "resident"), ("theatre", "student")],
        *[("pool", "resident"), ("pool", "birth_date"), ("pharmacy", "resident")],
    ],
)
def test_a_missing_field_is_named(venue_class: str, field: str) -> None:
    profile = CITY.profile(venue_class)
    with pytest.raises(BadRecord, match=f"'{field}' is missing") as refused:
        mint_for(profile, {name: value for name, value in EVERYTHING.items() if name != field})
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("now", "qualifies"),
    [
        # Born on 1 January 2009. The day at the counter decides, at one and the same instant.
        ("2027-01-01T00:30:00+14:00", True),
        ("2026-12-31T10:30:00+00:00", False),
        ("2026-12-31T23:30:00+14:00", False),
        ("2026-12-31T00:30:00-10:00", False),
        ("2026-12-31T23:59:59+00:00", False),
    ],
)
def test_the_day_at_the_counter_decides_on_ages(now: str, qualifies: bool) -> None:
    person = {"resident": True, "birth_date": "2009-01-01"}
    code = mint_for(CITY.profile("pool"), person, now=datetime.fromisoformat(now))
    assert (code is not None) is qualifies


# ---- when ----


@pytest.mark.parametrize(
    "now",
    [
        "2026-10-01T00:00:00+00:00",
        "2026-12-31T23:59:59.999999+00:00",
        "2026-12-31T13:59:59-10:00",
        "2027-01-01T13:59:59+14:00",
        "2026-10-01T14:00:00+14:00",
        "2026-09-30T14:00:00-10:00",
    ],
)
@pytest.mark.parametrize("venue_class", ["library", "pharmacy"])
def test_a_key_signs_in_its_quarter(venue_class: str, now: str) -> None:
    code = mint_for(CITY.profile(venue_class), now=datetime.fromisoformat(now))
    assert code is not None
    assert claims_of(code).exp == CITY.profile(venue_class).expiry(
        int(datetime.fromisoformat(now).timestamp()), QUARTER
    )


@pytest.mark.parametrize(
    "now",
    [
        "2026-09-30T23:59:59+00:00",
        "2027-01-01T00:00:00+00:00",
        "2026-12-31T23:30:00-10:00",
        "2026-12-31T14:00:00-10:00",
        "2027-01-01T14:00:00+14:00",
        "2026-10-01T13:59:59+14:00",
        "2025-11-22T12:00:00+00:00",
        "2027-11-22T12:00:00+00:00",
    ],
)
@pytest.mark.parametrize("venue_class", ["library", "pharmacy"])
def test_a_key_that_is_ready_when_its_quarter_begins_signs_in_no_other(venue_class: str, now: str) -> None:
    with pytest.raises(CannotMint, match="the key signs from 2026-10-01 00:00 UTC to the end of 2026-Q4"):
        mint_for(CITY.profile(venue_class), now=datetime.fromisoformat(now))


READY = datetime(2026, 8, 31, 22, 30, tzinfo=UTC)
"""Before its quarter: such a key may have to stand in for the one before."""


@pytest.mark.parametrize(
    ("venue_class", "now", "expires"),
    [
        # The same for everybody: by the quarter of the key. Revocable: by the month in which the code is made.
        ("library", READY, (2029, 1)),
        ("library", datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC), (2029, 1)),
        ("library", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), (2029, 1)),
        ("pharmacy", READY, (2027, 9)),
        ("pharmacy", datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC), (2027, 10)),
        ("pharmacy", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), (2028, 1)),
    ],
)
def test_a_key_signs_from_ready_on_even_before_its_quarter(
    venue_class: str, now: datetime, expires: tuple[int, int]
) -> None:
    profile = CITY.profile(venue_class)
    code = mint_for(profile, now=now, issuer=issuer_of(profile, ready=int(READY.timestamp())))
    assert code is not None
    year, month = expires
    assert claims_of(code).exp == int(datetime(year, month, 1, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize("venue_class", ["library", "pharmacy"])
@pytest.mark.parametrize(
    ("ready", "now"),
    [
        (READY, READY - timedelta(seconds=1)),
        (READY, READY.replace(year=2025)),
        (READY, datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 22, 11, 59, 59, tzinfo=UTC)),
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
    ids=["a second early", "a year early", "quarter over", "late, a second early", "never: before", "never: at ready"],
)
def test_a_key_does_not_sign_before_it_is_ready_nor_after_its_quarter(
    venue_class: str, ready: datetime, now: datetime
) -> None:
    profile = CITY.profile(venue_class)
    says = f"the key signs from {ready:%Y-%m-%d %H:%M} UTC to the end of 2026-Q4"
    with pytest.raises(CannotMint, match=says):
        mint_for(profile, now=now, issuer=issuer_of(profile, Unasked(), ready=int(ready.timestamp())))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        mint_for(CITY.profile("library"), now=datetime(2026, 11, 22))  # noqa: DTZ001


@pytest.mark.parametrize("venue_class", ["library", "pharmacy"])
def test_no_code_outlives_its_key(venue_class: str) -> None:
    profile = CITY.profile(venue_class)
    exp = profile.expiry(int(NOW.timestamp()), QUARTER)
    assert mint_for(profile, issuer=issuer_of(profile, verify_until=exp)) is not None
    with pytest.raises(CannotMint, match="outlive"):
        mint_for(profile, issuer=issuer_of(profile, verify_until=exp - 1))


# ---- what does not fit together ----


@pytest.mark.parametrize("profile", CLASSES, ids=lambda profile: profile.venue_class)
def test_a_key_of_the_other_kind_does_not_sign(profile: Profile) -> None:
    other = Kind.COHORT if profile.kind is Kind.REVOCABLE else Kind.REVOCABLE
    with pytest.raises(CannotMint, match=other.value):
        mint_for(profile, issuer=issuer_of(profile, kind=other))


@pytest.mark.parametrize(
    ("venue_class", "handle"),
    [
        ("library", HANDLE),
        ("library", b""),
        ("library", bytes(9)),
        ("pharmacy", None),
        ("pharmacy", b""),
        ("pharmacy", bytes(9)),
        ("pharmacy", bytes(11)),
        ("pharmacy", bytes(16)),
    ],
)
def test_a_handle_that_does_not_fit_is_refused_whoever_asks(venue_class: str, handle: bytes | None) -> None:
    profile = CITY.profile(venue_class)
    for person in (EVERYTHING, {**CHILD, "resident": False}):
        with pytest.raises(CannotMint, match="handle"):
            mint(Record(person), profile, issuer_of(profile, Unasked()), now=NOW, handle=handle)


@pytest.mark.parametrize("handle", [b"", bytes(9), bytes(11)], ids=len)
def test_no_template_takes_a_handle_that_no_venue_can_decode(handle: bytes) -> None:
    profile = CITY.profile("pharmacy")
    issuer = issuer_of(profile)
    claims = claims_of(mint_for(profile, issuer=issuer) or "")
    with pytest.raises(Malformed, match="handle"):
        issue(replace(claims, handle=handle), profile, issuer, now=NOW)
    for like, other in ((claims, None), (replace(claims, handle=None), HANDLE)):
        with pytest.raises(Malformed, match="handle"):
            issuer.template(like).payload(other)


# ---- signers ----

ORDER = (1 << 252) + 27742317777372353535851937790883648493


class TwoFaced:
    """Signs with the key of a seed, but never twice alike; every signature verifies."""

    def __init__(self, seed: bytes) -> None:
        self.public_key = SeedSigner(seed).public_key
        hashed = bytearray(hashlib.sha512(seed).digest()[:32])
        hashed[0] &= 248
        hashed[31] = hashed[31] & 63 | 64
        self._scalar = int.from_bytes(hashed, "little")
        self.times = 0

    def sign(self, message: bytes) -> bytes:
        self.times += 1
        nonce = int.from_bytes(hashlib.sha512(bytes([self.times])).digest(), "little") % ORDER
        point = bindings.crypto_scalarmult_ed25519_base_noclamp(nonce.to_bytes(32, "little"))
        challenge = int.from_bytes(hashlib.sha512(point + self.public_key + message).digest(), "little")
        return point + ((nonce + challenge * self._scalar) % ORDER).to_bytes(32, "little")


@pytest.mark.parametrize("venue_class", ["library", "museum", "theatre"])
def test_a_signer_that_answers_twice_differently_cannot_mark_people(venue_class: str) -> None:
    two_faced = TwoFaced(CITY.signer("cohort").seed)
    one, other = two_faced.sign(b"message"), two_faced.sign(b"message")
    assert one != other
    assert verifies(two_faced.public_key, b"message", one)
    assert verifies(two_faced.public_key, b"message", other)
    profile = CITY.profile(venue_class)
    with pytest.raises(BadSigner, match="two different signatures"):
        mint_for(profile, issuer=issuer_of(profile, two_faced))


class Lying:
    """A signer whose answers were tampered with, from the nth answer on."""

    def __init__(self, honest: SeedSigner, tamper: Callable[[bytes], bytes], after: int = 0) -> None:
        self.public_key = honest.public_key
        self._honest, self._tamper, self._after = honest, tamper, after

    def sign(self, message: bytes) -> bytes:
        self._after -= 1
        signature = self._honest.sign(message)
        return signature if self._after >= 0 else self._tamper(signature)


LIES: dict[str, Callable[[bytes], bytes]] = {
    "the first bit flipped": lambda signature: bytes([signature[0] ^ 1]) + signature[1:],
    "the last bit flipped": lambda signature: signature[:-1] + bytes([signature[-1] ^ 0x80]),
    "zeros": lambda signature: bytes(64),
    "another key's": lambda signature: signer("other").sign(signature),
    "the same with another S": lambda signature: (
        signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    ),
    "nothing": lambda signature: b"",
    "cut short": lambda signature: signature[:-1],
    "too long": lambda signature: signature + b"\0",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
@pytest.mark.parametrize(("venue_class", "after"), [("library", 0), ("library", 1), ("pharmacy", 0)])
def test_a_signer_that_signs_wrongly_is_refused(venue_class: str, after: int, lie: Callable[[bytes], bytes]) -> None:
    profile = CITY.profile(venue_class)
    lying = Lying(CITY.signer(profile.kind.value), lie, after)
    with pytest.raises(BadSigner):
        mint_for(profile, issuer=issuer_of(profile, lying))


@pytest.mark.parametrize("venue_class", ["library", "pharmacy"])
def test_a_signer_with_another_key_than_it_signs_with_is_refused(venue_class: str) -> None:
    profile = CITY.profile(venue_class)
    impostor = Lying(CITY.signer(profile.kind.value), lambda signature: signature)
    impostor.public_key = signer("other").public_key
    with pytest.raises(BadSigner):
        mint_for(profile, issuer=issuer_of(profile, impostor))


@pytest.mark.parametrize(
    ("venue_class", "times"), [("library", 2), ("museum", 2), ("pool", 2), ("theatre", 2), ("pharmacy", 1)]
)
def test_how_often_a_signer_is_asked(venue_class: str, times: int) -> None:
    asked = []

    class Counting(SeedSigner):
        def sign(self, message: bytes) -> bytes:
            asked.append(message)
            return super().sign(message)

    profile = CITY.profile(venue_class)
    code = mint_for(profile, issuer=issuer_of(profile, Counting(CITY.signer(profile.kind.value).seed)))
    assert code == CITY.code(venue_class, EVERYTHING)
    assert len(asked) == times
    assert len(set(asked)) == 1


FAULTS: dict[str, tuple[Any, str, Callable[[Any], Callable[[Any], Any]]]] = {
    "the text": (text, "to_base45", lambda real: lambda data: real(data[:24] + bytes([data[24] ^ 1]) + data[25:])),
    "a signature in it": (text, "to_base45", lambda real: lambda data: real(data[:-1] + bytes([data[-1] ^ 1]))),
    "the message": (cose, "encode_sign1", lambda real: lambda message: real(message._replace(payload=bytes(30)))),
    "a kid in it": (
        cose,
        "encode_sign1",
        lambda real: lambda message: real(message._replace(protected=cose.encode_header(bytes(4)))),
    ),
    "the claims": (claims_format, "encode", lambda real: lambda of: real(replace(of, flags=of.flags | {16}))),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("venue_class", ["library", "pharmacy"])
def test_a_fault_of_ours_is_found_before_the_text_is_given_out(
    venue_class: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name, spoilt = FAULTS[fault]
    monkeypatch.setattr(module, name, spoilt(getattr(module, name)))
    with pytest.raises((CannotMint, BadSigner)):
        mint_for(CITY.profile(venue_class))


def test_no_combination_that_is_nearly_one_persons_is_kept() -> None:
    issuer = issuer_of(CITY.profile("pharmacy"))
    for month in (24330, 24331):
        claims = Claims(noon_of_first(24340), frozenset({1}), None, (18, month), HANDLE)
        assert issuer.template(claims).claims(HANDLE) == claims
    assert not issuer._templates
    assert issuer.template(replace(claims, age_from=None)) is issuer.template(replace(claims, age_from=None))


# ---- size ----


@pytest.mark.parametrize("profile", CLASSES, ids=lambda profile: profile.venue_class)
def test_the_largest_code_of_a_class_fits_its_symbol(profile: Profile) -> None:
    """Every value that its claims can take: flags, all ages that a profile can say, handles and ends of life."""
    largest = {Kind.COHORT: 6, Kind.REVOCABLE: 7}[profile.kind]
    ages = [None, *profile.ages] if profile.least_age is None else [a for a in profile.ages if a >= profile.least_age]
    handles = [bytes(10), b"\xff" * 10] if profile.kind is Kind.REVOCABLE else [None]
    ends = [noon_of_first(month) for month in (2026 * 12, 2036 * 12, 2060 * 12, 2106 * 12)]
    lengths = set()
    for claims in (Claims(exp, profile.flags, age, None, handle) for exp in ends for age in ages for handle in handles):
        code = text.encode(Environment.PRODUCTION, signed.encode(claims, CITY.signer(profile.kind.value), CITY.scope))
        symbol = segno.make_qr(code, error=profile.level, mode="alphanumeric", boost_error=False, mask=0)
        assert isinstance(symbol.version, int)
        assert symbol.version <= profile.max_version <= largest
        assert profile.level == "M"
        lengths.add(len(code))
    assert max(lengths) == profile.largest_length() <= profile.capacity


@pytest.mark.parametrize("profile", CLASSES, ids=lambda profile: profile.venue_class)
def test_a_code_as_minted_fits_its_symbol(profile: Profile) -> None:
    code = mint_for(profile)
    assert code is not None
    assert (
        segno.make_qr(code, error=profile.level, mode="alphanumeric", boost_error=False).version == profile.max_version
    )


def test_a_code_beyond_the_version_of_its_profile_is_refused() -> None:
    profile = replace(CITY.profile("library"))
    object.__setattr__(profile, "max_version", 5)
    with pytest.raises(CannotMint, match="QR 5-M"):
        mint_for(profile)


# ---- cancelled ----


def test_a_handle_that_is_cancelled_is_not_minted_again() -> None:
    pharmacy = CITY.profile("pharmacy")
    for cancelled in ({HANDLE}, {HANDLE: 24336}):
        with pytest.raises(CannotMint, match="the handle for 'pharmacy' is cancelled: make a new slip") as refused:
            mint(Record(ADULT), pharmacy, issuer_of(pharmacy), now=NOW, handle=HANDLE, cancelled=cancelled)
        assert HANDLE.hex() not in str(refused.value)
    assert mint(Record(ADULT), pharmacy, issuer_of(pharmacy), now=NOW, handle=HANDLE, cancelled={bytes(10)})


def test_of_a_cancelled_cohort_no_more_codes_are_minted_until_another_key_signs() -> None:
    library = CITY.profile("library")
    cohort = CITY.cohort(CITY.code("library"))
    for profile in (library, CITY.profile("museum")):
        with pytest.raises(CannotMint, match=r"like this one are cancelled.*idcard key retire"):
            mint(Record(ADULT), profile, issuer_of(profile), now=NOW, cancelled={cohort})
    standby = issuer_of(library, CITY.signer("cohort standby"))
    assert mint(Record(ADULT), library, standby, now=NOW, cancelled={cohort}) is not None


def test_who_does_not_qualify_is_told_so_whatever_is_cancelled() -> None:
    theatre = CITY.profile("theatre")
    assert mint(Record(ADULT), theatre, issuer_of(theatre), now=NOW, cancelled={HANDLE}) is None
