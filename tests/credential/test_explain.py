"""Every byte of a code is explained, exactly once, in words (specs/credential.md)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from idcard import cose
from idcard.credential import calendar, signed, text
from idcard.credential.claims import FLAGS, HANDLE_SIZE, MAX_AGE, MAX_MONTHS_BEFORE, Claims
from idcard.credential.explain import Explanation, explain
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed, Reason, Refused


class FixedSigner:
    def __init__(self) -> None:
        self._key = SigningKey(bytes(range(32)))

    @property
    def public_key(self) -> bytes:
        return bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message).signature


SIGNER = FixedSigner()
SCOPE = Scope(Environment.PRODUCTION, "springfield")
DECEMBER_2027 = 2027 * 12 + 11
EXP = calendar.noon_of_first(DECEMBER_2027)
HANDLE = b"\xaa\xbb\xcc\xdd\xee\x11\x22\x33\x44\x55"
COHORT = Claims(EXP, frozenset({1}), age=18)
REVOCABLE = Claims(EXP, frozenset({1}), age=14, age_from=(18, DECEMBER_2027 - 5), handle=HANDLE)
UNKNOWN = "an entry this program does not know; it proves nothing (entry {})"
NEWER = "an entry that only a newer program understands (entry {})"
LAST_MONTH = calendar.month_of((1 << 32) - 1)


def credential_of(payload: bytes) -> bytes:
    """What a city could sign that `Claims` cannot say."""
    protected = cose.encode_header(cose.kid(SIGNER.public_key))
    signature = SIGNER.sign(cose.to_be_signed1(protected, SCOPE.external_aad(signed.KIND), payload))
    return cose.encode_sign1(cose.Sign1(protected, payload, signature))


def of_claims(claims: Claims) -> Explanation:
    return explain(text.encode(Environment.PRODUCTION, signed.encode(claims, SIGNER, SCOPE)))


def of_holder(holder: dict[int, Any]) -> Explanation:
    return explain(text.encode(Environment.PRODUCTION, credential_of(cose.encode({4: EXP, -65537: holder}))))


def bytes_meaning(explanation: Explanation, words: str) -> bytes:
    """The bytes of the one part whose meaning has these words."""
    [data] = [part.data for part in explanation.parts if words in part.meaning]
    return data


def is_whole(explanation: Explanation, credential: bytes) -> bool:
    """Whether the parts are the credential, in order, without gap, overlap or empty part."""
    at = 0
    for part in explanation.parts:
        if part.offset != at or not part.data or not part.meaning:
            return False
        at += len(part.data)
    return b"".join(part.data for part in explanation.parts) == credential


# ---- every byte, exactly once ----

months = st.integers(1970 * 12, LAST_MONTH)
ages = st.integers(1, MAX_AGE)


@st.composite
def any_claims(draw: st.DrawFn) -> Claims:
    month = draw(months)
    before = draw(st.integers(1, MAX_MONTHS_BEFORE))
    age = draw(st.none() | ages)
    return Claims(
        calendar.noon_of_first(month),
        draw(st.frozensets(st.sampled_from(sorted(FLAGS)), min_size=age is None)),
        age,
        draw(st.none() | st.tuples(ages, st.just(month - before))),
        draw(st.none() | st.binary(min_size=HANDLE_SIZE, max_size=HANDLE_SIZE)),
    )


@given(any_claims(), st.sampled_from(Environment))
def test_all_that_a_city_can_mint_is_explained_whole(claims: Claims, environment: Environment) -> None:
    credential = signed.encode(claims, SIGNER, SCOPE)
    explanation = explain(text.encode(environment, credential))
    assert is_whole(explanation, credential)
    assert explanation.environment is environment
    assert not any("entry that" in part.meaning or "entry this" in part.meaning for part in explanation.parts)


integers = st.integers(-(1 << 64), (1 << 64) - 1)
unknown_keys = integers.filter(lambda key: key not in {2, 3, *FLAGS})
values = st.recursive(
    integers | st.booleans() | st.binary(max_size=30) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(integers, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(unknown_keys, values, min_size=1, max_size=3), st.booleans())
def test_what_this_program_does_not_know_is_explained_whole(unknown: dict[int, Any], resident: bool) -> None:
    holder = unknown | ({1: True} if resident else {})
    try:
        credential = credential_of(cose.encode({4: EXP, 7: HANDLE, -65537: holder}))
        code = text.encode(Environment.PRODUCTION, credential)
        text.decode(code)
    except (Malformed, Refused):  # too deep or too long for any code
        return
    explanation = explain(code)
    assert is_whole(explanation, credential)
    meanings = [part.meaning for part in explanation.parts]
    for key, value in unknown.items():
        part = explanation.parts[meanings.index((NEWER if key < 0 else UNKNOWN).format(key))]
        assert part.data == cose.encode(key) + cose.encode(value)


def test_the_longest_code_that_is_read_is_explained_whole() -> None:
    credential = credential_of(cose.encode({4: EXP, -65537: {1: True, 9: bytes(238)}}))
    code = text.encode(Environment.PRODUCTION, credential)
    assert len(code) == text.MAX_LENGTH
    explanation = explain(code)
    assert is_whole(explanation, credential)
    assert bytes_meaning(explanation, "part 3, 256 bytes: the claims, a map of size 2").hex(" ") == "59 01 00 a2"
    assert bytes_meaning(explanation, UNKNOWN.format(9)) == cose.encode(9) + cose.encode(bytes(238))


# ---- what the bytes mean ----


def test_a_cohort_code_reads_from_the_first_byte_to_the_last() -> None:
    credential = signed.encode(COHORT, SIGNER, SCOPE)
    kid, signature = cose.kid(SIGNER.public_key), credential[-64:]
    explanation = explain(text.encode(Environment.PRODUCTION, credential))
    assert [(part.data.hex(" "), part.meaning) for part in explanation.parts] == [
        ("d2 84", "what follows is a signed message of 4 parts (COSE_Sign1, tag 18)"),
        ("49 a2", "part 1, 9 bytes: about the signature, a map of size 2 (protected header)"),
        ("01 27", "how it is signed: Ed25519 (alg -8)"),
        ("04 44", "entry 4: 4 bytes follow"),
        (kid.hex(" "), "which key of the city signed: the beginning of that key's thumbprint (kid)"),
        ("a0", "part 2: a map of size 0; nothing stands outside the signature (unprotected header)"),
        ("51 a2", "part 3, 17 bytes: the claims, a map of size 2"),
        ("04 1a 6c ef ea 40", "valid until 2027-12-01 12:00 UTC (exp)"),
        ("3a 00 01 00 00 a2", "what the city says about the holder: a map of size 2 (claim -65537)"),
        ("01 f5", "resident when the card was made (resident)"),
        ("02 12", "18 or over when the card was made (age)"),
        ("58 40", "part 4: 64 bytes follow"),
        (signature.hex(" "), "the city's signature over all of the above"),
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "resident when the card was made (resident)"),
        (4, "student when the card was made (student)"),
        (5, "senior when the card was made (senior)"),
        (6, "veteran when the card was made (veteran)"),
        (7, "person with a disability when the card was made (disability)"),
        (8, "caregiver when the card was made (caregiver)"),
        *((n, f"a claim of the city's own, whose meaning the city publishes (city_{n})") for n in range(16, 24)),
    ],
)
def test_each_flag_has_its_words(number: int, words: str) -> None:
    explanation = of_claims(Claims(EXP, frozenset({number})))
    assert bytes_meaning(explanation, words) == cose.encode(number) + b"\xf5"
    assert words in explanation.summary[1]


def test_no_flag_of_the_registry_is_without_words() -> None:
    explanation = of_claims(Claims(EXP, frozenset(FLAGS)))
    for number, name in FLAGS.items():
        assert bytes_meaning(explanation, f"({name})") == cose.encode(number) + b"\xf5"


@pytest.mark.parametrize(("age", "data"), [(1, "02 01"), (23, "02 17"), (24, "02 18 18"), (150, "02 18 96")])
def test_an_age_is_a_threshold_reached(age: int, data: str) -> None:
    explanation = of_claims(Claims(EXP, frozenset(), age))
    assert bytes_meaning(explanation, f"{age} or over when the card was made (age)").hex(" ") == data


@pytest.mark.parametrize(
    ("before", "day"),
    [(1, "2027-11-01"), (11, "2027-01-01"), (12, "2026-12-01"), (255, "2006-09-01")],
)
def test_age_from_is_the_instant_from_which_it_is_proven(before: int, day: str) -> None:
    claims = Claims(EXP, frozenset(), age_from=(18, DECEMBER_2027 - before), handle=HANDLE)
    data = bytes_meaning(of_claims(claims), f"18 or over from {day} 12:00 UTC (age_from)")
    assert data == cose.encode(3) + cose.encode([18, before])


def test_key_handle_and_signature_stand_alone() -> None:
    explanation = of_claims(REVOCABLE)
    assert bytes_meaning(explanation, "(kid)") == cose.kid(SIGNER.public_key)
    assert bytes_meaning(explanation, "cancel this one code; made without anything about you (cti)") == HANDLE
    assert bytes_meaning(explanation, "the city's signature") == signed.encode(REVOCABLE, SIGNER, SCOPE)[-64:]


@pytest.mark.parametrize(
    ("key", "words"), [(0, UNKNOWN), (9, UNKNOWN), (24, UNKNOWN), (1 << 40, UNKNOWN), (-1, NEWER), (-500, NEWER)]
)
def test_an_unknown_entry_says_so_and_never_what_it_holds(key: int, words: str) -> None:
    explanation = of_holder({1: True, key: {5: ["a secret"]}})
    assert bytes_meaning(explanation, words.format(key)) == cose.encode(key) + cose.encode({5: ["a secret"]})
    assert not any("a secret" in part.meaning for part in explanation.parts)


# ---- the summary ----


def test_the_summary_of_a_cohort_code() -> None:
    assert of_claims(COHORT).summary == (
        "The text is IDC1: (production), then these 97 bytes in letters (base45).",
        "The code says: valid until 2027-12-01 12:00 UTC (exp); resident when the card was made (resident); "
        "18 or over when the card was made (age).",
        "It says nothing else: no name, no birth date, no address, no picture, no card number.",
        "It has no handle: everyone with the same claims and expiry, under the same key, carries exactly the same "
        "code. Two holders can compare theirs.",
        "Not checked here: whether the city signed the code, and whether it was cancelled. "
        "That needs the city's trust file.",
    )


def test_a_handle_sets_a_code_apart() -> None:
    summary = " ".join(of_claims(REVOCABLE).summary)
    assert "Its handle is in no other code" in summary
    assert "exactly the same code" not in summary


@pytest.mark.parametrize("claims", [COHORT, REVOCABLE])
def test_age_from_is_told_to_be_nearly_a_birth_date(claims: Claims) -> None:
    told = any("narrows the birth date down to a month" in sentence for sentence in of_claims(claims).summary)
    assert told is (claims.age_from is not None)


def test_nothing_else_is_not_said_of_a_code_with_unknown_entries() -> None:
    summary = " ".join(of_holder({1: True, 9: b"anything", -1: True}).summary)
    assert "It also says what this program cannot explain and what may mark the holder (entries: 2)." in summary
    assert "nothing else" not in summary


def test_a_test_code_is_called_one() -> None:
    explanation = explain(text.encode(Environment.TEST, signed.encode(COHORT, SIGNER, SCOPE)))
    assert explanation.environment is Environment.TEST
    assert explanation.summary[0].startswith("The text is IDT1: (test), ")


def test_the_signature_is_not_checked() -> None:
    forged = signed.encode(COHORT, SIGNER, SCOPE)[:-64] + bytes(64)
    explanation = explain(text.encode(Environment.PRODUCTION, forged))
    assert is_whole(explanation, forged)
    assert explanation.summary[-1].startswith("Not checked here: whether the city signed the code")


# ---- what is no code ----

GOOD = text.encode(Environment.PRODUCTION, signed.encode(REVOCABLE, SIGNER, SCOPE))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", Reason.NOT_A_CODE),
        ("https://example.org/?q=IDC1:", Reason.NOT_A_CODE),
        (GOOD.lower(), Reason.NOT_A_CODE),
        ("IDC2:" + GOOD[5:], Reason.NEWER_PROGRAM),
        (GOOD[:20] + "\u00e9" + GOOD[21:], Reason.MALFORMED),
        (GOOD[:20] + "\U0001f600" + GOOD[21:], Reason.MALFORMED),
        (GOOD + "0" * 512, Reason.MALFORMED),
        ("IDC1:A", Reason.MALFORMED),
    ],
)
def test_text_that_is_no_code_is_refused(code: str, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        explain(code)
    assert refused.value.reason is reason


RESIDENT = {1: True}


@pytest.mark.parametrize(
    "payload",
    [
        cose.encode({-65537: RESIDENT}),
        cose.encode({4: EXP + 1, -65537: RESIDENT}),
        cose.encode({4: EXP, -65537: {}}),
        cose.encode({4: EXP, -65537: {1: False}}),
        cose.encode({4: EXP, -65537: {2: 151}}),
        cose.encode({4: EXP, -65537: {3: [18]}}),
        cose.encode({4: EXP, 7: b"short", -65537: RESIDENT}),
        cose.encode({4: EXP, 6: EXP, -65537: RESIDENT}),
        cose.encode({4: EXP, -65537: RESIDENT}) + b"\x00",
        cose.encode([4, EXP]),
        bytes.fromhex("bf041a6cefea403a00010000a101f5ff"),
        b"",
    ],
)
def test_bytes_that_are_no_credential_are_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed):
        explain(text.encode(Environment.PRODUCTION, credential_of(payload)))


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("0AZ $:a\u00e9"), st.booleans())
def test_a_damaged_code_is_explained_whole_or_refused(at: int, letter: str, cut: bool) -> None:
    damaged = GOOD[:at] if cut else GOOD[:at] + letter + GOOD[at + 1 :]
    try:
        explanation = explain(damaged)
    except (Malformed, Refused) as error:
        assert_echoes_nothing(error, damaged)
    else:
        assert is_whole(explanation, text.decode(damaged)[1])


@given(st.text() | st.binary(max_size=120).map(lambda data: text.encode(Environment.TEST, data)))
def test_anything_else_is_refused_and_not_echoed(code: str) -> None:
    with pytest.raises((Malformed, Refused)) as raised:
        explain(code)
    assert_echoes_nothing(raised.value, code)


def assert_echoes_nothing(error: IdcardError, code: str) -> None:
    """A refusal says its reason. What is malformed is told without a run of the code, or the handle or key in it."""
    if isinstance(error, Refused):
        assert str(error) == error.reason.value
        return
    assert not any(code[at : at + 6] in str(error) for at in range(len(code) - 5))
    assert not any(data.hex() in str(error) for data in (HANDLE, cose.kid(SIGNER.public_key)))


# ---- other languages ----


def test_every_sentence_is_translated_and_no_byte_is() -> None:
    code = text.encode(Environment.PRODUCTION, signed.encode(REVOCABLE, SIGNER, SCOPE))
    english, other = explain(code), explain(code, lambda sentence: f"<{sentence}>")
    assert [(part.offset, part.data) for part in other.parts] == [(part.offset, part.data) for part in english.parts]
    assert all("<" in part.meaning for part in other.parts)
    assert all(sentence.startswith("<") for sentence in other.summary)
