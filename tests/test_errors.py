"""The closed list of reasons: what specs/verify.md and specs/trust.md state, no more and no less."""

import pickle
import re
from pathlib import Path

import pytest

from idcard.errors import IdcardError, Malformed, NeedsExtra, Outcome, Reason, Refused
from idcard.pictures import Unread

SPECS = Path(__file__).parents[1] / "specs"
VERIFY, TRUST = ((SPECS / name).read_text("utf-8") for name in ("verify.md", "trust.md"))
OUTCOMES = {"reject": Outcome.REJECT, "cannot say": Outcome.CANNOT_SAY}
SENTENCE = re.compile(r"[A-Z][^.!?{}\n]*[^ .!?{}\n]\.")
CONTACT = "Call {0} or 555-0100 {label}."
COMMAND_ONLY = {"internal-error", "no-trust-file"}

ORDER = re.findall(r"^\| \d+ \| `([a-z-]+)` \| (reject|cannot say) \|", VERIFY, re.MULTILINE)
"""The rows of the order table with a refusal."""
PROSE = re.findall(r"`([a-z-]+)`\s\((reject|cannot say)\)", VERIFY)
"""Reasons that only a sentence names."""


def refusals(section: str) -> list[str]:
    """The reasons in the table of a section of specs/trust.md."""
    table = TRUST.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)


REFUSALS = refusals("Refusals")
"""The refusals of a trust file, each a *cannot say*."""
OF_MEMORY = refusals("Refusals by a memory")
"""The refusals of a venue's memory, likewise."""

every_reason = pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)


def test_the_tables_of_the_specification_were_found() -> None:
    assert (len(ORDER), len(REFUSALS), len(OF_MEMORY)) == (22, 8, 8)
    assert dict(PROSE) == dict.fromkeys(["clock", "keyboard", *COMMAND_ONLY], "cannot say")
    assert "Each is a *cannot say*" in TRUST


def test_the_reasons_are_those_of_the_specification() -> None:
    specified = {*dict(ORDER), *dict(PROSE), *REFUSALS, *OF_MEMORY} - COMMAND_ONLY
    assert {reason.value for reason in Reason} == specified
    assert not COMMAND_ONLY & {reason.value for reason in Reason}


@pytest.mark.parametrize(
    ("name", "outcome"),
    sorted(
        {*ORDER, *PROSE, *((name, "cannot say") for name in [*REFUSALS, *OF_MEMORY])}
        - {(name, "cannot say") for name in COMMAND_ONLY}
    ),
)
def test_a_reason_has_the_outcome_that_the_specification_states(name: str, outcome: str) -> None:
    assert Reason(name).outcome is OUTCOMES[outcome]


def test_no_name_stands_for_two_reasons() -> None:
    assert len({reason.value for reason in Reason}) == len(Reason.__members__)


@pytest.mark.parametrize("name", ["", "accept", "Malformed", "not_a_code", *sorted(COMMAND_ONLY)])
def test_any_other_name_is_no_reason(name: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Reason"):
        Reason(name)


def test_the_outcomes_are_the_names_that_integrators_compare() -> None:
    assert {reason.outcome for reason in Reason} == {"reject", "cannot-say"} == set(Outcome) - {"accept"}


# ---- sentences ----


@every_reason
def test_message_and_remedy_are_one_sentence_each(reason: Reason) -> None:
    refused = Refused(reason, label="library")
    assert SENTENCE.fullmatch(refused.message)
    assert SENTENCE.fullmatch(refused.remedy)


@every_reason
def test_a_remedy_names_the_class_as_printed_on_cards_where_it_names_one(reason: Reason) -> None:
    label = "library" if reason is Reason.UNKNOWN_CLASS else "LIBRARY"  # this one is typed or chosen, not printed
    assert reason.remedy.replace("{label}", label) == Refused(reason, label="library").remedy
    naming = {Reason.WRONG_CLASS, Reason.NO_HANDLE, Reason.NOT_PROVEN, Reason.UNKNOWN_CLASS}
    assert ("{label}" in reason.remedy) == (reason in naming)


@every_reason
def test_the_contact_ends_what_cannot_be_said_and_nothing_else(reason: Reason) -> None:
    alone = Refused(reason, label="library").remedy
    with_contact = Refused(reason, label="library", contact=CONTACT).remedy
    assert with_contact == (f"{alone} {CONTACT}" if reason.outcome is Outcome.CANNOT_SAY else alone)


@every_reason
def test_cannot_say_never_blames_the_holder(reason: Reason) -> None:
    told = f"{reason.message} {reason.remedy}".lower()
    blames = any(word in told for word in ("forged", "cancelled code", "do not accept"))
    assert not (blames and reason.outcome is Outcome.CANNOT_SAY)


@every_reason
def test_what_an_exception_shows_is_the_reason_alone(reason: Reason) -> None:
    refused = Refused(reason, label="library", contact=CONTACT)
    assert (str(refused), refused.args) == (reason.value, (reason.value,))
    assert refused.reason is reason
    assert refused.outcome is reason.outcome
    assert refused.message == reason.message


def test_one_handler_catches_whatever_the_package_raises() -> None:
    assert issubclass(Malformed, IdcardError)
    assert issubclass(Refused, IdcardError)
    assert not issubclass(Refused, Malformed)


@pytest.mark.parametrize("error", [NeedsExtra("reading pictures", "scan"), *(each.error() for each in Unread)], ids=str)
def test_an_error_comes_whole_from_another_process(error: IdcardError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), str(again)) == (type(error), str(error))
