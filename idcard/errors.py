"""Errors of the library, and the reasons for which a code or a trust file is refused (specs/verify.md)."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from idcard import contract
from idcard.contract import Situation


def translatable(english: str) -> str:
    """Marks a sentence for clerks and holders, which is in the catalogues of idcard.languages. Returns it unchanged."""
    return english


class Counted(str):
    """A sentence in the form of its number in English; a catalogue has the forms of its language."""

    forms: tuple[str, str]
    number: int


def counted(one: str, many: str, number: int) -> Counted:
    """A sentence that changes with a whole number: the form for one and for more, in English. Both are marked."""
    sentence = Counted(one if number == 1 else many)
    sentence.forms, sentence.number = (one, many), number
    return sentence


def sentences(*said: str) -> str:
    """Several in a row, without those that are empty: with a blank between, but not behind a full stop of Chinese."""
    return "".join(each if each.endswith("。") else f"{each} " for each in said if each).rstrip(" ")


COMMA = translatable(", ")
"""Between the items of a list."""


def listed(values: Iterable[str], translate: Callable[[str], str]) -> str:
    """Values of no language, with the comma of the language."""
    return translate(COMMA).join(translate("{value}").format(value=each) for each in values)


def needs_extra(what: str, extra: str) -> str:
    """The error for an extra that is not installed. what: in the singular. extra: one of pyproject.toml's.

    It names no package index, where the name may belong to somebody else.
    """
    return f"{what} needs the extra '{extra}': see \"Install\" in the README"


class Outcome(StrEnum):
    """What a verdict is, as the contract names it (specs/verify.md). A refusal is never ACCEPT."""

    ACCEPT = "accept"
    """There is a card."""
    REJECT = "reject"
    """The card's. No newer trust file would change it, or the one in use is fresh."""
    CANNOT_SAY = "cannot-say"
    """This computer's. Never the holder's."""


class Reason(StrEnum):
    """Every reason for a refusal. It is its stable name, as text; a program may compare it.

    `message` is one sentence for the clerk and `remedy` says what to do. Both are English templates, in
    which `{label}` stands for the name of the venue class, or for the names of all classes.
    """

    _value_: str
    outcome: Outcome
    message: str
    remedy: str

    def __new__(cls, code: str, outcome: Outcome, message: str, remedy: str) -> "Reason":
        member = str.__new__(cls, code)
        member._value_ = code
        member.outcome = outcome
        member.message = message
        member.remedy = remedy
        return member

    NOT_A_CODE = (
        "not-a-code",
        Outcome.REJECT,
        translatable("This is not a code of a city card."),
        translatable("Scan the square code on the city card."),
    )
    MALFORMED = (
        "malformed",
        Outcome.REJECT,
        translatable("The code is damaged, was not read whole, or was not made by a city."),
        translatable("Scan it once more; if it fails again, do not accept it."),
    )
    KEYBOARD = (
        "keyboard",
        Outcome.CANNOT_SAY,
        translatable("The scanner and this computer are set to different keyboards, so the code cannot be read."),
        translatable("Set the scanner to the keyboard of this computer, then scan again."),
    )
    WRONG_ENVIRONMENT = (
        "wrong-environment",
        Outcome.REJECT,
        translatable("This is a test code, or this computer is set up for tests."),
        translatable("Do not accept test cards; if the card is real, the trust file of this computer is for tests."),
    )
    BAD_SIGNATURE = (
        "bad-signature",
        Outcome.REJECT,
        translatable("The code is forged or altered: the city did not sign it."),
        translatable("Do not accept it."),
    )
    UNKNOWN_KEY = (
        "unknown-key",
        Outcome.REJECT,
        translatable("The code was not issued by this city."),
        translatable("Do not accept it; a card of another city is good only in that city."),
    )
    DISTRUSTED_KEY = (
        "distrusted-key",
        Outcome.REJECT,
        translatable("The city no longer trusts the key that signed this code."),
        translatable("Do not accept it; the city can replace the card."),
    )
    CANCELLED_CODE = (
        "cancelled-code",
        Outcome.REJECT,
        translatable("The code was cancelled, for example because the card was lost."),
        translatable("Do not accept it; the city can replace the card."),
    )
    CANCELLED_COHORT = (
        "cancelled-cohort",
        Outcome.REJECT,
        translatable("The city cancelled all codes like this one."),
        translatable("Do not accept it; the city can replace the card."),
    )
    OUTLIVES_KEY = (
        "outlives-key",
        Outcome.REJECT,
        translatable("The code says it is valid for longer than it may be."),
        translatable("Do not accept it."),
    )
    EXPIRED = (
        "expired",
        Outcome.REJECT,
        translatable("The code has expired."),
        translatable("Do not accept it; the city can renew the card."),
    )
    WRONG_CLASS = (
        "wrong-class",
        Outcome.REJECT,
        translatable("The code is for another kind of place."),
        translatable("Scan the code marked {label}."),
    )
    NO_HANDLE = (
        "no-handle",
        Outcome.REJECT,
        translatable("This code is not enough here, because it cannot be cancelled when it is lost."),
        translatable("Scan the code marked {label}."),
    )
    NOT_PROVEN = (
        "not-proven",
        Outcome.REJECT,
        translatable("The code does not prove what this place asks for."),
        translatable("Scan the code marked {label}; if there is none, the card does not cover this place."),
    )
    CLOCK = (
        "clock",
        Outcome.CANNOT_SAY,
        translatable("The date or time of this computer looks wrong."),
        translatable("Set the date and time, then scan again."),
    )
    NEWER_PROGRAM = (
        "newer-program",
        Outcome.CANNOT_SAY,
        translatable("This program is too old for the code or for the trust file."),
        translatable("Update the idcard program."),
    )
    UNKNOWN_CLASS = (
        "unknown-class",
        Outcome.CANNOT_SAY,
        translatable("This kind of place is not in the trust file."),
        translatable("Choose one of these kinds of place on this computer: {label}."),
    )
    UNKNOWN_KEY_STALE = (
        "unknown-key-stale",
        Outcome.CANNOT_SAY,
        translatable("The code may be newer than the trust file of this computer."),
        translatable("Get the city's current trust file, then scan again."),
    )
    TRUST_TOO_OLD = (
        "trust-too-old",
        Outcome.CANNOT_SAY,
        translatable("The trust file of this computer is too old for this kind of place."),
        translatable("Get the city's current trust file, then scan again."),
    )
    TRUST_EXPIRED = (
        "trust-expired",
        Outcome.CANNOT_SAY,
        translatable("The trust file of this computer has expired."),
        translatable("Get the city's current trust file, then scan again."),
    )
    ROOT_EXPIRED = (
        "root-expired",
        Outcome.CANNOT_SAY,
        translatable("The trust file of this computer has expired (its root)."),
        translatable("Get the city's current trust file, then scan again."),
    )
    TRUST_MALFORMED = (
        "trust-malformed",
        Outcome.CANNOT_SAY,
        translatable("The trust file is damaged or is not a trust file."),
        translatable("Get the city's current trust file, then scan again."),
    )
    TRUST_TOO_LARGE = (
        "trust-too-large",
        Outcome.CANNOT_SAY,
        translatable("The trust file is too large."),
        translatable("It is not the holder's fault; tell the city, which has to publish a smaller one."),
    )
    TRUST_UNSIGNED = (
        "trust-unsigned",
        Outcome.CANNOT_SAY,
        translatable("The trust file is not signed by those who must sign it."),
        translatable("Do not use it; get the trust file directly from the city."),
    )
    TRUST_CHAIN = (
        "trust-chain",
        Outcome.CANNOT_SAY,
        translatable("The parts of the trust file do not fit together."),
        translatable("Do not use it; get the trust file directly from the city."),
    )
    TRUST_ROLES = (
        "trust-roles",
        Outcome.CANNOT_SAY,
        translatable("The trust file uses one key for two purposes."),
        translatable("Do not use it; tell the city."),
    )
    TRUST_LIFETIME = (
        "trust-lifetime",
        Outcome.CANNOT_SAY,
        translatable("The trust file says it is valid for longer than it may be."),
        translatable("Do not use it; tell the city."),
    )
    TRUST_ANCHOR = (
        "trust-anchor",
        Outcome.CANNOT_SAY,
        translatable("The trust file does not have the fingerprint (the twelve words) that was compared."),
        translatable(
            "Do not use it; get the trust file and its fingerprint (the twelve words) directly from the city."
        ),
    )
    TRUST_ROLLBACK = (
        "trust-rollback",
        Outcome.CANNOT_SAY,
        translatable("The trust file is older than one that this computer has seen."),
        translatable("Keep using the newer one; get the city's current trust file."),
    )
    TRUST_EQUIVOCATION = (
        "trust-equivocation",
        Outcome.CANNOT_SAY,
        translatable("The city signed two different trust files with one number."),
        translatable("Keep using the first one, keep this file as evidence, and tell the city at once."),
    )
    TRUST_TAKES_BACK = (
        "trust-takes-back",
        Outcome.CANNOT_SAY,
        translatable("The trust file takes back what an earlier one said of the city's keys."),
        translatable("Keep using the first one, keep this file as evidence, and tell the city at once."),
    )
    TRUST_FOREIGN = (
        "trust-foreign",
        Outcome.CANNOT_SAY,
        translatable("The trust file is not from the city that this computer trusts."),
        translatable("Do not use it; get the trust file directly from the city."),
    )
    TRUST_GAP = (
        "trust-gap",
        Outcome.CANNOT_SAY,
        translatable("Something is missing between this computer's trust file and the new one."),
        translatable("Do not use this one; get the complete trust file (all its roots) directly from the city."),
    )
    KILL_NOTE = (
        "kill-note",
        Outcome.CANNOT_SAY,
        translatable("This notice does not withdraw a key that this computer knows."),
        translatable("Get the city's current trust file, then enter the notice again."),
    )
    MEMORY_DAMAGED = (
        "memory-damaged",
        Outcome.CANNOT_SAY,
        translatable("The record of trust files on this computer is damaged."),
        translatable("Install the city's current trust file again, and compare its fingerprint (the twelve words)."),
    )
    TRUST_CANCELLATIONS = (
        "trust-cancellations",
        Outcome.CANNOT_SAY,
        translatable("The cancellations are missing or are not those of the trust file."),
        translatable("Get the city's current trust file, then scan again."),
    )


_DATE_IN_DOUBT = translatable("If the date of this computer is wrong, set it.")


class IdcardError(Exception):
    """The base of every error of this package. Its text never holds a personal value, key, cti or signature."""


class NeedsExtra(IdcardError):
    """An extra is not installed, without which this does not work."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(needs_extra(what, extra))
        self._given = what, extra

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._given


class Malformed(IdcardError):
    """Bytes or text that do not follow their format."""


class Refused(IdcardError):
    """A code or a trust file is not accepted. The error holds no card and no claims.

    situation: set by `Verifier.verify`; empty where a trust file is refused.
    """

    situation = Situation()

    def __init__(self, reason: Reason, label: str = "", contact: str = "", *, date_in_doubt: bool = False) -> None:
        """`label` is the venue class as printed on cards, or several with ", " between.

        `contact` is the city's sentence for *cannot say*.

        date_in_doubt: whether the cause may be a clock that is ahead; the remedy then says so.
        """
        super().__init__(reason.value)
        self.reason = reason
        self._label = label
        self._contact = contact
        self._date_in_doubt = date_in_doubt

    def __reduce__(self) -> tuple[type["Refused"], tuple[Reason, str, str], dict[str, object]]:
        return type(self), (self.reason, self._label, self._contact), self.__dict__

    @property
    def outcome(self) -> Outcome:
        """Whose fault it is: REJECT for the card's, CANNOT_SAY for this computer's."""
        return self.reason.outcome

    @property
    def message(self) -> str:
        """One sentence for the clerk."""
        return self.reason.message

    def as_json(self, translate: Callable[[str], str] = str) -> dict[str, Any]:
        """The object of specs/verify.md (As JSON). translate: for message and remedy."""
        return contract.written(self.outcome, self.reason, self.in_words(translate), self.situation)

    @property
    def remedy(self) -> str:
        """What to do now. With *cannot say* it ends with the city's contact sentence, where that is known."""
        return self.in_words()[1]

    def in_words(self, translate: Callable[[str], str] = str) -> tuple[str, str]:
        """Message and remedy in another language. translate: of idcard.languages, or any map from English sentences."""
        # On a card in capitals; chosen on a computer as it is typed.
        label = self._label if self.reason is Reason.UNKNOWN_CLASS else self._label.upper()
        label = listed(label.split(", "), translate)
        remedy = translate(self.reason.remedy).format(label=label)
        in_doubt = translate(_DATE_IN_DOUBT) if self._date_in_doubt else ""
        contact = listed([self._contact], translate) if self.outcome is Outcome.CANNOT_SAY and self._contact else ""
        return translate(self.reason.message), sentences(remedy, in_doubt, contact)
