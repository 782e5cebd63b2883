"""Explains every byte of a code, so that anybody can see that nothing is hidden in it (specs/credential.md)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from idcard.credential import calendar, names, signed, text
from idcard.credential.claims import AGE, AGE_FROM, FLAGS, Claims
from idcard.credential.text import Environment
from idcard.errors import translatable

_EXP = 4
_CTI = 7
_SEMICOLON = translatable("; ")
_OF_THE_CITY = translatable("a claim of the city's own, whose meaning the city publishes")


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


def explain(code: str, translate: Callable[[str], str] = str) -> Explanation:
    """Takes the text of a code apart: a COSE_Sign1 (RFC 9052 §4.2) of CWT claims (RFC 8392). Checks no signature.

    translate: of idcard.languages. Raises Refused where the text is no code of this format, Malformed where its bytes
    are no credential.
    """
    environment, data = text.decode(code)
    # From here on the bytes have the only valid shape, on which the walk relies.
    claims = signed.decode(data).claims
    walk = _Walk(data, translate)
    tag, parts = walk.head(), walk.head()
    walk.say(
        translatable("what follows is a signed message of {parts} parts (COSE_Sign1, tag {tag})"), parts=parts, tag=tag
    )

    length, entries = walk.head(), walk.head()
    walk.say(
        translatable("part 1, {length} bytes: about the signature, a map of size {entries} (protected header)"),
        length=length,
        entries=entries,
    )
    _, algorithm = walk.head(), walk.head()
    walk.say(translatable("how it is signed: Ed25519 (alg {algorithm})"), algorithm=algorithm)
    walk.string(
        translatable("entry {number}: {length} bytes follow"),
        translatable("which key of the city signed: the beginning of that key's thumbprint (kid)"),
        number=walk.head(),
    )
    walk.say(
        translatable("part 2: a map of size {entries}; nothing stands outside the signature (unprotected header)"),
        entries=walk.head(),
    )

    says, unknown = _explain_claims(walk, claims.exp)
    walk.string(
        translatable("part 4: {length} bytes follow"), translatable("the city's signature over all of the above")
    )

    summary = _summary(environment, len(data), says, _how_recognisable(claims, len(unknown), translate), translate)
    return Explanation(environment, tuple(walk.parts), summary)


def _summary(
    environment: Environment,
    size: int,
    says: Sequence[str],
    recognisable: Iterable[str],
    translate: Callable[[str], str],
) -> tuple[str, ...]:
    """size: of the code, in bytes."""
    return (
        translate(
            translatable("The text is {prefix} ({environment}), then these {length} bytes in letters (base45).")
        ).format(prefix=environment.prefix, environment=environment, length=size),
        translate(translatable("The code says: {what}.")).format(what=translate(_SEMICOLON).join(says)),
        *recognisable,
        translate(
            translatable(
                "Not checked here: whether the city signed the code, and whether it was cancelled. "
                "That needs the city's trust file."
            )
        ),
    )


class _Walk:
    """Walks through deterministic CBOR. A part is what was read since the last part, so no byte is left out."""

    def __init__(self, data: bytes, translate: Callable[[str], str]) -> None:
        self.parts: list[Part] = []
        self._data = data
        self._translate = translate
        self._said = self._at = 0

    def say(self, meaning: str, **values: object) -> str:
        """meaning: an English sentence with places for the values."""
        said = self._translate(meaning).format(**values)
        self.parts.append(Part(self._said, self._data[self._said : self._at], said))
        self._said = self._at
        return said

    def translated(self, sentence: str) -> str:
        return self._translate(sentence)

    def head(self) -> int:
        """Reads one head (RFC 8949 §3): the value of an integer, the length of a string, the size of a map."""
        major, number = divmod(self._data[self._at], 32)
        self._at += 1
        if number >= 24:
            start, self._at = self._at, self._at + (1 << number - 24)
            number = int.from_bytes(self._data[start : self._at], "big")
        return -1 - number if major == 1 else number

    def string(self, name: str, meaning: str, **values: object) -> None:
        """Reads a byte string as two parts, so that its bytes stand alone. name: with a place for its length."""
        length = self.head()
        self.say(name, length=length, **values)
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
    """Walk through the payload: what it says, and what this program cannot explain."""
    says: list[str] = []
    unknown: list[str] = []
    length, entries = walk.head(), walk.head()
    walk.say(
        translatable("part 3, {length} bytes: the claims, a map of size {entries}"),
        length=length,
        entries=entries,
    )
    for _ in range(entries):
        claim = walk.head()
        if claim == _EXP:
            says.append(walk.say(translatable("valid until {time} (exp)"), time=_time(walk.head())))
        elif claim == _CTI:
            walk.string(
                translatable("entry {number}: {length} bytes follow"),
                translatable(
                    "10 bytes by which the city can cancel this one code; made without anything about you (cti)"
                ),
                number=claim,
            )
        else:
            walk.say(
                translatable("what the city says about the holder: a map of size {entries} (claim {claim})"),
                entries=(size := walk.head()),
                claim=claim,
            )
            for _ in range(size):
                key = walk.head()
                (says if key in {AGE, AGE_FROM, *FLAGS} else unknown).append(_about_holder(walk, key, exp))
    return says, unknown


def _about_holder(walk: _Walk, key: int, exp: int) -> str:
    if key == AGE:
        return walk.say(translatable("{age} or over when the card was made (age)"), age=walk.head())
    if key == AGE_FROM:
        _, age, before = walk.head(), walk.head(), walk.head()
        begins = _time(calendar.noon_of_first(calendar.month_of(exp) - before))
        return walk.say(translatable("{age} or over from {time} (age_from)"), age=age, time=begins)
    walk.item()
    if key in FLAGS:
        name = FLAGS[key]
        return walk.say(names.WITH_NAME, word=walk.translated(names.CLAIMS.get(name, _OF_THE_CITY)), name=name)
    if key < 0:
        return walk.say(translatable("an entry that only a newer program understands (entry {number})"), number=key)
    return walk.say(translatable("an entry this program does not know; it proves nothing (entry {number})"), number=key)


def _how_recognisable(claims: Claims, unknown: int, translate: Callable[[str], str]) -> Iterator[str]:
    if unknown:
        yield translate(
            translatable(
                "It also says what this program cannot explain and what may mark the holder (entries: {number})."
            )
        ).format(number=unknown)
    else:
        yield translate(
            translatable("It says nothing else: no name, no birth date, no address, no picture, no card number.")
        )
    if claims.age_from is not None:
        yield translate(
            translatable("The month of age_from narrows the birth date down to a month; few holders share it.")
        )
    # One code alone shows neither, so each sentence says who can check it.
    if claims.handle is None:
        yield translate(
            translatable(
                "It has no handle: everyone with the same claims and expiry, under the same key, carries exactly the "
                "same code. Two holders can compare theirs."
            )
        )
    else:
        yield translate(
            translatable(
                "Its handle is in no other code: places that compare what they scanned can recognise it. "
                "The holder's slip shows whether it was made from it (idcard slip check)."
            )
        )


def _time(instant: int) -> str:
    return f"{calendar.as_datetime(instant):%Y-%m-%d %H:%M} UTC"
