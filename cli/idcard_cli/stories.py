"""Four bad days of a made-up city, each with what is expected (docs/key-officer.md). Its people do not exist."""

import shlex
from collections.abc import Callable

from idcard_cli.command import Exit
from idcard_cli.stage import CITY, TRUST, Stage

OFFICE, PHARMACY, LIBRARY = "office", "pharmacy", "library"
_PERSON = "--set birth_date=1990-12-31 --set resident=yes --set student=no"


def founding_day(stage: Stage) -> None:
    """Ada, Ben and Cleo have a root key each; two venues begin; Rosa gets a card."""
    stage.title("A city is founded, and Rosa gets a card")
    stage.at("2030-01-07 09:00")
    contact = "Ask the card office, 555-0100."
    named = f"--name Springfield --id {CITY} --environment test --contact {shlex.quote(contact)}"
    stage.expect(OFFICE, f"city init {CITY} {named} --yes", "a trust file for venues", says="give this file to every")
    for number, officer in enumerate(("ada", "ben", "cleo"), 1):
        (stage.folder / CITY / f"keys/root-{number}.key").rename(stage.folder / f"{officer}.key")
    (stage.folder / CITY / "kill-notes").rename(stage.folder / "safe")
    for venue in (PHARMACY, LIBRARY):
        stage.expect(venue, f"venue install {TRUST} --in-person", "the venue knows the city", says="trust list 1")
    _card(stage, "rosa")


def a_leaked_key_at_night(stage: Stage) -> None:
    """Nobody can sign; the kill note from the safe is enough."""
    stage.title("At night it is found that an issuing key leaked, and no publisher can be reached")
    stage.at("2030-02-12 02:10")
    [note] = (stage.folder / "safe").glob("revocable-2030-Q1-*.txt")
    stage.expect(OFFICE, f"trust kill safe/{note.name} --city {CITY} --yes",
                 "the paper from the safe ends the key, and no officer signs", says="is distrusted")  # fmt: skip
    _updated(stage)
    _verdict(stage, PHARMACY, "rosa", "codes of the key are refused, Rosa's too", code=Exit.REJECT)
    _verdict(stage, LIBRARY, "rosa", "codes of the other key are accepted, Rosa's too")
    stage.at("2030-02-12 08:00")
    _card(stage, "rosa-again")
    _verdict(stage, PHARMACY, "rosa-again", "the standby signed Rosa's new card, and the pharmacy knows that key")


def a_lapsed_trust_file(stage: Stage) -> None:
    """Nobody published for four months."""
    stage.title("Nobody published for four months")
    stage.at("2030-05-20 08:30")
    _verdict(stage, LIBRARY, "rosa", "the computer cannot say, which is not Rosa's fault", code=Exit.CANNOT_SAY)
    stage.expect(OFFICE, f"trust renew --city {CITY} --yes",
                 "no script may publish now: a person looks at a calendar first", code=Exit.USAGE,
                 says="only a person knows whether the date is right")  # fmt: skip
    stage.at("2030-05-20 09:00")
    _published(stage, "lapsed")
    _updated(stage)
    _verdict(stage, LIBRARY, "rosa", "verdicts are back")


def a_lost_root_key(stage: Stage) -> None:
    """Ben's stick is lost, and Dora takes his place."""
    stage.title("Ben lost the stick with his root key, and Dora takes his place")
    stage.at("2030-06-03 10:00")
    made = stage.expect("dora", "key make dora.key --kind root --environment test",
                        "made on Dora's computer, and only its public half leaves it", says="idpub.root.")  # fmt: skip
    lost = _public(stage, "ben.key").split(".")[3]
    (stage.folder / "ben.key").unlink()
    change = f"--add-root {made.out.strip()} --remove-root {lost}"
    stage.expect(OFFICE, f"trust draft --city {CITY} --out root.iddraft {change}", "who joins and who leaves",
                 says="JOINS")  # fmt: skip
    _signed(stage, "root", "ada", f"{CITY}/keys/publisher.key")
    stage.expect(OFFICE, f"trust finish root.iddraft --city {CITY}", "one root key of two, and Dora has not signed",
                 code=Exit.USAGE, says="waiting for")  # fmt: skip
    _signed(stage, "root", "cleo", "dora")
    stage.expect(OFFICE, f"trust finish root.iddraft --city {CITY}", "two of three, and the one who joins",
                 says="give it to every venue")  # fmt: skip
    _updated(stage)
    _verdict(stage, PHARMACY, "rosa-again", "no card changed")


def a_list_from_the_future(stage: Stage) -> None:
    """The clock of the office is two days ahead."""
    stage.title("The clock of the office runs two days ahead")
    stage.at("2030-06-12 09:00")
    _published(stage, "ahead")
    stage.at("2030-06-10 09:00")
    stage.expect(LIBRARY, f"venue update {TRUST}", "the venue takes it, and says that one of two dates is wrong",
                 says="one of the two is wrong")  # fmt: skip
    stage.at("2030-06-10 11:00")
    stage.expect(OFFICE, f"doctor --city {CITY}", "the clock is right again, and the doctor sees the date of the list",
                 code=Exit.REJECT, says="before the trust list was made")  # fmt: skip
    _published(stage, "right")
    _updated(stage)
    _verdict(stage, LIBRARY, "rosa", "the next list has an earlier date, and venues go on")


STORIES: tuple[Callable[[Stage], None], ...] = (
    founding_day,
    a_leaked_key_at_night,
    a_lapsed_trust_file,
    a_lost_root_key,
    a_list_from_the_future,
)


def _card(stage: Stage, name: str) -> None:
    stage.expect(OFFICE, f"slip new --city {CITY} --handles {name}.json", "a slip, which goes home first",
                 says="give the slip to the holder now")  # fmt: skip
    stage.expect(OFFICE, f"mint --city {CITY} {_PERSON} --handles {name}.json --out {name} --format text",
                 "codes, and no theatre code for who is no student", says="does not qualify")  # fmt: skip


def _verdict(stage: Stage, venue: str, name: str, expected: str, *, code: Exit = Exit.DONE) -> None:
    word = {Exit.DONE: "ACCEPT", Exit.REJECT: "REJECT", Exit.CANNOT_SAY: "CANNOT SAY"}[code]
    stage.expect(venue, f"verify {name}/{venue}.txt --for {venue}", expected, code=code, says=word)


def _updated(stage: Stage) -> None:
    for venue in (PHARMACY, LIBRARY):
        stage.expect(venue, f"venue update {TRUST}", "the venue takes the new file", says="trust list")


def _published(stage: Stage, name: str) -> None:
    """By the publisher alone."""
    stage.expect(OFFICE, f"trust draft --city {CITY} --out {name}.iddraft --yes", "what would change, in words",
                 says="replaces list")  # fmt: skip
    _signed(stage, name, f"{CITY}/keys/publisher.key")
    stage.expect(OFFICE, f"trust finish {name}.iddraft --city {CITY}", "it is published", says="give it to every venue")


def _signed(stage: Stage, name: str, *keys: str) -> None:
    for key in keys:
        who, path = ("publisher", key) if "/" in key else (key, f"{key}.key")
        stage.expect(who, f"trust sign {name}.iddraft --trust {TRUST} --key {path} --yes", "one signature more",
                     says=" signatures")  # fmt: skip


def _public(stage: Stage, name: str) -> str:
    """The public key that a key file names."""
    lines = (stage.folder / name).read_text("ascii").splitlines()
    return next(line for line in lines if line.startswith("public: "))
