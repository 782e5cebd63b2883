"""Every byte of a code in plain words, so that anybody can see that nothing is hidden in it (specs/credential.md)."""

from dataclasses import dataclass

from idcard.credential import calendar, signed, text
from idcard.credential.claims import AGE, AGE_FROM, FLAGS, RESIDENT, Claims
from idcard.credential.text import Environment

_EXP = 4
_CTI = 7
_FLAGS = {
    RESIDENT: "resident of the city when the card was made",
    4: "a student when the card was made",
    5: "a senior when the card was made",
    6: "a veteran when the card was made",
    7: "a person with a disability when the card was made",
    8: "a caregiver when the card was made",
    **dict.fromkeys(range(16, 24), "a claim of the city's own, whose meaning the city publishes"),
}
# Not strftime, whose names of months depend on the locale of the process.
_MONTHS = "January,February,March,April,May,June,July,August,September,October,November,December"


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a credential, beginning at `offset`, and what they mean: part of a sentence."""

    offset: int
    data: bytes
    meaning: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code taken apart.

    parts: in order; together exactly the bytes of the credential. kid, handle and signature are among them, so show
    them to nobody but the holder. summary: whole sentences: what the code says, whether it can be told from others,
    and what was not checked.
    """

    environment: Environment
    parts: tuple[Part, ...]
    summary: tuple[str, ...]


def explain(code: str) -> Explanation:
    """Takes the text of a code apart: a COSE_Sign1 (RFC 9052 §4.2) of CWT claims (RFC 8392). Checks no signature.

    Raises Refused where the text is no code of this format, Malformed where its bytes are no credential.
    """
    environment, data = text.decode(code)
    # From here on the bytes have the one shape that they can have: the walk relies on it.
    claims = signed.decode(data).claims
    walk = _Walk(data)
    tag, parts = walk.head(), walk.head()
    walk.say(f"what follows is a signed message of {parts} parts (COSE_Sign1, tag {tag})")

    length, entries = walk.head(), walk.head()
    walk.say(f"part 1, {length} bytes: a map of {_entries(entries)} about the signature (protected header)")
    _, algorithm = walk.head(), walk.head()
    walk.say(f"how it is signed: Ed25519 (alg {algorithm})")
    walk.string(f"entry {walk.head()}", "which key of the city signed: the beginning of that key's thumbprint (kid)")
    walk.say(f"part 2: a map of {_entries(walk.head())}; nothing stands outside the signature (unprotected header)")

    says, unknown = _explain_claims(walk, claims.exp)
    walk.string("part 4", "the city's signature over all of the above")

    return Explanation(
        environment,
        tuple(walk.parts),
        (
            f"The text is {environment.prefix} ({environment}), then these {len(data)} bytes in letters (base45).",
            f"The code says: {'; '.join(says)}.",
            *_how_recognisable(claims, len(unknown)),
            "Not checked here: whether the city signed the code, and whether it was cancelled. "
            "That needs the city's trust file.",
        ),
    )


class _Walk:
    """A place in deterministic CBOR. A part is what was read since the last one: there is no gap and no overlap."""

    def __init__(self, data: bytes) -> None:
        self.parts: list[Part] = []
        self._data = data
        self._said = self._at = 0

    def say(self, meaning: str) -> None:
        self.parts.append(Part(self._said, self._data[self._said : self._at], meaning))
        self._said = self._at

    def head(self) -> int:
        """Reads one head (RFC 8949 §3): the value of an integer, the length of a string, the size of a map."""
        major, number = divmod(self._data[self._at], 32)
        self._at += 1
        if number >= 24:
            start, self._at = self._at, self._at + (1 << number - 24)
            number = int.from_bytes(self._data[start : self._at], "big")
        return -1 - number if major == 1 else number

    def string(self, name: str, meaning: str) -> None:
        """Reads a byte string as two parts, so that its bytes stand alone."""
        length = self.head()
        self.say(f"{name}: {length} bytes follow")
        self._at += length
        self.say(meaning)

    def item(self) -> None:
        """Reads one item with all that is nested in it."""
        major = self._data[self._at] >> 5
        size = self.head()
        if major in (2, 3):
            self._at += size
        for _ in range(size * {4: 1, 5: 2}.get(major, 0)):
            self.item()


def _explain_claims(walk: _Walk, exp: int) -> tuple[list[str], list[str]]:
    """Walks the payload. What it says, and what this program cannot explain."""
    says: list[str] = []
    unknown: list[str] = []
    length, entries = walk.head(), walk.head()
    walk.say(f"part 3, {length} bytes: a map of {_entries(entries)} (the claims)")
    for _ in range(entries):
        claim = walk.head()
        if claim == _EXP:
            says.append(f"valid until {_time(walk.head())} (exp)")
            walk.say(says[-1])
        elif claim == _CTI:
            meaning = "10 bytes by which the city can cancel this one code; made without anything about you (cti)"
            walk.string(f"entry {claim}", meaning)
        else:
            size = walk.head()
            walk.say(f"what the city says about the holder: a map of {_entries(size)} (claim {claim})")
            for _ in range(size):
                key = walk.head()
                meaning = _about_holder(walk, key, exp)
                (says if key in {AGE, AGE_FROM, *FLAGS} else unknown).append(meaning)
                walk.say(meaning)
    return says, unknown


def _about_holder(walk: _Walk, key: int, exp: int) -> str:
    if key == AGE:
        return f"{walk.head()} or over when the card was made (age)"
    if key == AGE_FROM:
        _, age, before = walk.head(), walk.head(), walk.head()
        return f"{age} or over from {_time(calendar.noon_of_first(calendar.month_of(exp) - before))} (age_from)"
    walk.item()
    if key in FLAGS:
        return f"{_FLAGS[key]} ({FLAGS[key]})"
    if key < 0:
        return f"an entry that only a newer program understands (entry {key})"
    return f"an entry this program does not know; it proves nothing (entry {key})"


def _how_recognisable(claims: Claims, unknown: int) -> list[str]:
    if unknown:
        sentences = [f"It also has {_entries(unknown)} that this program cannot explain and that may mark the holder."]
    else:
        sentences = ["It says nothing else: no name, no birth date, no address, no picture, no card number."]
    if claims.age_from is not None:
        sentences.append("The month of age_from narrows the birth date down to a month; few holders share it.")
    # Neither can be seen in one code alone, so each sentence says who can check it.
    if claims.handle is None:
        sentences.append(
            "It has no handle: everyone with the same claims and expiry, under the same key, carries exactly the same "
            "code. Two holders can compare theirs."
        )
    else:
        sentences.append(
            "Its handle is in no other code: places that compare what they scanned can recognise it. "
            "The holder's slip can show what it was made from."
        )
    return sentences


def _time(instant: int) -> str:
    moment = calendar.as_datetime(instant)
    return f"{moment.day} {_MONTHS.split(',')[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def _entries(count: int) -> str:
    return f"{count} entry" if count == 1 else f"{count} entries"
