"""A city changes: what `idcard city edit` shows, refuses and writes, and what venues then do."""

import json
from pathlib import Path

import pytest
from command import ACCEPT, CANNOT_SAY, USAGE, Office

CONTACT = "Ask the card office, 555-0199."
SAUNA = {
    "class": "sauna",
    "kind": "cohort",
    "claims": ["resident"],
    "ages": [16],
    "least_age": 16,
    "life": 12,
    "level": "M",
    "max_version": 6,
    "tolerance": 120,
}
LATER = "2026-11-23 09:00"


def edit(office: Office, *options: object) -> list[str]:
    return office.done("city", "edit", *office.here, *options, "--yes").splitlines()


def fields(office: Office) -> dict[str, object]:
    found: dict[str, object] = json.loads(office.done("city", "edit", *office.here))
    return found


def number_of(office: Office, name: str) -> int:
    return next(each.number for each in office.plan().classes if each.profile.venue_class == name)


def test_a_changed_sentence_reaches_venues_by_the_next_list(office: Office) -> None:
    before = office.plan().contact
    assert edit(office, "--set", f"contact={CONTACT}") == [f"contact is {CONTACT} instead of {before}"]
    office.publish(at=LATER)
    assert office.held().trust_list.contact == CONTACT


def test_a_city_gets_the_time_zone_that_it_was_founded_without(office: Office) -> None:
    assert fields(office)["time_zone"] == "UTC"
    assert edit(office, "--set", "time_zone=Europe/Berlin") == ["time_zone is Europe/Berlin instead of UTC"]
    ended = office.run("city", "edit", *office.here, "--set", "time_zone=Europe/Berln", "--yes")
    assert (ended.code, "no time zone 'Europe/Berln'" in ended.err) == (USAGE, True)
    assert office.plan().time_zone == "Europe/Berlin"


def test_a_new_kind_of_place_takes_its_codes_after_the_next_list(office: Office) -> None:
    printed = fields(office)
    (office.home / "plan.json").write_text(json.dumps({**printed, "classes": [*printed["classes"], SAUNA]}))  # type: ignore[misc]
    [told] = edit(office, "--from", office.home / "plan.json")
    assert told.startswith("sauna is a new kind of place: number 6, kind cohort")
    office.publish(at=LATER)
    code = office.mint("--for", "sauna", at=LATER).out.split("\t")[1].strip()
    assert office.verdict(code, "sauna", at=LATER) == "accept"


def test_a_class_that_asks_for_something_else_gets_a_new_number(office: Office) -> None:
    """So a slip still cancels the codes that were made for the old one."""
    assert edit(office, "--set", 'theatre.claims=["resident"]', "--set", "pharmacy.kind=cohort") == [
        "pharmacy: number is 6 instead of 4",
        "pharmacy: kind is cohort instead of revocable",
        "theatre: number is 7 instead of 5",
        'theatre: claims is ["resident"] instead of ["resident", "student"]',
        "CODES END: all codes that are out for pharmacy are refused once venues have the next trust list",
    ]
    assert office.plan().handle_numbers == {4}
    assert edit(office, "--set", "theatre.photo_check=true") == ["theatre: photo_check is true instead of nothing"]
    assert number_of(office, "theatre") == 7


def test_what_asks_for_more_says_who_is_refused(office: Office) -> None:
    assert edit(office, "--set", "pool.ages=[18, 21]", "--set", "pool.least_age=21")[-1] == (
        "CODES END: codes that are out for pool are refused where they do not prove what it asks for now"
    )


def test_a_longer_life_says_that_minting_stops_and_a_shorter_one_does_not(office: Office) -> None:
    assert edit(office, "--set", "library.life=18") == ["library: life is 18 instead of 24"]
    assert edit(office, "--set", "library.life=24") == ["library: life is 24 instead of 18"]
    [_, stops] = edit(office, "--set", "library.life=36")
    assert stops.startswith("STOPS: no code is minted for library until 2027-10-01, ")
    ended = office.mint("--for", "library")
    assert (ended.code, "would outlive the key" in ended.err) == (USAGE, True)


def test_whoever_says_no_changes_nothing(office: Office) -> None:
    before = office.contents()
    change = ("city", "edit", *office.here, "--set", f"contact={CONTACT}")
    assert office.run(*change).code == USAGE
    assert office.on_terminal(*change, answers=[("Change this?", "n\n")]).code == CANNOT_SAY
    assert office.run(*change, "--at", "2027-01-01", "--yes").code == ACCEPT
    assert office.contents() == before


REFUSED = {
    "no such field": ("nonsense=1", "there are: name, contact, timing, time_zone, library"),
    "no such class": ("casino.life=3", "there is no 'casino'"),
    "no such field of a class": ("pool.price=3", "a venue class has no field 'price'"),
    "no value": ("contact", "is nothing that --set changes"),
    "a whole class": ("pool=3", "is nothing that --set changes"),
    "no number": ("pool.life=long", "write a number, true, false, or a list"),
    "no life": ("pool.life=0", "the life of 'pool' is not 1 to 120 months"),
    "no sentence": ("contact=", "the plan is damaged"),
    "an unknown claim": ('pool.claims=["tall"]', "no claim is called 'tall'"),
    "a number that is taken": ("pool.number=1", "two venue classes have one number"),
    "a shorter list": ("timing.list_life=100", "list_life is never made shorter"),
    "another city": ("city=shelbyville", "is nothing that --set changes"),
    "another environment": ("environment=production", "is nothing that --set changes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(office: Office, name: str) -> None:
    assigned, says = REFUSED[name]
    before = office.contents()
    ended = office.run("city", "edit", *office.here, "--set", assigned, "--yes")
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert office.contents() == before


@pytest.mark.parametrize(
    ("text", "says"), [("[]", "is not the object"), ("{", "from.json"), ('{"keys": []}', "'keys' is not changed here")]
)
def test_a_file_that_is_no_plan_is_refused(office: Office, text: str, says: str) -> None:
    (office.home / "from.json").write_text(text)
    ended = office.run("city", "edit", *office.here, "--from", office.home / "from.json", "--yes")
    assert (ended.code, says in ended.err) == (USAGE, True)


def test_what_is_printed_changes_nothing(office: Office, tmp_path: Path) -> None:
    (tmp_path / "same.json").write_text(json.dumps(fields(office)))
    assert edit(office, "--from", tmp_path / "same.json") == ["nothing changes"]


# ---- after two root keys are lost ----


def begin_anew(office: Office, *options: object, at: str = LATER) -> Office:
    new = Office(office.home / "anew", at)
    new.home.mkdir()
    (new.home / "passphrase.txt").write_bytes((office.home / "passphrase.txt").read_bytes())
    new.done("city", "init", new.folder, "--keys-of", office.folder, *new.secret, *options, "--yes")
    return new


def test_cards_and_cancellations_survive_the_loss_of_two_root_keys(office: Office) -> None:
    good, lost = office.hand_out(), office.hand_out()
    office.done("cancel", *office.here, stdin=lost.typed)
    killed = office.key("revocable", "2027-Q1")
    office.done("key", "distrust", killed.kid.hex(), *office.here, "--yes")
    edit(office, "--set", f"contact={CONTACT}")
    new = begin_anew(office)
    assert new.held().trust_list.contact == CONTACT
    assert [new.verdict(each.codes["pharmacy"], "pharmacy") for each in (good, lost)] == ["accept", "cancelled-code"]
    assert new.verdict(good.codes["library"], "library") == "accept"
    assert {key.kid: (key.destroyed, key.distrusted) for key in new.plan().keys}[killed.kid] == (True, True)
    assert (new.folder / "ledger.csv").read_bytes() == office.ledger()
    assert (new.folder / "counts.csv").read_bytes() == (office.folder / "counts.csv").read_bytes()
    assert new.verdict(new.hand_out().codes["pharmacy"], "pharmacy") == "accept"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--id", "shelbyville"), "a city keeps it"),
        (("--environment", "production"), "a city keeps it"),
        (("--classes", "classes.json"), "leave out --classes"),
    ],
)
def test_another_city_takes_nothing_over(office: Office, options: tuple[str, ...], says: str) -> None:
    command = ("city", "init", office.home / "anew", "--keys-of", office.folder, *office.secret, *options, "--yes")
    ended = office.run(*command)
    assert (ended.code, says in ended.err) == (USAGE, True)
    assert not (office.home / "anew").exists()


@pytest.mark.parametrize("left_out", ["--name", "--id", "--contact", "--environment"])
def test_a_new_city_says_what_it_is(office: Office, left_out: str) -> None:
    given = {"--name": "Springfield", "--id": "springfield", "--contact": CONTACT, "--environment": "test"}
    options = [word for option, value in given.items() if option != left_out for word in (option, value)]
    ended = office.run("city", "init", office.home / "anew", *options, *office.secret, "--yes")
    assert (ended.code, f"{left_out} is missing" in ended.err) == (USAGE, True)
