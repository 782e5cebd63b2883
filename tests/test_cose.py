"""One value, one encoding: deterministic CBOR (RFC 8949 §4.2.1), and the COSE messages (RFC 9052 §4)."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import cbor2
import pytest
from cities import NOW, City, signer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idcard import cose
from idcard.cose import BadSigner, Sign, Sign1
from idcard.errors import Malformed

CITY = City()
KID = bytes.fromhex("01020304")
HEADER = bytes.fromhex("a20127044401020304")
SIGNATURE = bytes(range(64))
DEEPEST = 8
"""Containers within one another."""

integers = st.integers(-(1 << 64), (1 << 64) - 1) | st.sampled_from(
    [sign * (1 << bits) + more for bits in (0, 5, 8, 16, 32, 63) for sign in (1, -1) for more in (-1, 0, 1)]
)
leaves = integers | st.binary(max_size=30) | st.text(max_size=30) | st.booleans()
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(integers, inner, max_size=4),
    max_leaves=12,
).filter(lambda value: depth_of(value) <= DEEPEST)


def depth_of(value: Any) -> int:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if items is None else 1 + max(map(depth_of, items), default=0)


def by_the_rfc(value: Any) -> bytes:
    """RFC 8949 §3 and §4.2.1, written down once more in the plainest way."""

    def head(major: int, number: int) -> bytes:
        if number < 24:
            return bytes([major << 5 | number])
        size = next(size for size in (1, 2, 4, 8) if number < 1 << 8 * size)
        return bytes([major << 5 | 24 + size.bit_length() - 1]) + number.to_bytes(size, "big")

    match value:
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(by_the_rfc, value))
        case dict():
            return head(5, len(value)) + b"".join(sorted(by_the_rfc(k) + by_the_rfc(v) for k, v in value.items()))
    raise AssertionError(value)


def flips(data: bytes) -> Iterator[bytes]:
    """The data with each of its bits turned over, one at a time."""
    for at in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        yield bytes(flipped)


def means_itself(decode: Callable[[bytes], Any], encode: Callable[[Any], bytes], data: bytes) -> bool:
    """Whether the bytes decode. If they do, what they mean must have these bytes and no others."""
    try:
        value = decode(data)
    except Malformed:
        return False
    assert encode(value) == data
    return True


# ---- CBOR: values ----


@given(values)
def test_a_value_is_what_its_encoding_decodes_to(value: Any) -> None:
    again = cose.decode(cose.encode(value))
    assert again == value
    # 1 == True in Python; not in CBOR.
    assert by_the_rfc(again) == by_the_rfc(value)


@given(values)
def test_an_encoding_is_what_the_rfc_says_and_others_read(value: Any) -> None:
    data = cose.encode(value)
    assert data == by_the_rfc(value)
    assert cbor2.loads(data) == value


@given(st.dictionaries(integers, st.booleans(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_a_map_was_made_does_not_show(value: dict[int, bool], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert cose.encode(dict(items)) == cose.encode(value)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (-1, "20"),
        (-8, "27"),
        (-65537, "3a00010000"),
        ((1 << 64) - 1, "1bffffffffffffffff"),
        (-(1 << 64), "3bffffffffffffffff"),
        (b"", "40"),
        ("", "60"),
        ("ü", "62c3bc"),
        (True, "f5"),
        (False, "f4"),
        ([], "80"),
        ({}, "a0"),
        ([1, [2, {3: b"4"}]], "82018202a1034134"),
        ({4: 1, 7: 2, -65537: {1: True}}, "a3040107023a00010000a101f5"),
        # Bytewise, not by length: 24 before -1 (RFC 8949 §4.2.1, against RFC 7049 §3.9).
        ({-1: 0, 24: 1, 10: 2}, "a30a021818012000"),
    ],
)
def test_named_values(value: Any, data: str) -> None:
    assert cose.encode(value).hex() == data
    assert by_the_rfc(cose.decode(bytes.fromhex(data))) == bytes.fromhex(data)


class Number(int):
    """Equal to an integer, and not one."""


@pytest.mark.parametrize(
    "value",
    [
        None,
        1.0,
        float("nan"),
        1 << 64,
        -(1 << 64) - 1,
        {1 << 64: 0},
        {"a": 1},
        {b"a": 1},
        {True: 1},
        {1.0: 1},
        {1: 0, "a": 0},
        {None: 0},
        {(1,): 1},
        [None],
        {1: None},
        [[{1: [1.5]}]],
        (1,),
        {1},
        frozenset(),
        bytearray(b"a"),
        pytest.param(memoryview(b"a"), id="memoryview"),
        pytest.param(object(), id="object"),
        cbor2.undefined,
        cbor2.CBORTag(1, 0),
        NOW,
        Number(1),
        {Number(1): 1},
        "\ud800",
        ["a\udfffb"],
        {1: "\udc80"},
    ],
    ids=repr,
)
def test_anything_else_has_no_encoding(value: Any) -> None:
    with pytest.raises(Malformed):
        cose.encode(value)


def nested(times: int, *, empty: Any = ()) -> Any:
    value: Any = list(empty)
    for _ in range(times - 1):
        value = [value]
    return value


@pytest.mark.parametrize("times", [DEEPEST + 1, 100, 100_000])
def test_nested_too_deeply_has_no_encoding(times: int) -> None:
    value = nested(times)
    try:
        with pytest.raises(Malformed):
            cose.encode(value)
    finally:
        while value:  # Python itself may not free it in one go.
            value = value[0]


def test_the_deepest_value() -> None:
    assert cose.decode(cose.encode(nested(DEEPEST))) == nested(DEEPEST)
    assert cose.decode(cose.encode({1: nested(DEEPEST - 1, empty=[1])})) == {1: nested(DEEPEST - 1, empty=[1])}


# ---- CBOR: bytes ----

REFUSED_BYTES = {
    "nothing": "",
    # Left over or cut short
    "two items": "0000",
    "an empty string after the item": "0040",
    "a break after the item": "00ff",
    "cut in a head": "18",
    "cut in a long head": "1b000000000000",
    "cut in a byte string": "4200",
    "cut in a text": "6261",
    "cut in a list": "8200",
    "cut in a map": "a101",
    "cut between entries": "a20100",
    # Integers and lengths in more bytes than needed
    "0 in 2 bytes": "1800",
    "23 in 2 bytes": "1817",
    "255 in 3 bytes": "1900ff",
    "65535 in 5 bytes": "1a0000ffff",
    "2^32-1 in 9 bytes": "1b00000000ffffffff",
    "-1 in 2 bytes": "3800",
    "-256 in 3 bytes": "3900ff",
    "-65536 in 5 bytes": "3a0000ffff",
    "-2^32 in 9 bytes": "3b00000000ffffffff",
    "long length of no bytes": "5800",
    "longer length of one byte": "59000100",
    "very long length of one byte": "5b000000000000000100",
    "long length of no text": "7800",
    "long length of a list": "9800",
    "long length of a map": "b800",
    "very long length of a map": "bb0000000000000000",
    "a long key": "a1180100",
    "a long integer inside": "811800",
    # Indefinite lengths
    "indefinite bytes": "5f4100ff",
    "no indefinite bytes": "5fff",
    "indefinite text": "7f6161ff",
    "indefinite list": "9f00ff",
    "indefinite map": "bf0100ff",
    "indefinite inside": "819fff",
    "a break alone": "ff",
    # Maps
    "keys not sorted": "a202000100",
    "negative key first": "a220000000",
    "sorted by length (RFC 7049)": "a22000181800",
    "not sorted inside": "81a202000100",
    "a key twice": "a201000100",
    "a key twice, other value": "a2010001f5",
    "a key twice in two lengths": "a20100180100",
    "1 and true": "a20100f500",
    "1, true and 1.0": "a30100f500f93c0000",
    "0 and false": "a20000f400",
    "true as a key": "a1f500",
    "1.0 as a key": "a1f93c0000",
    "null as a key": "a1f600",
    "a text key": "a1616100",
    "a byte string key": "a1410000",
    "a list key": "a18000",
    "a map key": "a1a000",
    "a tagged key": "a1c10000",
    # Floats and simple values
    "0.0 in half": "f90000",
    "1.5 in half": "f93e00",
    "NaN": "f97e00",
    "infinity": "f97c00",
    "single": "fa47c35000",
    "double": "fb3ff199999999999a",
    "null": "f6",
    "undefined": "f7",
    "null inside": "81f6",
    "simple 0": "e0",
    "simple 19": "f3",
    "false in 2 bytes": "f814",
    "simple 32": "f820",
    "simple 255": "f8ff",
    # Tags
    "date text": "c074323031332d30332d32315432303a30343a30305a",
    "epoch time": "c11a514b67b0",
    "bignum": "c249010000000000000000",
    "small bignum": "c24101",
    "negative bignum": "c34101",
    "decimal fraction": "c48221196ab3",
    "bigfloat": "c5822003",
    "sign1": "d28443a10126404040",
    "encoded CBOR": "d8184100",
    "string reference": "d81900",
    "rational": "d81e820103",
    "shareable": "d81c80",
    "shared list of itself": "d81c81d81d00",
    "shared reference": "d81d00",
    "regular expression": "d8236161",
    "a regular expression that takes years": "d82366287a2b292b24",
    "MIME message": "d8246161",
    "UUID": "d82550" + "00" * 16,
    "URI": "d8206161",
    "COSE_Sign": "d86280",
    "days since 1970": "d86400",
    "complex": "d9a7f8820102",
    "string reference space": "d9010080",
    "set": "d9010280",
    "network address": "d9010444c0a80001",
    "network": "d90105a144c0a800001810",
    "date of RFC 8943": "d903ec6a323031332d30332d3231",
    "self-described CBOR": "d9d9f700",
    "a tag that nobody knows": "dbffffffffffffffff00",
    "a tag inside": "81c100",
    "a tag in a map": "a101c100",
    "tag in a long head": "d81200",
    # Heads that the RFC reserves
    "reserved integer": "1c",
    "reserved negative": "3d",
    "indefinite integer": "1f",
    "indefinite negative": "3f",
    "reserved length": "5c",
    "reserved list": "9e",
    "reserved tag": "dc00",
    "indefinite tag": "df00",
    "reserved simple": "fc",
    # Text
    "not UTF-8": "61ff",
    "a lone continuation": "6180",
    "half a character": "61c3",
    "an overlong NUL": "62c080",
    "an overlong slash": "63e080af",
    "a surrogate": "63eda080",
    "a surrogate pair": "66eda080edb080",
    "above U+10FFFF": "64f4908080",
    # Bombs
    "nested a little too deeply": "81" * DEEPEST + "80",
    "maps nested a little too deeply": "a100" * DEEPEST + "a0",
    "nested lists": "81" * 100_000 + "80",
    "nested maps": "a100" * 100_000 + "a0",
    "nested lists cut short": "81" * 100_000,
    "nested indefinite lists": "9f" * 100_000,
    "nested tags": "c1" * 100_000 + "00",
    "nested keys": "a1" * 100_000,
    "2^32-1 bytes": "5affffffff",
    "2^63-1 bytes": "5b7fffffffffffffff",
    "2^64-1 bytes": "5bffffffffffffffff",
    "2^63-1 letters": "7b7fffffffffffffff",
    "2^64-1 letters": "7bffffffffffffffff",
    "2^32-1 items": "9affffffff",
    "2^63-1 items": "9b7fffffffffffffff",
    "2^64-1 items": "9bffffffffffffffff00",
    "2^32-1 entries": "baffffffff",
    "2^64-1 entries": "bbffffffffffffffff0000",
    "lists of huge lists": "9b00000000ffffffff" * 1000,
}


@pytest.mark.parametrize("data", REFUSED_BYTES.values(), ids=REFUSED_BYTES)
def test_bytes_of_another_form_are_malformed_and_nothing_else(data: str) -> None:
    with pytest.raises(Malformed):
        cose.decode(bytes.fromhex(data))


@pytest.mark.parametrize("place", ["81%s", "a101%s", "8201a10281%s"], ids=["list", "map", "deep"])
@pytest.mark.parametrize("tag", ["c1", "c2", "d818", "d81c", "d90100", "dbffffffffffffffff"])
def test_no_tag_hides_inside(place: str, tag: str) -> None:
    assert cose.decode(bytes.fromhex(place % "4101"))
    with pytest.raises(Malformed):
        cose.decode(bytes.fromhex(place % (tag + "4101")))


@given(st.integers(0, (1 << 64) - 1), values)
@example(2, b"\x01").via("a bignum")
@example(28, [])
@example(35, "(z+)+$")
def test_every_tag_is_malformed_around_every_value(tag: int, value: Any) -> None:
    with pytest.raises(Malformed):
        cose.decode(cbor2.dumps(cbor2.CBORTag(tag, value)))


def test_bytes_of_up_to_two_mean_themselves_or_nothing() -> None:
    short = [b"", *(bytes([a]) for a in range(256)), *(bytes([a, b]) for a in range(256) for b in range(256))]
    taken = [data for data in short if means_itself(cose.decode, cose.encode, data)]
    integers_in_1, empty, booleans = 24 + 24, 4, 2
    integers_in_2, strings, lists = 2 * (256 - 24), 256 + 128, integers_in_1 + empty + booleans
    assert len(taken) == integers_in_1 + empty + booleans + integers_in_2 + strings + lists


@given(st.binary(max_size=60))
def test_any_bytes_mean_themselves_or_nothing(data: bytes) -> None:
    means_itself(cose.decode, cose.encode, data)


@given(values, st.data())
def test_altered_encodings_mean_themselves_or_nothing(value: Any, data: st.DataObject) -> None:
    encoding = bytearray(cose.encode(value))
    for _ in range(data.draw(st.integers(1, 3), "changes")):
        at = data.draw(st.integers(0, len(encoding)), "at")
        match data.draw(st.sampled_from(["put", "insert", "delete"]), "change"):
            case "put":
                encoding[at : at + 1] = [data.draw(st.integers(0, 255), "byte")]
            case "insert":
                encoding[at:at] = [data.draw(st.integers(0, 255), "byte")]
            case "delete":
                del encoding[at : at + 1]
    means_itself(cose.decode, cose.encode, bytes(encoding))


@given(values)
def test_no_encoding_begins_another(value: Any) -> None:
    data = cose.encode(value)
    for end in range(len(data)):
        with pytest.raises(Malformed):
            cose.decode(data[:end])
    for byte in range(256):
        with pytest.raises(Malformed):
            cose.decode(data + bytes([byte]))


@settings(max_examples=30)
@given(values)
def test_flipped_bits_mean_themselves_or_nothing(value: Any) -> None:
    for data in flips(cose.encode(value)):
        means_itself(cose.decode, cose.encode, data)


# ---- keys and signatures ----


def thumbprint(key: list[tuple[int, Any]]) -> bytes:
    """RFC 9679 §3: SHA-256 of the required parameters of a key in deterministic encoding."""
    return hashlib.sha256(by_the_rfc(dict(key))).digest()


def test_this_reading_of_rfc_9679_gives_its_own_example() -> None:
    x = bytes.fromhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d")
    y = bytes.fromhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")
    example_of_section_6 = "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
    assert thumbprint([(1, 2), (-1, 1), (-2, x), (-3, y)]).hex() == example_of_section_6


def test_kid_of_the_key_of_rfc_8037() -> None:
    x = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    by_hand = hashlib.sha256(bytes.fromhex("a3" + "0101" + "2006" + "215820" + x)).digest()
    assert cose.kid(bytes.fromhex(x)) == by_hand[:4]


@given(st.binary(min_size=32, max_size=32))
def test_kid_begins_the_thumbprint(public_key: bytes) -> None:
    okp, ed25519 = 1, 6
    assert cose.kid(public_key) == thumbprint([(1, okp), (-1, ed25519), (-2, public_key)])[:4]


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_size_has_no_kid(size: int) -> None:
    with pytest.raises(Malformed):
        cose.kid(bytes(size))


VECTORS = [
    # RFC 8032 §7.1, TEST 1 to 3
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]
KEY, MESSAGE, GOOD = (bytes.fromhex(part) for part in VECTORS[2])
ORDER = (1 << 252) + 27742317777372353535851937790883648493
MALLEATED = GOOD[:32] + (int.from_bytes(GOOD[32:], "little") + ORDER).to_bytes(32, "little")
NEUTRAL = bytes([1]) + bytes(31)


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_signatures_of_rfc_8032_verify(key: str, message: str, signature: str) -> None:
    assert cose.verifies(*(bytes.fromhex(part) for part in (key, message, signature)))


@pytest.mark.parametrize(
    ("key", "message", "signature"),
    [
        pytest.param(KEY, MESSAGE + b"\0", GOOD, id="other message"),
        pytest.param(KEY, b"", GOOD, id="no message"),
        pytest.param(bytes.fromhex(VECTORS[0][0]), MESSAGE, GOOD, id="other key"),
        pytest.param(KEY, MESSAGE, b"", id="no signature"),
        pytest.param(KEY, MESSAGE, GOOD[:63], id="signature cut short"),
        pytest.param(KEY, MESSAGE, GOOD + b"\0", id="signature too long"),
        pytest.param(KEY, MESSAGE[1:], GOOD + MESSAGE[:1], id="a letter of the message in the signature"),
        pytest.param(KEY, MESSAGE, bytes(64), id="zeros"),
        pytest.param(KEY[:31], MESSAGE, GOOD, id="key cut short"),
        pytest.param(KEY + b"\0", MESSAGE, GOOD, id="key too long"),
        pytest.param(b"", MESSAGE, GOOD, id="no key"),
        pytest.param(KEY, MESSAGE, MALLEATED, id="the same signature with another S"),
        pytest.param(NEUTRAL, MESSAGE, NEUTRAL + bytes(32), id="a key of small order"),
        pytest.param(bytes(32), MESSAGE, bytes(64), id="a key of zeros"),
        pytest.param(b"\xff" * 32, MESSAGE, GOOD, id="a key that is no point"),
    ],
)
def test_anything_else_does_not_verify(key: bytes, message: bytes, signature: bytes) -> None:
    assert cose.verifies(KEY, MESSAGE, GOOD)
    assert cose.verifies(key, message, signature) is False


def test_no_flipped_signature_key_or_message_verifies() -> None:
    assert not any(cose.verifies(KEY, MESSAGE, flipped) for flipped in flips(GOOD))
    assert not any(cose.verifies(flipped, MESSAGE, GOOD) for flipped in flips(KEY))
    assert not any(cose.verifies(KEY, flipped, GOOD) for flipped in flips(MESSAGE))


class Lying:
    """A signer whose answers were tampered with."""

    def __init__(self, tamper: Callable[[bytes], bytes]) -> None:
        self.public_key = signer("honest").public_key
        self._tamper = tamper

    def sign(self, message: bytes) -> bytes:
        return self._tamper(message)


HONEST = signer("honest").sign
LIES: dict[str, Callable[[bytes], bytes]] = {
    "another key": lambda message: signer("other").sign(message),
    "another message": lambda message: HONEST(message + b"\0"),
    "a flipped bit": lambda message: next(flips(HONEST(message))),
    "nothing": lambda message: b"",
    "cut short": lambda message: HONEST(message)[:-1],
    "too long": lambda message: HONEST(message) + b"\0",
    "zeros": lambda message: bytes(64),
}


def test_sign_gives_the_signature_of_an_honest_signer() -> None:
    assert cose.sign(signer("honest"), b"message") == HONEST(b"message")
    assert cose.sign(Lying(HONEST), b"message") == HONEST(b"message")


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_sign_refuses_a_lying_signer(lie: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadSigner):
        cose.sign(Lying(lie), b"message")


# ---- headers ----


def test_a_header_is_alg_and_kid() -> None:
    assert cose.encode_header(KID) == HEADER == by_the_rfc({1: -8, 4: KID})
    assert cose.decode_header(HEADER) == KID


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"", id="empty"),
        pytest.param(by_the_rfc({}), id="empty map"),
        pytest.param(by_the_rfc({1: -8}), id="no kid"),
        pytest.param(by_the_rfc({4: KID}), id="no alg"),
        pytest.param(by_the_rfc({1: -19, 4: KID}), id="alg of RFC 9864"),
        pytest.param(by_the_rfc({1: -7, 4: KID}), id="ES256"),
        pytest.param(by_the_rfc({1: 5, 4: KID}), id="HMAC"),
        pytest.param(by_the_rfc({1: 8, 4: KID}), id="alg without its sign"),
        pytest.param(by_the_rfc({1: "EdDSA", 4: KID}), id="alg as text"),
        pytest.param(by_the_rfc({1: -8, 4: KID[:3]}), id="short kid"),
        pytest.param(by_the_rfc({1: -8, 4: KID + b"\0"}), id="long kid"),
        pytest.param(by_the_rfc({1: -8, 4: "abcd"}), id="kid as text"),
        pytest.param(by_the_rfc({1: -8, 2: [4], 4: KID}), id="crit"),
        pytest.param(by_the_rfc({1: -8, 2: [-70000], 4: KID}), id="unknown crit"),
        pytest.param(by_the_rfc({1: -8, 3: 0, 4: KID}), id="content type"),
        pytest.param(by_the_rfc({1: -8, 4: KID, -70000: 0}), id="a parameter more"),
        pytest.param(bytes.fromhex("a20444010203040127"), id="not sorted"),
        pytest.param(bytes.fromhex("a2012704580401020304"), id="long head of the kid"),
        pytest.param(bytes.fromhex("a2013807044401020304"), id="long alg"),
        pytest.param(bytes.fromhex("b8020127044401020304"), id="long head of the map"),
        pytest.param(bytes.fromhex("bf0127044401020304ff"), id="indefinite"),
        pytest.param(HEADER + b"\0", id="a byte left over"),
        pytest.param(HEADER[:-1], id="cut short"),
    ],
)
def test_any_other_header_is_malformed(header: bytes) -> None:
    with pytest.raises(Malformed):
        cose.decode_header(header)


def test_a_flipped_header_is_another_kid_or_malformed() -> None:
    taken = [data for data in flips(HEADER) if means_itself(cose.decode_header, cose.encode_header, data)]
    assert len(taken) == 8 * len(KID)


@pytest.mark.parametrize("size", [0, 3, 5, 8, 32])
def test_a_kid_of_another_size_has_no_header(size: int) -> None:
    with pytest.raises(Malformed):
        cose.encode_header(bytes(size))


# ---- COSE_Sign1 ----

SIGN1 = Sign1(HEADER, b"payload", SIGNATURE)
SIZES = [0, 1, 23, 24, 255, 256, 65535, 65536]
"""Around the lengths at which a head grows."""


def sign1(tag: Any = 18, parts: list[Any] | None = None, **changes: Any) -> bytes:
    """A COSE_Sign1 as another program writes it, with one thing wrong."""
    names = {"protected": HEADER, "unprotected": {}, "payload": b"payload", "signature": SIGNATURE, **changes}
    return cbor2.dumps(cbor2.CBORTag(tag, list(names.values()) if parts is None else parts))


def test_a_sign1_is_what_another_program_writes_and_reads() -> None:
    data = cose.encode_sign1(SIGN1)
    assert data == sign1()
    read = cbor2.loads(data)
    assert (read.tag, list(read.value)) == (18, [HEADER, {}, b"payload", SIGNATURE])


@pytest.mark.parametrize("protected", SIZES)
@pytest.mark.parametrize("payload", SIZES)
def test_a_sign1_of_any_size_is_what_its_encoding_decodes_to(protected: int, payload: int) -> None:
    message = Sign1(bytes(protected), bytes(payload), SIGNATURE)
    data = cose.encode_sign1(message)
    assert data == sign1(protected=bytes(protected), payload=bytes(payload))
    assert cose.decode_sign1(data) == message


@pytest.mark.parametrize("protected", SIZES)
@pytest.mark.parametrize("external_aad", [0, 23, 24, 256])
@pytest.mark.parametrize("payload", SIZES)
def test_what_a_sign1_signs(protected: int, external_aad: int, payload: int) -> None:
    parts = b"p" * protected, b"a" * external_aad, b"q" * payload
    structure = cbor2.dumps(["Signature1", *parts])
    assert cose.to_be_signed1(*parts) == structure
    assert Sign1(parts[0], parts[2], SIGNATURE).to_be_signed(parts[1]) == structure


@pytest.mark.parametrize("size", [0, 63, 65, 96])
def test_a_signature_of_another_size_has_no_encoding(size: int) -> None:
    with pytest.raises(Malformed):
        cose.encode_sign1(Sign1(HEADER, b"", bytes(size)))
    with pytest.raises(Malformed):
        cose.encode_sign(Sign(b"", ((KID, bytes(size)),)))


def body(hexadecimal: str) -> bytes:
    """The parts of SIGN1 with these in place of P(rotected), U(nprotected), Q (payload) and S(ignature)."""
    parts = {"P": b"\x49" + HEADER, "U": b"\xa0", "Q": b"\x47payload", "S": b"\x58\x40" + SIGNATURE}
    return b"".join(parts.get(part) or bytes.fromhex(part) for part in hexadecimal.split())


REFUSED_SIGN1 = {
    "nothing": b"",
    "no tag": body("84 P U Q S"),
    "tag of COSE_Sign": sign1(98),
    "tag of COSE_Mac0": sign1(17),
    "tag of CWT outside": body("d83d d2 84 P U Q S"),
    "the tag twice": body("d2 d2 84 P U Q S"),
    "the tag in a long head": body("d812 84 P U Q S"),
    "three parts": sign1(parts=[HEADER, {}, b"payload"]),
    "five parts": sign1(parts=[HEADER, {}, b"payload", SIGNATURE, b""]),
    "a map": body("d2 a2 P U Q S"),
    "an indefinite list": body("d2 9f P U Q S ff"),
    "a list in a long head": body("d2 9804 P U Q S"),
    "protected as a map": sign1(protected={1: -8, 4: KID}),
    "protected as text": sign1(protected="abc"),
    "protected in a long head": body("d2 84 5809 a2012704440102 0304 U Q S"),
    "protected in pieces": body("d2 84 5f P ff U Q S"),
    "unprotected kid": sign1(unprotected={4: KID}),
    "unprotected in a long head": body("d2 84 P b800 Q S"),
    "unprotected indefinite": body("d2 84 P bfff Q S"),
    "unprotected null": sign1(unprotected=None),
    "unprotected list": sign1(unprotected=[]),
    "detached payload": sign1(payload=None),
    "payload as text": sign1(payload="payload"),
    "payload as a map": sign1(payload={}),
    "payload in a long head": body("d2 84 P U 5807 7061796c6f6164 S"),
    "payload in a longer head": body("d2 84 P U 590007 7061796c6f6164 S"),
    "payload in a very long head": body("d2 84 P U 5a00000007 7061796c6f6164 S"),
    "payload in the longest head": body("d2 84 P U 5b0000000000000007 7061796c6f6164 S"),
    "payload longer than the file": body("d2 84 P U 5affffffff S"),
    "payload of 2^64-1": body("d2 84 P U 5bffffffffffffffff S"),
    "payload of reserved length": body("d2 84 P U 5c S"),
    "no signature": sign1(signature=b""),
    "63 bytes of signature": sign1(signature=SIGNATURE[:63]),
    "65 bytes of signature": sign1(signature=SIGNATURE + b"\0"),
    "signature as text": sign1(signature="s" * 64),
    "signature in a long head": body("d2 84 P U Q 590040") + SIGNATURE,
    "signature null": sign1(signature=None),
    "two messages": sign1() * 2,
}


@pytest.mark.parametrize("data", REFUSED_SIGN1.values(), ids=REFUSED_SIGN1)
def test_any_other_sign1_is_malformed(data: bytes) -> None:
    assert cose.decode_sign1(body("d2 84 P U Q S")) == SIGN1
    with pytest.raises(Malformed):
        cose.decode_sign1(data)


# ---- COSE_Sign ----

SIGN = Sign(b"payload", ((KID, SIGNATURE), (b"\x01\x02\x03\x05", bytes(64))))


def sign_entry(key_id: bytes = KID, **changes: Any) -> list[Any]:
    names = {"protected": cose.encode_header(key_id), "unprotected": {}, "signature": SIGNATURE, **changes}
    return list(names.values())


def sign(tag: int = 98, **changes: Any) -> bytes:
    """A COSE_Sign as another program writes it, with one thing wrong."""
    names = {"protected": b"", "unprotected": {}, "payload": b"payload", "signatures": [sign_entry()], **changes}
    return cbor2.dumps(cbor2.CBORTag(tag, list(names.values())))


def signed_by(*kids: int) -> list[Any]:
    return [sign_entry(kid.to_bytes(4, "big")) for kid in kids]


def test_a_sign_is_what_another_program_writes_and_reads() -> None:
    data = cose.encode_sign(SIGN)
    assert data == sign(signatures=[sign_entry(), sign_entry(b"\x01\x02\x03\x05", signature=bytes(64))])
    read = cbor2.loads(data)
    assert (read.tag, len(read.value), read.value[2]) == (98, 4, b"payload")
    assert [list(entry) for entry in read.value[3]] == [
        [cose.encode_header(key_id), {}, signature] for key_id, signature in SIGN.signatures
    ]


@given(
    st.binary(max_size=300),
    st.dictionaries(
        st.binary(min_size=4, max_size=4), st.binary(min_size=64, max_size=64), min_size=1, max_size=cose.MAX_SIGNATURES
    ),
)
def test_a_sign_is_what_its_encoding_decodes_to(payload: bytes, signatures: dict[bytes, bytes]) -> None:
    message = Sign(payload, tuple(sorted(signatures.items())))
    assert cose.decode_sign(cose.encode_sign(message)) == message


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_what_a_sign_signs(payload: bytes, external_aad: bytes, key_id: bytes) -> None:
    structure = ["Signature", b"", cose.encode_header(key_id), external_aad, payload]
    assert cose.to_be_signed(key_id, external_aad, payload) == cbor2.dumps(structure)


@pytest.mark.parametrize("kids", [(), (2, 1), (1, 1), (1, 2, 2), (1, 3, 2), tuple(range(24))])
def test_signatures_out_of_order_have_no_encoding(kids: tuple[int, ...]) -> None:
    with pytest.raises(Malformed):
        cose.encode_sign(Sign(b"", tuple((kid.to_bytes(4, "big"), SIGNATURE) for kid in kids)))


def sign_body(hexadecimal: str) -> bytes:
    """The parts of a COSE_Sign with one signature E, as in `body`."""
    entry = body("83 P U S")
    return b"".join(entry if part == "E" else body(part) for part in hexadecimal.split())


REFUSED_SIGN = {
    "nothing": b"",
    "no tag": sign_body("84 40 U Q 81 E"),
    "tag of COSE_Sign1": sign(18),
    "the tag twice": sign_body("d862 d862 84 40 U Q 81 E"),
    "the tag in a long head": sign_body("d90062 84 40 U Q 81 E"),
    "three parts": sign_body("d862 83 40 U Q"),
    "an indefinite list": sign_body("d862 9f 40 U Q 81 E ff"),
    "body header of an empty map": sign(protected=b"\xa0"),
    "body header with alg": sign(protected=by_the_rfc({1: -8})),
    "body header in a long head": sign_body("d862 84 5800 U Q 81 E"),
    "body header as a map": sign(protected={}),
    "unprotected kid": sign(unprotected={4: KID}),
    "unprotected indefinite": sign_body("d862 84 40 bfff Q 81 E"),
    "detached payload": sign(payload=None),
    "payload as text": sign(payload="payload"),
    "payload in a long head": sign_body("d862 84 40 U 5807 7061796c6f6164 81 E"),
    "no signatures": sign(signatures=[]),
    "24 signatures": sign(signatures=signed_by(*range(24))),
    "255 signatures": sign(signatures=signed_by(*range(255))),
    "signatures not sorted": sign(signatures=signed_by(2, 1)),
    "a signature twice": sign(signatures=signed_by(1, 1)),
    "two signatures of one key": sign(signatures=[sign_entry(), sign_entry(signature=bytes(64))]),
    "signatures in a long head": sign_body("d862 84 40 U Q 9801 E"),
    "signatures indefinite": sign_body("d862 84 40 U Q 9f E ff"),
    "signatures as a map": sign(signatures={}),
    "a signature less than said": sign_body("d862 84 40 U Q 82 E"),
    "a signature more than said": sign_body("d862 84 40 U Q 81 E E"),
    "an entry of two": sign(signatures=[sign_entry()[:2]]),
    "an entry of four": sign(signatures=[[*sign_entry(), b""]]),
    "an entry that is bytes": sign(signatures=[SIGNATURE]),
    "an entry indefinite": sign_body("d862 84 40 U Q 81 9f P U S ff"),
    "entry with another alg": sign(signatures=[sign_entry(protected=by_the_rfc({1: -19, 4: KID}))]),
    "entry with crit": sign(signatures=[sign_entry(protected=by_the_rfc({1: -8, 2: [4], 4: KID}))]),
    "entry without kid": sign(signatures=[sign_entry(protected=by_the_rfc({1: -8}))]),
    "entry with the kid unprotected": sign(signatures=[sign_entry(unprotected={4: KID})]),
    "entry with a short signature": sign(signatures=[sign_entry(signature=SIGNATURE[:63])]),
    "entry with a long signature": sign(signatures=[sign_entry(signature=SIGNATURE + b"\0")]),
    "two messages": sign() * 2,
}


@pytest.mark.parametrize("data", REFUSED_SIGN.values(), ids=REFUSED_SIGN)
def test_any_other_sign_is_malformed(data: bytes) -> None:
    assert cose.decode_sign(sign_body("d862 84 40 U Q 81 E")) == Sign(b"payload", ((KID, SIGNATURE),))
    with pytest.raises(Malformed):
        cose.decode_sign(data)


def test_1_to_23_signatures() -> None:
    for count in range(1, 24):
        assert len(cose.decode_sign(sign(signatures=signed_by(*range(count)))).signatures) == count


# ---- both ----

MESSAGES: list[Any] = [
    pytest.param(cose.decode_sign1, cose.encode_sign1, cose.encode_sign1(SIGN1), id="sign1"),
    pytest.param(cose.decode_sign, cose.encode_sign, cose.encode_sign(SIGN), id="sign"),
    pytest.param(cose.decode_sign, cose.encode_sign, CITY.sign_root(), id="root"),
    pytest.param(cose.decode_sign, cose.encode_sign, CITY.sign_list(), id="list"),
]


@pytest.mark.parametrize(("decode", "encode", "data"), MESSAGES)
def test_every_flipped_bit_means_itself_or_nothing(
    decode: Callable[[bytes], Any], encode: Callable[[Any], bytes], data: bytes
) -> None:
    assert means_itself(decode, encode, data)
    taken = sum(means_itself(decode, encode, flipped) for flipped in flips(data))
    # Payload, kids and signatures are free; everything else has one form.
    assert 0 < taken < 8 * len(data)


@pytest.mark.parametrize(("decode", "encode", "data"), MESSAGES)
def test_every_truncation_and_every_appended_byte_is_malformed(
    decode: Callable[[bytes], Any], encode: Callable[[Any], bytes], data: bytes
) -> None:
    altered = [data[:end] for end in range(len(data))] + [data + bytes([byte]) for byte in range(256)]
    assert not any(means_itself(decode, encode, each) for each in altered)


@given(st.binary(max_size=120) | st.binary(max_size=100).map(lambda rest: b"\xd2\x84\x40\xa0" + rest))
def test_any_bytes_are_the_sign1_that_they_encode_or_malformed(data: bytes) -> None:
    means_itself(cose.decode_sign1, cose.encode_sign1, data)


@given(st.binary(max_size=120) | st.binary(max_size=100).map(lambda rest: b"\xd8\x62\x84\x40\xa0" + rest))
def test_any_bytes_are_the_sign_that_they_encode_or_malformed(data: bytes) -> None:
    means_itself(cose.decode_sign, cose.encode_sign, data)
