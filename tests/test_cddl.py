"""Everything that a city makes is what the CDDL in specs/ says. What the CDDL does not say, the program refuses."""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cities import ADULT, CHILD, HANDLE, City
from hypothesis import given, settings
from hypothesis import strategies as st
from stories import File, Kill, build, build_note

from idcard import cose
from idcard.ceremony import publish
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.city.plan import IssuedClass
from idcard.city.profile import Kind, Profile
from idcard.city.record import Record
from idcard.credential import calendar, claims, signed, text
from idcard.credential.claims import FLAGS, MAX_AGE, MAX_MONTHS_BEFORE, Claims
from idcard.credential.text import Environment
from idcard.errors import IdcardError
from idcard.issuing.minting import mint
from idcard.trust import kill_note, root, trust_file, trust_list

pycddl = pytest.importorskip("pycddl", reason="pycddl has no package for this version of Python")

SPECS = Path(__file__).parent.parent / "specs"
VECTORS = sorted((SPECS / "vectors" / "decision").glob("*.json"))


class Grammar:
    """CDDL files under pycddl. What stands in an array or in an embedded byte string is checked alone as well.

    pycddl 0.6.4 is right about maps. But in an array it takes `.cbor` to be about every item, takes anything for a map,
    and does not count arrays; any map is `{}` to it, and any tag a byte string; a range or `.size` makes it forget of
    what; it refuses maps among several choices; and it looks for a regular expression anywhere in a text.
    """

    def __init__(self, *names: str) -> None:
        grammar = re.sub(r";.*", "", "".join((SPECS / name).read_text("utf-8") for name in names))
        self._rules = dict(re.findall(r"^([a-z][a-z-]*) = (.*?)\s*(?=^[a-z][a-z-]* = |\Z)", grammar, re.M | re.S))
        grammar = re.sub(r"bstr \.cbor \S+", "bstr", grammar)
        grammar = re.sub(r'\.regexp "(.*)"', lambda match: f'.regexp "^({match[1]})$"', grammar)
        grammar = grammar.replace("{ * int => value }", "{ * any => any }")
        self._schemas = {
            rule: [pycddl.Schema(f"start = {start}\n{grammar}") for start in (rule, self._bare(definition))]
            for rule, definition in self._rules.items()
        }

    @staticmethod
    def _bare(definition: str) -> str:
        """The type without range and control."""
        return re.sub(r"^\d+\.\.\d+$", "int", re.sub(r"^([a-z]+) \..*", r"\1", definition))

    def check(self, rule: str, data: bytes) -> None:
        """Raises ValidationError."""
        for schema in self._schemas[rule]:
            schema.validate_cbor(data)
        definition, value = self._rules[rule], cbor2.loads(data)
        if definition == "{}" and value:
            raise pycddl.ValidationError("a map that is not empty")
        if embedded := re.fullmatch(r"bstr \.cbor (\S+)", definition):
            if not isinstance(value, bytes):
                raise pycddl.ValidationError("not a byte string")
            self.check(embedded[1], value)
        for part_rule, part in self._parts(definition, value):
            self.check(part_rule, cbor2.dumps(part))

    def _parts(self, definition: str, value: Any) -> Iterator[tuple[str, Any]]:
        """The parts of a value for which the definition names a rule."""
        if definition in self._rules:
            yield definition, value
        elif tag := re.fullmatch(r"#6\.\d+\((.*)\)", definition):
            yield from self._parts(tag[1], value.value)
        elif items := re.fullmatch(r"\[(\d*)[+*](\d*) (\S+)\]", definition):
            if not int(items[1] or 0) <= len(value) <= int(items[2] or len(value)):
                raise pycddl.ValidationError("not so many items")
            for item in value:
                yield from self._parts(items[3], item)
        elif array := re.fullmatch(r"\[(\S+, .*)\]", definition):
            for name, item in zip(array[1].split(", "), value, strict=True):
                yield from self._parts(name, item)
        elif definition.startswith("{"):
            for key, meaning in re.findall(r"(-?\d+): (\[\S+ \S+\]|[a-z-]+)", definition):
                if int(key) in value:
                    yield from self._parts(meaning, value[int(key)])


GRAMMAR = Grammar("trust.cddl", "credential.cddl")

EVERYTHING = ADULT | dict.fromkeys(FLAGS.values(), True)
NOTHING_BUT_AGE = ADULT | dict.fromkeys(FLAGS.values(), False)
PEOPLE = (
    EVERYTHING,
    EVERYTHING | {"birth_date": "1950-02-28"},
    EVERYTHING | {"birth_date": "2009-03-15"},
    NOTHING_BUT_AGE,
    NOTHING_BUT_AGE | {"resident": True},
    NOTHING_BUT_AGE | CHILD,
)


def issued(number: int, venue_class: str, kind: Kind, flags: frozenset[int], **profile: Any) -> IssuedClass:
    return IssuedClass(
        number=number,
        tolerance=400,
        profile=Profile(venue_class=venue_class, kind=kind, flags=flags, life=120, **profile),
    )


RESIDENT = frozenset({1})
CITIES = (
    City(),
    City("shelbyville", Environment.TEST),
    City(
        "ogdenville-2",
        classes=(
            issued(7, "cinema", Kind.COHORT, RESIDENT, ages=(6, 18, 65), max_version=7),
            issued(8, "bar", Kind.REVOCABLE, frozenset(), ages=(18, 21), least_age=18, age_from=True, max_version=8),
            issued(65535, "all-of-it", Kind.REVOCABLE, frozenset(FLAGS), level="Q", max_version=12),
        ),
    ),
    City("capital-city", Environment.TEST, classes=DEFAULT_CLASSES[:1]),
)


@pytest.fixture(params=CITIES, ids=lambda city: f"{city.id}-{city.environment}")
def city(request: pytest.FixtureRequest) -> City:
    return request.param


# ---- what is made ----


def codes(city: City) -> Iterator[str]:
    for each in city.classes:
        kind = each.profile.kind
        handle = HANDLE if kind is Kind.REVOCABLE else None
        for person in PEOPLE:
            code = mint(Record(person), each.profile, city.issuer(kind), now=city.now, handle=handle)
            if code is not None:
                yield code


def check_code(code: str) -> None:
    GRAMMAR.check("credential", text.decode(code)[1])


def test_every_code_of_a_city(city: City) -> None:
    made = set(codes(city))
    assert len(made) >= len({each.profile.kind for each in city.classes})
    for code in made:
        check_code(code)


def test_those_codes_carry_every_claim() -> None:
    found = [signed.decode(text.decode(code)[1]).claims for city in CITIES for code in codes(city)]
    assert frozenset().union(*(each.flags for each in found)) == FLAGS.keys()
    assert {each.age is None for each in found} == {True, False}
    assert {each.age_from is None for each in found} == {True, False}
    assert {each.handle is None for each in found} == {True, False}


def test_everything_that_a_city_publishes(city: City) -> None:
    GRAMMAR.check("trust-file", city.file)
    GRAMMAR.check("root-document", city.sign_root())
    GRAMMAR.check("list-document", city.sign_list())


def test_a_trust_file_with_a_past(city: City) -> None:
    file = city.trust_file(
        roots=[city.sign_root(), city.sign_root(city.root(version=2), city.root_signers)],
        cancelled=[HANDLE, bytes(10)],
        keys=tuple(replace(key, compromised=True) for key in city.trust_list().keys),
        version=2,
    )
    trust_file.decode(file)
    GRAMMAR.check("trust-file", file)


@pytest.mark.skipif(not VECTORS, reason="specs/vectors/ has no vector")
def test_every_accepted_vector() -> None:
    vectors = [json.loads(path.read_text("utf-8")) for path in VECTORS]
    accepted = [vector for vector in vectors if vector["expect"]["outcome"] == "accept"]
    assert accepted
    for vector in accepted:
        check_code(vector["text"])
        GRAMMAR.check("trust-file", base64.b64decode(vector["trust_file"], validate=True))


AGES = st.integers(1, MAX_AGE)


@st.composite
def any_claims(draw: st.DrawFn) -> Claims:
    month = draw(st.integers(1970 * 12, 2106 * 12 + 1))
    flags = draw(st.frozensets(st.sampled_from(sorted(FLAGS))))
    age_from = draw(st.none() | st.tuples(AGES, st.integers(month - MAX_MONTHS_BEFORE, month - 1)))
    age = draw(AGES if not flags and age_from is None else st.none() | AGES)
    handle = draw(st.none() | st.binary(min_size=10, max_size=10))
    return Claims(calendar.noon_of_first(month), flags, age, age_from, handle)


@settings(deadline=None)
@given(any_claims())
def test_any_claims(value: Claims) -> None:
    credential = signed.encode(value, CITIES[0].signer("cohort"), CITIES[0].scope)
    assert signed.decode(credential).claims == value
    GRAMMAR.check("credential", credential)


EXP = calendar.noon_of_first(2028 * 12)
VALUES = st.sampled_from(
    [True, False, 0, 1, 18, 150, 151, -1, [18, 2], [18, 256], [0, 1], [18], [1, 2, 3], [], "x", b"x", {}, {1: 2}]
)
HOLDERS = st.dictionaries(st.sampled_from([0, 1, 2, 3, 8, 9, 16, 23, 24, -1, -300]), VALUES, max_size=3)
LAST_EXP = calendar.noon_of_first(2106 * 12 + 1)
PAYLOADS = st.fixed_dictionaries(
    {4: st.sampled_from([EXP, LAST_EXP, 1 << 32, -1, True]), -65537: HOLDERS | VALUES},
    optional={7: st.binary(min_size=9, max_size=11), 8: VALUES},
)


def passes(check: Callable[..., object], *arguments: object) -> bool:
    try:
        check(*arguments)
    except (IdcardError, pycddl.ValidationError):
        return False
    return True


@settings(deadline=None)
@given(PAYLOADS | HOLDERS.map(lambda holder: {4: EXP, 7: HANDLE, -65537: holder}))
def test_grammar_and_program_agree_on_claims(payload: dict[int, Any]) -> None:
    data = cose.encode(payload)
    assert passes(claims.decode, data) is passes(GRAMMAR.check, "claims", data)


# ---- what is right and what is wrong ----

DECODERS: Mapping[str, Callable[[bytes], object]] = {
    "credential": signed.decode,
    "root-document": cose.decode_sign,
    "root": root.decode,
    "trust-list": trust_list.decode,
    "trust-file": trust_file.decode,
}
REMOVED = object()
HEADER = {1: -8, 4: b"kid4"}
CLAIMS = {4: EXP, 7: HANDLE, -65537: {1: True, 2: 18}}
FILE = cose.decode(CITIES[0].file)
ROOT = cose.decode(cose.decode_sign(FILE[1][0]).payload)
LIST = cose.decode(cose.decode_sign(FILE[2]).payload)
KILLED = cose.decode(build(File(killed=("cohort", "revocable"))))


def changed(fields: Mapping[int, Any], changes: Mapping[int, Any]) -> dict[int, Any]:
    """A map with other values or entries, none with REMOVED, in the order of the format."""
    merged = {key: value for key, value in {**fields, **changes}.items() if value is not REMOVED}
    return {key: merged[key] for key in sorted(merged, key=lambda key: (key < 0, abs(key)))}


def dumps(fields: Mapping[int, Any], changes: Mapping[int, Any]) -> bytes:
    """Not with idcard.cose, which does not encode everything that is wrong here."""
    return cbor2.dumps(changed(fields, changes))


def message(tag: int, parts: list[Any], changes: Mapping[int, Any]) -> bytes:
    """A COSE message; changes by the number of the part."""
    return cbor2.dumps(cbor2.CBORTag(tag, list(changed(dict(enumerate(parts)), changes).values())))


def credential(changes: Mapping[int, Any], tag: int = 18) -> bytes:
    return message(tag, [dumps(HEADER, {}), {}, dumps(CLAIMS, {}), bytes(64)], changes)


def with_header(changes: Mapping[int, Any]) -> bytes:
    return credential({0: dumps(HEADER, changes)})


def with_claims(changes: Mapping[int, Any]) -> bytes:
    return credential({2: dumps(CLAIMS, changes)})


def with_holder(holder: Any) -> bytes:
    return with_claims({-65537: holder})


def signatures(number: int, changes: Mapping[int, Any]) -> list[Any]:
    """A list of signatures, all changed in the same way."""
    headers = [dumps(HEADER, {4: bytes((0, 0, 0, each))}) for each in range(number)]
    return [list(changed({0: header, 1: {}, 2: bytes(64)}, changes).values()) for header in headers]


def document(changes: Mapping[int, Any], tag: int = 98) -> bytes:
    return message(tag, [b"", {}, dumps(ROOT, {}), signatures(2, {})], changes)


def note(changes: Mapping[int, Any]) -> bytes:
    """A kill note with any payload, well signed."""
    by, scope = CITIES[0].signer("cohort"), CITIES[0].scope
    return publish.sign(dumps({1: by.public_key}, changes), kill_note.KIND, scope, [by])


def with_class(changes: Mapping[int, Any]) -> bytes:
    return dumps(LIST, {6: [changed(LIST[6][0], changes)]})


def with_key(changes: Mapping[int, Any]) -> bytes:
    return dumps(LIST, {7: [changed(LIST[7][0], changes)]})


def keys(number: int) -> list[bytes]:
    return [bytes(31) + bytes((each,)) for each in range(number)]


RIGHT = {
    "credential": {
        "unchanged": credential({}),
        "no cti": with_claims({7: REMOVED}),
        "growth": with_holder({1: True, 9: [1, {2: b"x"}], 24: {}, 25: {0: {0: 0}}}),
        "newer": with_holder({1: True, -7: "x"}),
        "growth alone": with_holder({9: 1}),
        "limits": with_holder({2: 150, 3: [150, 255]}),
    },
    "root-document": {"unchanged": document({}), "23 signatures": document({3: signatures(23, {})})},
    "root": {
        "unchanged": dumps(ROOT, {}),
        "growth": dumps(ROOT, {10: [True]}),
        "a root that follows another": dumps(ROOT, {1: 2, 9: bytes(32)}),
        "15 keys": dumps(ROOT, {7: [15, keys(15)], 8: [1, keys(15)]}),
        "long name": dumps(ROOT, {3: 64 * "ẞ"}),
    },
    "trust-list": {
        "unchanged": dumps(LIST, {}),
        "growth": dumps(LIST, {10: b"x"}),
        "growth of a class": with_class({8: False}),
        "photo check": with_class({7: True}),
        "growth of a key": with_key({5: 0}),
        "age alone": with_class({3: [], 4: 18}),
        "nothing yet": dumps(LIST, {6: [], 7: []}),
    },
    "trust-file": {"unchanged": dumps(FILE, {}), "growth": dumps(FILE, {9: 0}), "kill notes": dumps(KILLED, {})},
}

WRONG = {
    "credential": {
        "no tag": cbor2.dumps(cbor2.loads(credential({})).value),
        "another tag": credential({}, tag=98),
        "tagged twice": b"\xd2" + credential({}),
        "three parts": credential({3: REMOVED}),
        "five parts": credential({4: bytes(64)}),
        "header not in bytes": credential({0: HEADER}),
        "header of no bytes": credential({0: b""}),
        "another alg": with_header({1: -19}),
        "no alg": with_header({1: REMOVED}),
        "no kid": with_header({4: REMOVED}),
        "kid of 5 bytes": with_header({4: b"kid45"}),
        "kid as text": with_header({4: "kid4"}),
        "crit": with_header({2: [1]}),
        "unprotected kid": credential({1: {4: b"kid4"}}),
        "unprotected array": credential({1: []}),
        "unprotected bytes": credential({1: b"\xa0"}),
        "payload not in bytes": credential({2: CLAIMS}),
        "payload not a map": credential({2: cbor2.dumps([EXP])}),
        "signature of 63 bytes": credential({3: bytes(63)}),
        "signature as text": credential({3: "x" * 64}),
        "no exp": with_claims({4: REMOVED}),
        "float exp": with_claims({4: float(EXP)}),
        "negative exp": with_claims({4: -1}),
        "exp too late": with_claims({4: 1 << 32}),
        "exp as text": with_claims({4: str(EXP)}),
        "exp with a tag": with_claims({4: cbor2.CBORTag(1, EXP)}),
        "cti of 9 bytes": with_claims({7: HANDLE[1:]}),
        "cti of 11 bytes": with_claims({7: HANDLE + b"x"}),
        "cti as text": with_claims({7: "0123456789"}),
        "iat": with_claims({6: EXP}),
        "another private claim": with_claims({-65538: 1}),
        "no holder": with_claims({-65537: REMOVED}),
        "empty holder": with_holder({}),
        "holder an array": with_holder([1]),
        **{f"{name} false": with_holder({2: 18, key: False}) for key, name in FLAGS.items()},
        "flag as number": with_holder({4: 1}),
        "age 0": with_holder({2: 0}),
        "age 151": with_holder({2: 151}),
        "float age": with_holder({2: 18.0}),
        "age true": with_holder({2: True}),
        "age as bytes": with_holder({2: b"x"}),
        "age_from without months": with_holder({3: [18]}),
        "age_from not a pair": with_holder({3: 18}),
        "age_from of three": with_holder({3: [18, 1, 1]}),
        "age_from 0": with_holder({3: [0, 1]}),
        "age_from long before exp": with_holder({3: [18, 256]}),
        "age_from at exp": with_holder({3: [18, 0]}),
        "unknown null": with_holder({1: True, 9: None}),
        "unknown float": with_holder({1: True, 9: 0.5}),
        "claim by name": credential({2: cbor2.dumps({4: EXP, -65537: {"resident": True}})}),
    },
    "root-document": {
        "no tag": cbor2.dumps(cbor2.loads(document({})).value),
        "tag of one signature": document({}, tag=18),
        "three parts": document({3: REMOVED}),
        "body header": document({0: dumps(HEADER, {})}),
        "body header a map": document({0: {}}),
        "unprotected kid": document({1: {4: b"kid4"}}),
        "payload not in bytes": document({2: ROOT}),
        "signatures not a list": document({3: bytes(64)}),
        "no signature": document({3: []}),
        "24 signatures": document({3: signatures(24, {})}),
        "another alg": document({3: signatures(1, {0: dumps(HEADER, {1: -7})})}),
        "signer without kid": document({3: signatures(1, {0: dumps(HEADER, {4: REMOVED})})}),
        "signer with unprotected kid": document({3: signatures(2, {1: {4: b"kid4"}})}),
        "short signatures": document({3: signatures(2, {2: bytes(63)})}),
        "signers of two parts": document({3: signatures(2, {2: REMOVED})}),
        "signers of four parts": document({3: signatures(2, {3: 0})}),
    },
    "root": {
        **{f"no {key}": dumps(ROOT, {key: REMOVED}) for key in ROOT},
        "version 0": dumps(ROOT, {1: 0}),
        "version too high": dumps(ROOT, {1: 1 << 32}),
        "empty id": dumps(ROOT, {2: ""}),
        "long id": dumps(ROOT, {2: "a" * 33}),
        "id in capitals": dumps(ROOT, {2: "Springfield"}),
        "id that begins with a digit": dumps(ROOT, {2: "1a"}),
        "id with a line end": dumps(ROOT, {2: "a\n"}),
        "id as bytes": dumps(ROOT, {2: b"a"}),
        "empty name": dumps(ROOT, {3: ""}),
        "long name": dumps(ROOT, {3: "ẞ" * 65}),
        "name of two lines": dumps(ROOT, {3: "a\nb"}),
        "environment 2": dumps(ROOT, {4: 2}),
        "environment false": dumps(ROOT, {4: False}),
        "float exp": dumps(ROOT, {5: float(EXP)}),
        "negative exp": dumps(ROOT, {5: -1}),
        "0 days": dumps(ROOT, {6: 0}),
        "401 days": dumps(ROOT, {6: 401}),
        "role without threshold": dumps(ROOT, {7: [keys(2)]}),
        "role of three parts": dumps(ROOT, {7: [1, keys(2), 1]}),
        "threshold 0": dumps(ROOT, {7: [0, keys(2)]}),
        "threshold true": dumps(ROOT, {8: [True, keys(2)]}),
        "no keys": dumps(ROOT, {8: [1, []]}),
        "16 keys": dumps(ROOT, {7: [1, keys(16)]}),
        "short key": dumps(ROOT, {8: [1, [bytes(31)]]}),
        "key alone": dumps(ROOT, {8: [1, bytes(32)]}),
        "short digest of the root before": dumps(ROOT, {1: 2, 9: bytes(31)}),
        "long digest of the root before": dumps(ROOT, {1: 2, 9: bytes(33)}),
        "root before by its version": dumps(ROOT, {1: 2, 9: 1}),
        "unknown float": dumps(ROOT, {10: 0.5}),
    },
    "trust-list": {
        **{f"no {key}": dumps(LIST, {key: REMOVED}) for key in LIST},
        "version 0": dumps(LIST, {1: 0}),
        "float time of issue": dumps(LIST, {2: 0.5}),
        "float time of next update": dumps(LIST, {3: EXP - 0.5}),
        "exp too late": dumps(LIST, {4: 1 << 32}),
        "no contact": dumps(LIST, {5: ""}),
        "contact with an escape sequence": dumps(LIST, {5: "\x9bm"}),
        "long contact": dumps(LIST, {5: "x" * 201}),
        "classes not a list": dumps(LIST, {6: LIST[6][0]}),
        "class not a map": dumps(LIST, {6: [1]}),
        **{f"class without {key}": with_class({key: REMOVED}) for key in (1, 2, 3, 6)},
        "class 0": with_class({1: 0}),
        "class 65536": with_class({1: 65536}),
        "class in capitals": with_class({2: "Library"}),
        "class that asks nothing": with_class({3: []}),
        "claim by name": with_class({3: ["resident"]}),
        "claim -1": with_class({3: [-1]}),
        "least age 0": with_class({4: 0}),
        "least age 151": with_class({4: 151}),
        "handle false": with_class({5: False}),
        "no photo check said": with_class({7: False}),
        "tolerance 0": with_class({6: 0}),
        "tolerance 401": with_class({6: 401}),
        "unknown float in a class": with_class({7: 0.5}),
        "second class wrong": dumps(LIST, {6: [LIST[6][0], changed(LIST[6][1], {6: REMOVED})]}),
        **{f"key without {key}": with_key({key: REMOVED}) for key in (1, 2, 3)},
        "short key": with_key({1: bytes(31)}),
        "classes of a key not a list": with_key({2: 1}),
        "classes of a key by name": with_key({2: ["library"]}),
        "float verify_until": with_key({3: float(EXP)}),
        "compromised false": with_key({4: False}),
        "second key wrong": dumps(LIST, {7: [LIST[7][0], changed(LIST[7][1], {4: False})]}),
        "short digest": dumps(LIST, {8: bytes(31)}),
        "short digest of the root": dumps(LIST, {9: bytes(31)}),
        "digest of the root as text": dumps(LIST, {9: "x" * 32}),
        "root by its version": dumps(LIST, {9: 1}),
        "unknown float": dumps(LIST, {10: 0.5}),
    },
    "trust-file": {
        **{f"no {key}": dumps(FILE, {key: REMOVED}) for key in FILE},
        "no root": dumps(FILE, {1: []}),
        "256 roots": dumps(FILE, {1: FILE[1] * 256}),
        "root not in a list": dumps(FILE, {1: FILE[1][0]}),
        "root not in bytes": dumps(FILE, {1: [cbor2.loads(FILE[1][0])]}),
        "root cut short": dumps(FILE, {1: [FILE[1][0][:-1]]}),
        "list for a root": dumps(FILE, {1: [FILE[2]]}),
        "root for a list": dumps(FILE, {2: FILE[1][0]}),
        "cancellations for a list": dumps(FILE, {2: FILE[3]}),
        "list not in bytes": dumps(FILE, {2: cbor2.loads(FILE[2])}),
        "cancellations not in bytes": dumps(FILE, {3: []}),
        "cancellations an array": dumps(FILE, {3: cbor2.dumps([HANDLE])}),
        "unknown float": dumps(FILE, {9: 0.5}),
        "kill notes that are none": dumps(FILE, {4: []}),
        "kill note not in a list": dumps(FILE, {4: KILLED[4][0]}),
        "kill note not in bytes": dumps(FILE, {4: [cbor2.loads(KILLED[4][0])]}),
        "kill note cut short": dumps(FILE, {4: [KILLED[4][0][:-1]]}),
        "list for a kill note": dumps(FILE, {4: [FILE[2]]}),
        "kill note of a short key": dumps(FILE, {4: [note({1: bytes(31)})]}),
        "kill note of no key": dumps(FILE, {4: [note({1: REMOVED})]}),
        "unknown float in a kill note": dumps(FILE, {4: [note({9: 0.5})]}),
        "kill note with two signatures": dumps(FILE, {4: [build_note(Kill(by=("cohort", "revocable")))]}),
    },
}


def named(table: Mapping[str, Mapping[str, bytes]]) -> list[Any]:
    return [
        pytest.param(rule, data, id=f"{rule}: {name}")
        for rule, shapes in table.items()
        for name, data in shapes.items()
    ]


@pytest.mark.parametrize(("rule", "data"), named(RIGHT))
def test_right(rule: str, data: bytes) -> None:
    GRAMMAR.check(rule, data)
    DECODERS[rule](data)


@pytest.mark.parametrize(("rule", "data"), named(WRONG))
def test_wrong(rule: str, data: bytes) -> None:
    with pytest.raises(pycddl.ValidationError):
        GRAMMAR.check(rule, data)
    with pytest.raises(IdcardError):
        DECODERS[rule](data)
