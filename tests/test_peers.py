"""Two other COSE libraries and idcard read each other's credentials."""

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cities import HANDLE, NOW, City

from idcard import cose
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.city.plan import IssuedClass
from idcard.city.profile import Kind, Profile
from idcard.credential import text
from idcard.errors import Reason
from idcard.verify import Card, Refused, Verifier

pytestmark = pytest.mark.peers

ROOT = Path(__file__).parent.parent
PEER = ROOT / "tests" / "peers" / "peer.py"
PYTHON = Path(os.environ.get("IDCARD_PEERS_PYTHON") or ROOT / ".venv-peers" / "bin" / "python")
LIBRARIES = ("python-cwt", "pycose")

BAR = IssuedClass(
    number=6,
    tolerance=120,
    profile=Profile(
        venue_class="bar",
        kind=Kind.REVOCABLE,
        flags=frozenset(),
        ages=(18, 21),
        least_age=18,
        age_from=True,
        life=24,
        max_version=7,
    ),
)
CITY = City(classes=(*DEFAULT_CLASSES, BAR))
AAD = b"idcard.code production springfield"
"""What every code of the city has as external_aad."""
OTHER_AADS = (b"", b"idcard.code test springfield", b"idcard.code production shelbyville")
PERSON = {"birth_date": "2007-06-15", "resident": True, "student": True}


@dataclass(frozen=True)
class Issued:
    """What the code of PERSON says for a class, worked out by hand from specs/credential.md."""

    expires: datetime
    holder: list[list[Any]]
    proven: tuple[str, ...]


ISSUED = {
    "library": Issued(datetime(2029, 1, 1, 12, tzinfo=UTC), [[1, True]], ("resident",)),
    "museum": Issued(datetime(2029, 1, 1, 12, tzinfo=UTC), [[1, True]], ("resident",)),
    "pool": Issued(datetime(2029, 1, 1, 12, tzinfo=UTC), [[1, True], [2, 18]], ("resident", "age_over_18")),
    "theatre": Issued(datetime(2028, 1, 1, 12, tzinfo=UTC), [[1, True], [4, True]], ("resident", "student")),
    "pharmacy": Issued(datetime(2027, 12, 1, 12, tzinfo=UTC), [[1, True]], ("resident",)),
    "bar": Issued(datetime(2028, 12, 1, 12, tzinfo=UTC), [[2, 18], [3, [21, 5]]], ("age_over_18",)),
}
"""Somebody who is 21 on 15 June 2028 is so from 1 July 2028, 5 months before December."""


def signer_of(venue_class: str) -> Any:
    return CITY.signer(CITY.profile(venue_class).kind.value)


def claims_of(venue_class: str) -> dict[str, Any]:
    revocable = CITY.profile(venue_class).kind is Kind.REVOCABLE
    return {
        "exp": int(ISSUED[venue_class].expires.timestamp()),
        "cti": HANDLE.hex() if revocable else None,
        "holder": ISSUED[venue_class].holder,
    }


def credential_of(venue_class: str) -> bytes:
    return text.decode(CITY.code(venue_class, PERSON))[1]


def to_read(venue_class: str, credential: bytes, aad: bytes = AAD) -> dict[str, str]:
    key = signer_of(venue_class).public_key
    return {"key": key.hex(), "kid": cose.kid(key).hex(), "aad": aad.hex(), "credential": credential.hex()}


def to_sign(venue_class: str) -> dict[str, Any]:
    signer = signer_of(venue_class)
    kid = cose.kid(signer.public_key)
    claims = claims_of(venue_class)
    return {
        "seed": signer.seed.hex(),
        "key": signer.public_key.hex(),
        "kid": kid.hex(),
        "aad": AAD.hex(),
        "claims": claims,
    }


def flipped(data: bytes) -> list[bytes]:
    """The data with each of its bits flipped in turn."""
    number = int.from_bytes(data, "big")
    return [(number ^ 1 << bit).to_bytes(len(data), "big") for bit in range(8 * len(data))]


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """What each library answered to the questions of this module."""
    if not PYTHON.exists():
        pytest.skip("needs python-cwt and pycose (make peers)")
    questions = {
        "read": [to_read(name, credential_of(name)) for name in ISSUED]
        + [to_read("library", data) for data in flipped(credential_of("library"))]
        + [to_read("pharmacy", data) for data in flipped(credential_of("pharmacy"))]
        + [to_read(name, credential_of(name), aad) for name in ISSUED for aad in OTHER_AADS],
        "sign": [to_sign(name) for name in ISSUED],
    }
    asked = subprocess.run(
        [PYTHON, PEER], input=json.dumps(questions), capture_output=True, text=True, timeout=120, check=False
    )
    assert asked.returncode == 0, asked.stderr
    return dict(json.loads(asked.stdout))


def test_every_class_is_covered() -> None:
    assert {each.profile.venue_class for each in CITY.classes} == ISSUED.keys()


@pytest.mark.parametrize("library", LIBRARIES)
def test_they_read_our_codes(answers: dict[str, Any], library: str) -> None:
    read = dict(zip(ISSUED, answers[library]["read"], strict=False))
    assert read == {name: claims_of(name) | {"others": []} for name in ISSUED}


@pytest.mark.parametrize("library", LIBRARIES)
def test_they_refuse_every_flipped_bit(answers: dict[str, Any], library: str) -> None:
    read = answers[library]["read"][len(ISSUED) : -len(ISSUED) * len(OTHER_AADS)]
    assert len(read) == 8 * (len(credential_of("library")) + len(credential_of("pharmacy")))
    assert [bit for bit, claims in enumerate(read) if claims is not None] == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_they_refuse_our_codes_for_another_city_or_environment(answers: dict[str, Any], library: str) -> None:
    read = answers[library]["read"][-len(ISSUED) * len(OTHER_AADS) :]
    assert read == [None] * len(ISSUED) * len(OTHER_AADS)


@pytest.mark.parametrize("library", LIBRARIES)
def test_we_verify_what_they_sign(answers: dict[str, Any], library: str) -> None:
    verifier = Verifier(CITY.file)
    for name, signed in zip(ISSUED, answers[library]["signed"], strict=True):
        code = text.encode(CITY.environment, bytes.fromhex(signed))
        expected = Card(name, ISSUED[name].proven, ISSUED[name].expires, 0, False, CITY.environment, False)
        assert verifier.verify(code, name, now=NOW) == expected
        assert code == CITY.code(name, PERSON)


def test_we_refuse_a_kid_outside_the_signature(answers: dict[str, Any]) -> None:
    verifier = Verifier(CITY.file)
    for name, signed in zip(ISSUED, answers["python-cwt plain"]["signed"], strict=True):
        with pytest.raises(Refused) as refused:
            verifier.verify(text.encode(CITY.environment, bytes.fromhex(signed)), name, now=NOW)
        assert refused.value.reason is Reason.MALFORMED
