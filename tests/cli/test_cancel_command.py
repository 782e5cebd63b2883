"""`idcard cancel`: a lost code is refused at venues, nobody says whose it was, and a scan gives no power."""

import io
import itertools
import json
import shutil
import stat
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cities import City
from command import ACCEPT, CANNOT_SAY, CTRL_D, USAGE, Card, Ended, Office, files_under
from pages import photographed
from PIL import Image

from idcard.city import ledger, plan
from idcard.credential import signed, text
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slips
from idcard.symbol import qr
from idcard.trust import cancellations

NEXT_DAY, THIRD_DAY = "2026-11-23 12:00", "2026-11-24 12:00"
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LAST_MONTH = 2029 * 12 + 9
"""In which the last code ends that any key of the first trust list can sign."""
NEXT_FILE = "idcard: venues refuse what is cancelled once they have the next trust file: idcard trust draft\n"
STAY_GOOD = "idcard: codes that many people share cannot be cancelled for one, and stay good: "

CITY = City(environment=Environment.TEST)


@pytest.fixture
def card(office: Office) -> Card:
    return office.hand_out()


def cancel(office: Office, card: Card, *options: object, stdin: bytes | None = None, at: str = "") -> Ended:
    """By the slip, if nothing else is asked. No output ever shows what gives the card away."""
    ended = office.run("cancel", *office.here, *options, stdin=card.typed if stdin is None else stdin, at=at)
    assert_discreet(card, ended, "--cohort" in options)
    return ended


def assert_discreet(card: Card, ended: Ended, of_cohort: bool = False) -> None:
    said = (ended.out + ended.err).lower()
    groups = card.slip.lower().split("-")
    # A group without a digit may be a word by chance.
    secrets = [*(each for each in groups if not each.isalpha()), "".join(groups), card.slip.lower()]
    for code in card.codes.values():
        credential = signed.decode(text.decode(code)[1])
        handle = credential.claims.handle
        secrets += [code.lower(), CITY.cohort(code).hex(), *([handle.hex()] if handle else [])]
        if not of_cohort:
            secrets.append(credential.kid.hex())
    for secret in secrets:
        assert secret not in said


def cancelled(office: Office) -> dict[bytes, int]:
    """What the ledger says."""
    return dict(ledger.decode(office.ledger().decode("ascii")))


def published(office: Office) -> set[bytes]:
    return set(office.held().cancellations)


def two_revocable_classes(office: Office) -> Office:
    """A city in which a slip cancels two codes."""
    home = office.home / "two"
    home.mkdir()
    shutil.copy(office.home / "passphrase.txt", home)
    classes = json.loads(office.done("city", "classes"))
    [pharmacy] = [each for each in classes if each["class"] == "pharmacy"]
    (home / "classes.json").write_text(json.dumps([*classes, {**pharmacy, "class": "gym", "number": 9}]))
    there = replace(office, home=home)
    described = ("--name", "Springfield", "--id", "springfield", "--environment", "test", "--contact", "Ask.")
    there.done("city", "init", there.folder, *described, "--classes", home / "classes.json", *there.secret, "--yes")
    return there


# ---- by the slip ----


def test_a_slip_cancels_the_code_and_says_what_stays_good(office: Office, card: Card) -> None:
    ended = cancel(office, card)
    assert (ended.code, ended.out) == (ACCEPT, "pharmacy: cancelled, until 2028-01-01\n")
    assert ended.err == f"{NEXT_FILE}{STAY_GOOD}library, museum, pool, theatre\n"
    assert office.ledger() == f"value,expires\n{card.handle('pharmacy').hex()},2028-01\n".encode()
    assert stat.S_IMODE((office.folder / "ledger.csv").stat().st_mode) == 0o600


def test_once_more_changes_nothing_and_says_so(office: Office, card: Card) -> None:
    cancel(office, card)
    before = office.contents()
    ended = cancel(office, card, at=NEXT_DAY)
    assert (ended.code, ended.out) == (ACCEPT, "pharmacy: was already cancelled, until 2028-01-01\n")
    assert office.contents() == before


@pytest.mark.parametrize(
    "written",
    [
        str.lower,
        lambda slip: slip.replace("-", ""),
        lambda slip: slip.replace("-", " "),
        lambda slip: slip.replace("-", "\r\n"),
        lambda slip: f"  IDS1:{slip}\t\n",
        lambda slip: slip.replace("0", "o").replace("1", "l"),
        lambda slip: slip.replace("0", "O").replace("1", "I"),
    ],
)
def test_a_slip_is_understood_however_it_is_written(office: Office, card: Card, written: Callable[[str], str]) -> None:
    assert cancel(office, card, stdin=written(card.slip).encode()).code == ACCEPT
    assert cancelled(office).keys() == {card.handle("pharmacy")}


def test_a_slip_may_be_typed_at_the_terminal(office: Office, card: Card) -> None:
    ended = office.on_terminal("cancel", *office.here, answers=[("Slip", f"{card.slip.lower()}\n")])
    assert ended.code == ACCEPT
    assert "pharmacy: cancelled, until 2028-01-01\n" in ended.out
    assert cancelled(office).keys() == {card.handle("pharmacy")}


def test_a_misread_slip_is_asked_for_again(office: Office, card: Card) -> None:
    wrong = card.slip[:-1] + ("0" if card.slip[-1] != "0" else "2")
    ended = office.on_terminal("cancel", *office.here, answers=[("Slip", f"{wrong}\n"), ("Slip", f"{card.slip}\n")])
    assert ended.code == ACCEPT
    assert "idcard: the slip was misread or mistyped" in ended.out
    assert cancelled(office).keys() == {card.handle("pharmacy")}


def test_whoever_has_no_slip_after_all_cancels_nothing(office: Office, card: Card) -> None:
    ended = office.on_terminal("cancel", *office.here, answers=[("Slip", CTRL_D)])
    assert ended.code == CANNOT_SAY
    assert office.ledger() == b""


@pytest.mark.parametrize("prefix", ["IDS1:", ""], ids=["as printed", "without prefix"])
def test_a_picture_of_the_slip_will_do(office: Office, card: Card, prefix: str) -> None:
    picture = qr.draw(f"{prefix}{card.slip}", level="Q", max_version=4).png()
    assert cancel(office, card, stdin=picture).code == ACCEPT
    assert cancelled(office).keys() == {card.handle("pharmacy")}


def test_a_photo_of_slip_and_card_side_by_side_is_read_as_the_slip(office: Office, card: Card) -> None:
    assert cancel(office, card, stdin=side_by_side(card.codes["pharmacy"], f"IDS1:{card.slip}")).code == ACCEPT


def test_of_two_slips_in_a_picture_none_is_taken(office: Office, card: Card) -> None:
    other = office.hand_out()
    ended = cancel(office, card, stdin=side_by_side(f"IDS1:{card.slip}", f"IDS1:{other.slip}"))
    assert (ended.code, ended.out) == (USAGE, "")
    assert "there are 2 slips in the picture; show one" in ended.err
    assert office.ledger() == b""


def side_by_side(*texts: str) -> bytes:
    pictures = [Image.open(io.BytesIO(qr.draw(each, max_version=8).png())) for each in texts]
    sheet = Image.new("L", (sum(each.width for each in pictures), max(each.height for each in pictures)), 255)
    for number, each in enumerate(pictures):
        sheet.paste(each, (sum(before.width for before in pictures[:number]), 0))
    data = io.BytesIO()
    sheet.save(data, "PNG")
    return data.getvalue()


def test_a_slip_cancels_every_code_that_has_a_handle_or_one_that_is_named(office: Office) -> None:
    there = two_revocable_classes(office)
    card = there.hand_out()
    ended = cancel(there, card, "--class", "gym")
    assert ended.out == "gym: cancelled, until 2028-01-01\n"
    assert cancelled(there).keys() == {card.handle("gym")}
    ended = cancel(there, card)
    assert ended.out == "pharmacy: cancelled, until 2028-01-01\ngym: was already cancelled, until 2028-01-01\n"
    assert cancelled(there).keys() == {card.handle("gym"), card.handle("pharmacy")}


def test_json_of_a_slip_is_one_object(office: Office, card: Card) -> None:
    row = {"classes": ["pharmacy"], "expires": "2028-01-01T12:00:00Z"}
    for state in ("cancelled", "was already cancelled"):
        ended = cancel(office, card, "--json")
        assert (ended.code, ended.json()) == (ACCEPT, {"schema": 1, "codes": [{**row, "state": state}]})
    for state in ("taken back", "was not cancelled"):
        ended = cancel(office, card, "--json", "--undo")
        assert (ended.code, ended.json()) == (ACCEPT, {"schema": 1, "codes": [{**row, "state": state}]})


# ---- by a code ----


def test_the_code_of_a_card_that_is_shown_cancels_that_code(office: Office, card: Card) -> None:
    ended = cancel(office, card, "--card", card.codes["pharmacy"], "--yes")
    assert (ended.code, ended.out) == (ACCEPT, "pharmacy: cancelled, until 2027-12-01\n")
    assert "a program cannot tell a card from a copy of it" in ended.err
    assert "other codes on the card stay good: cancel each that has a handle" in ended.err
    assert cancelled(office) == {card.handle("pharmacy"): 2027 * 12 + 11}


def test_slip_and_card_are_one_cancellation_and_the_later_month_stays(office: Office, card: Card) -> None:
    cancel(office, card, "--card", card.codes["pharmacy"], "--yes")
    ended = cancel(office, card)
    assert ended.out == "pharmacy: was already cancelled, until 2028-01-01\n"
    assert cancelled(office) == {card.handle("pharmacy"): 2028 * 12}
    ended = cancel(office, card, "--card", card.codes["pharmacy"], "--yes")
    assert ended.out == "pharmacy: was already cancelled, until 2028-01-01\n"
    assert cancelled(office) == {card.handle("pharmacy"): 2028 * 12}


@pytest.mark.parametrize("how", ["text file", "picture", "stdin"])
def test_a_code_comes_as_text_or_as_a_picture(office: Office, card: Card, how: str) -> None:
    code = card.codes["pharmacy"]
    (office.home / "code.txt").write_text(f"{code}\n", "ascii")
    (office.home / "code.png").write_bytes(qr.draw(code, max_version=7).png())
    given = {"text file": office.home / "code.txt", "picture": office.home / "code.png", "stdin": "-"}[how]
    assert cancel(office, card, "--card", given, "--yes", stdin=code.encode()).code == ACCEPT
    assert cancelled(office).keys() == {card.handle("pharmacy")}


def test_whoever_cancels_by_a_card_is_asked_for_the_face(office: Office, card: Card) -> None:
    command = ("cancel", *office.here, "--card", card.codes["pharmacy"])
    question = "Did you compare the face before you with the photo on the card?"
    ended = office.on_terminal(*command, answers=[(question, "n\n")])
    assert ended.code == CANNOT_SAY
    assert office.ledger() == b""
    ended = office.on_terminal(*command, answers=[(question, "y\n")])
    assert ended.code == ACCEPT
    assert cancelled(office).keys() == {card.handle("pharmacy")}


@pytest.mark.parametrize(("option", "venue_class"), [("--card", "pharmacy"), ("--cohort", "library")])
def test_where_nobody_can_be_asked_nothing_is_cancelled_by_a_code(
    office: Office, card: Card, option: str, venue_class: str
) -> None:
    ended = cancel(office, card, option, card.codes[venue_class])
    assert (ended.code, ended.out) == (USAGE, "")
    assert "there is no terminal to ask for confirmation; give --yes" in ended.err
    assert office.ledger() == b""


def test_a_cohort_is_cancelled_for_every_class_that_takes_it(office: Office, card: Card) -> None:
    office.mint("--for", "library")
    kid = office.key("cohort", "2026-Q4").kid.hex()
    command = ("cancel", *office.here, "--cohort", card.codes["library"])
    asked = office.on_terminal(*command, answers=[("Cancel all codes like this one, for library, museum?", "n\n")])
    assert asked.code == CANNOT_SAY
    assert "its key signed, by class: library 2, museum 1\n" in asked.out
    assert office.ledger() == b""
    ended = cancel(office, card, "--cohort", card.codes["library"], "--yes")
    assert (ended.code, ended.out) == (ACCEPT, "library, museum: cancelled, until 2029-01-01\n")
    assert f"if this key still signs: idcard key retire {kid}\n" in ended.err
    name = CITY.cohort(card.codes["museum"])
    assert cancelled(office) == {name: 2029 * 12}
    again = cancel(office, card, "--cohort", card.codes["museum"], "--yes", "--json")
    assert again.json()["codes"] == [
        {"classes": ["library", "museum"], "expires": "2029-01-01T12:00:00Z", "state": "was already cancelled"}
    ]


# ---- taken back ----


def test_what_is_not_published_yet_can_be_taken_back(office: Office, card: Card) -> None:
    other = office.hand_out()
    cancel(office, other)
    before = office.ledger()
    cancel(office, card)
    ended = cancel(office, card, "--undo")
    assert (ended.code, ended.out) == (ACCEPT, "pharmacy: taken back\n")
    assert "drafts that were made before, and ledgers of other offices, may still contain the cancellation" in ended.err
    assert office.ledger() == before
    ended = cancel(office, card, "--undo")
    assert (ended.code, ended.out) == (ACCEPT, "pharmacy: was not cancelled\n")
    assert office.ledger() == before


@pytest.mark.parametrize(("option", "venue_class"), [("--card", "pharmacy"), ("--cohort", "library")])
def test_to_take_back_asks_nothing(office: Office, card: Card, option: str, venue_class: str) -> None:
    cancel(office, card, option, card.codes[venue_class], "--yes")
    ended = cancel(office, card, option, card.codes[venue_class], "--undo")
    assert (ended.code, ended.out.endswith(": taken back\n")) == (ACCEPT, True)
    assert cancelled(office) == {}


def test_what_is_published_stays_cancelled(office: Office, card: Card) -> None:
    cancel(office, card)
    office.publish(at=NEXT_DAY)
    before = office.contents()
    ended = cancel(office, card, "--undo", at=NEXT_DAY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "pharmacy: this is published and cannot be undone; make a new card with a new slip" in ended.err
    assert office.contents() == before


# ---- refused ----


def refusal(office: Office, card: Card, *options: object, stdin: bytes | None = None, at: str = "") -> str:
    """What a refusal says. It leaves no ledger and no lock, and whoever comes next can work."""
    before, names = office.contents(), files_under(office.folder)
    ended = cancel(office, card, *options, stdin=stdin, at=at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert (office.contents(), files_under(office.folder)) == (before, names)
    return ended.err


def test_a_slip_of_which_one_symbol_was_misread_cancels_nothing(office: Office, card: Card) -> None:
    plain = card.slip.replace("-", "")
    for place, symbol in enumerate(plain):
        value = SYMBOLS.index(symbol)
        for other in {SYMBOLS[value ^ 1], SYMBOLS[(value + 11) % 32], SYMBOLS[31 - value]} - {symbol}:
            misread = plain[:place] + other + plain[place + 1 :]
            assert "misread or mistyped" in refusal(office, card, stdin=misread.encode()), place


def test_a_slip_of_which_two_neighbours_were_swapped_cancels_nothing(office: Office, card: Card) -> None:
    plain = card.slip.replace("-", "")
    for place, (one, other) in enumerate(itertools.pairwise(plain)):
        if one != other:
            swapped = plain[:place] + other + one + plain[place + 2 :]
            assert "misread or mistyped" in refusal(office, card, stdin=swapped.encode()), place


def test_a_slip_that_is_not_whole_cancels_nothing(office: Office, card: Card) -> None:
    for stdin in (card.slip[:-1], card.slip[:-6], card.slip[6:], card.slip + "0", card.slip * 2):
        assert "this is not a slip" in refusal(office, card, stdin=stdin.encode())
    for stdin in ("", " \n"):
        assert "nothing came in: type the 35 letters and digits" in refusal(office, card, stdin=stdin.encode())


def of(city: str, environment: Environment = Environment.TEST, month: int = 2028 * 12) -> bytes:
    """A slip that somebody made."""
    return slips.encode(slips.Slip(Scope(environment, city), month, bytes(range(16)))).encode()


@pytest.mark.parametrize(
    ("stdin", "says"),
    [
        (of("shelbyville"), "misread or mistyped, or is of another city"),
        (of("springfield", Environment.PRODUCTION), "the slip is of a production city, and this is a test city"),
        (of("springfield", month=2026 * 12 + 10), "every code of this slip ended on 2026-11-01: there is nothing to"),
        (b"IDS2:" + of("springfield"), "the slip is of a newer program: update idcard"),
        (b"IDC1:ABC", "this is the code of a card and not a slip"),
        (b"\x89PNG\r\n\x1a\n broken", "the picture cannot be read"),
        (qr.draw("HELLO", max_version=2).png(), "this is not a slip"),
    ],
)
def test_what_is_no_slip_of_this_city_cancels_nothing(office: Office, card: Card, stdin: bytes, says: str) -> None:
    assert says in refusal(office, card, stdin=stdin)


def test_a_test_slip_cancels_nothing_in_a_real_city(tmp_path: Path) -> None:
    """One in a thousand million would, if its checksum were all that tells."""
    city = City()
    (tmp_path / "springfield").mkdir()
    office = Office(tmp_path, "2026-11-22 12:00")
    office.trust.write_bytes(city.file)
    (office.folder / "city.json").write_text(plan_text(city), "utf-8")
    card = Card(of("springfield").decode(), {})
    assert "the slip is of a test city, and this is a production city" in refusal(office, card)


def plan_text(city: City) -> str:
    return plan.encode(city.plan)


def test_a_code_is_no_slip(office: Office, card: Card) -> None:
    for code in card.codes.values():
        assert "this is the code of a card and not a slip" in refusal(office, card, stdin=code.encode())
        picture = qr.draw(code, max_version=7).png()
        assert "this is the code of a card and not a slip" in refusal(office, card, stdin=picture)


def test_a_slip_on_the_command_line_is_not_repeated(office: Office, card: Card) -> None:
    assert "never from the command line" in refusal(office, card, card.slip)
    assert "never from the command line" in refusal(office, card, *card.slip.split("-"))
    assert "this is a slip, not a code" in refusal(office, card, "--card", card.slip, "--yes")
    assert "this is a slip, not a code" in refusal(office, card, "--cohort", f"IDS1:{card.slip}", "--yes")
    refusal(office, card, "--class", card.slip)
    refusal(office, card, "--slip", card.slip)
    refusal(office, card, f"--slip={card.slip}")


def forged(office: Office, card: Card) -> str:
    """With a key that calls itself by the name of the city's."""
    environment, data = text.decode(card.codes["pharmacy"])
    return text.encode(environment, data[:-1] + bytes((data[-1] ^ 1,)))


def foreign(office: Office, card: Card) -> str:
    return CITY.code("pharmacy")


def of_the_real_city(office: Office, card: Card) -> str:
    return City().code("pharmacy")


def half_read(office: Office, card: Card) -> str:
    return card.codes["pharmacy"][:-12]


@pytest.mark.parametrize("option", ["--card", "--cohort"])
@pytest.mark.parametrize(
    ("code", "says"),
    [
        (forged, "the code is forged or altered: no venue accepts it"),
        (foreign, "no key of the trust list signed this code: no venue accepts it"),
        (of_the_real_city, "the code is of a production city, and this is a test city"),
        (half_read, "the code is damaged, or was not read whole: scan it once more"),
    ],
)
def test_what_the_city_did_not_sign_fills_no_ledger(
    office: Office, card: Card, code: Callable[[Office, Card], str], says: str, option: str
) -> None:
    assert says in refusal(office, card, option, code(office, card), "--yes")


def test_with_an_old_trust_file_nothing_is_cancelled(office: Office, card: Card) -> None:
    """It lacks keys of today, so that it would say too early when a code has ended."""
    for more in ((), ("--card", card.codes["pharmacy"], "--yes")):
        assert f"{office.trust} expired on 2027-03-22" in refusal(office, card, *more, at="2027-03-22 12:00")
    assert cancel(office, card, at="2027-03-22 11:59:59").code == ACCEPT


def renew(office: Office, at: str) -> None:
    """Long after the list in force has expired."""
    answers = [("Is the date right?", "y\n")]
    ended = office.on_terminal("trust", "renew", *office.here, *office.secret, at=at, answers=answers)
    assert ended.code == ACCEPT, ended.out


def test_what_has_expired_needs_no_cancelling(office: Office, card: Card) -> None:
    renew(office, "2027-11-20 12:00")
    for at in ("2027-12-01 12:00", "2028-01-02"):
        says = refusal(office, card, "--card", card.codes["pharmacy"], "--yes", at=at)
        assert "the code ended on 2027-12-01: there is nothing to cancel" in says
    for at in ("2028-01-01 12:00", "2028-01-02"):
        assert "every code of this slip ended on 2028-01-01" in refusal(office, card, at=at)
    assert cancel(office, card, at="2028-01-01 11:59:59").code == ACCEPT


def test_each_kind_of_code_is_cancelled_in_its_own_way(office: Office, card: Card) -> None:
    says = refusal(office, card, "--card", card.codes["library"], "--yes")
    assert "the code has no handle, so many people carry the same code: --cohort cancels it for all of them" in says
    says = refusal(office, card, "--cohort", card.codes["pharmacy"], "--yes")
    assert "the code has its own handle: cancel it with --card, or with the holder's slip" in says


def test_a_class_that_no_slip_cancels_is_refused_with_those_that_one_does(office: Office, card: Card) -> None:
    for name in ("library", "zoo", ""):
        says = refusal(office, card, "--class", "pharmacy", "--class", name)
        assert "a slip cancels no codes of such a class; it does for: pharmacy" in says


def test_options_that_do_not_go_together_are_refused(office: Office, card: Card) -> None:
    code = card.codes["pharmacy"]
    assert "not both" in refusal(office, card, "--card", code, "--cohort", code, "--yes")
    assert "--class goes with a slip or --card" in refusal(
        office, card, "--cohort", code, "--class", "pharmacy", "--yes"
    )


def holder_sheet(office: Office, name: str = "all.txt", only: Sequence[str] = ()) -> tuple[Path, Card]:
    """All codes of a new card in one file, as the city prints or lists them."""
    held = office.hand_out()
    path = office.home / name
    path.write_text("".join(f"{code}\n" for name, code in held.codes.items() if not only or name in only))
    return path, held


def test_of_a_sheet_the_code_that_has_a_handle_is_taken(office: Office) -> None:
    path, held = holder_sheet(office)
    ended = office.run("cancel", *office.here, "--card", path, "--yes")
    assert (ended.code, ended.out) == (ACCEPT, "pharmacy: cancelled, until 2027-12-01\n"), ended.err
    assert held.handle("pharmacy").hex().encode() in office.ledger()
    again = office.run("cancel", *office.here, "--card", path, "--class", "pharmacy", "--yes")
    assert (again.code, again.out) == (ACCEPT, "pharmacy: was already cancelled, until 2027-12-01\n")


def test_the_citys_own_sheet_is_taken_as_it_was_printed(office: Office) -> None:
    pytest.importorskip("typst")
    handles = office.home / "handles.json"
    office.done("slip", "new", *office.here, "--handles", handles)
    folder = office.home / "codes"
    minted = office.mint("--handles", handles, "--out", folder, "--format", "holder")
    assert minted.code == ACCEPT, minted.err
    ended = office.run("cancel", *office.here, "--card", folder / "holder.pdf", "--yes")
    assert (ended.code, ended.out) == (ACCEPT, "pharmacy: cancelled, until 2027-12-01\n"), ended.err


def test_a_sheet_without_a_code_that_can_be_cancelled_is_told(office: Office) -> None:
    path, _ = holder_sheet(office, only=("library", "museum", "pool"))
    ended = office.run("cancel", *office.here, "--card", path, "--yes")
    assert ended.code == USAGE
    assert "none of these 2 codes has a handle: many people carry the same, and they stay good" in ended.err
    path, _ = holder_sheet(office, "more.txt")
    for name in ("library", "zoo"):
        ended = office.run("cancel", *office.here, "--card", path, "--class", name, "--yes")
        assert ended.code == USAGE
        assert "none of these codes is of that class and can be cancelled for one person" in ended.err
        assert "zoo" not in ended.err


def test_of_several_cards_one_is_not_chosen(office: Office) -> None:
    path, held = holder_sheet(office)
    path.write_text(f"{path.read_text()}{office.hand_out().codes['pharmacy']}\n")
    ended = office.run("cancel", *office.here, "--card", path, "--yes")
    assert ended.code == USAGE
    assert "2 of these codes can be cancelled, for pharmacy and pharmacy: show the codes of one card" in ended.err
    assert not office.ledger()
    assert held.codes


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"value,expires\n{value},2028-01\n{value},2028-13\n", "line 3"),
        (b"value,expires\n{value},2028-01\n{value},2028-01\n", "line 3"),
        (b"value,expires\n{value},2028-01", "line 2 of the ledger is cut short"),
        (b"value,expires\n{value};2028-01\n", "line 2"),
        (b"{value},2028-01\n", "line 1 of the ledger is not 'value,expires'"),
        (b"", "line 1 of the ledger is not 'value,expires'"),
        (b"value,expires\n\xff\n", "not text in UTF-8"),
    ],
    ids=repr,
)
def test_a_damaged_ledger_is_named_by_its_line_and_stays_as_it_is(
    office: Office, card: Card, data: bytes, says: str
) -> None:
    value = card.handle("pharmacy").hex().encode()
    (office.folder / "ledger.csv").write_bytes(data.replace(b"{value}", value))
    for options in ((), ("--undo",), ("--card", card.codes["pharmacy"], "--yes")):
        assert says in refusal(office, card, *options)


@pytest.mark.parametrize("name", ["nowhere", "officers"])
def test_a_folder_that_is_no_city_has_no_ledger(office: Office, card: Card, name: str) -> None:
    before = files_under(office.home)
    ended = office.run("cancel", "--city", office.home / name, stdin=card.typed)
    assert (ended.code, ended.out) == (USAGE, "")
    assert files_under(office.home) == before


# ---- the whole way ----


def test_from_a_lost_card_to_a_venue_that_refuses_it(office: Office, card: Card) -> None:
    other = office.hand_out()
    assert office.run("doctor", *office.here).code == 0
    cancel(office, card)
    found = office.run("doctor", *office.here).out
    assert "by 2026-12-22 1 of the cancellations is in no trust file yet: publish (idcard trust draft)\n" in found
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "accept"
    draft = office.home / "next.iddraft"
    said = office.done("trust", "draft", *office.here, "--out", draft, at=NEXT_DAY)
    assert "cancellations: 1 more, 0 fewer, 1 in all\n" in said
    old = office.trust.read_bytes()
    office.finish(office.sign(draft), at=NEXT_DAY)
    assert office.run("doctor", *office.here, at=NEXT_DAY).code == 0

    memory = ("--memory", office.home / "memory")
    (office.home / "old.idtrust").write_bytes(old)
    office.done("venue", "install", office.home / "old.idtrust", "--in-person", *memory)
    office.done("venue", "update", office.trust, *memory, at=NEXT_DAY)
    ended = office.run("verify", card.codes["pharmacy"], "--for", "pharmacy", *memory, at=NEXT_DAY)
    assert ended.code == 1
    assert ended.out.startswith("REJECT  cancelled-code\n")
    assert office.verdict(card.codes["library"], "library") == "accept"
    assert office.verdict(card.codes["library"], "pharmacy") == "wrong-class"
    assert office.verdict(other.codes["pharmacy"], "pharmacy") == "accept"


def test_a_code_a_cohort_and_a_key_are_refused_each_by_its_own_name(office: Office, card: Card) -> None:
    """Student codes have a key in common with all the city's, and are another cohort."""
    student = office.hand_out(student=True, birth_date="2004-02-29")
    cancel(office, card)
    cancel(office, card, "--cohort", card.codes["library"], "--yes")
    office.publish(at=NEXT_DAY)
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "cancelled-code"
    assert office.verdict(card.codes["library"], "library") == "cancelled-cohort"
    assert office.verdict(card.codes["museum"], "museum") == "cancelled-cohort"
    assert office.verdict(student.codes["theatre"], "theatre") == "accept"
    office.done("key", "distrust", office.key("cohort", "2026-Q4").kid.hex(), *office.here, "--yes", at=NEXT_DAY)
    office.publish(at=THIRD_DAY)
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "cancelled-code"
    assert office.verdict(student.codes["theatre"], "theatre") == "distrusted-key"
    assert office.verdict(card.codes["library"], "library") == "distrusted-key"


def test_a_slip_still_cancels_when_its_class_has_got_another_number(office: Office, card: Card) -> None:
    plan, code = office.folder / "city.json", office.home / "code.txt"
    plan.write_text(plan.read_text("utf-8").replace('"number": 4,', '"number": 6,'), "utf-8")
    office.publish(at=NEXT_DAY)
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "accept"
    code.write_text(card.codes["pharmacy"])
    checked = office.run("slip", "check", code, "--trust", office.trust, stdin=card.slip.encode())
    assert checked.out == "former class 4: the handle was made from this slip\n"
    assert cancel(office, card, at=NEXT_DAY).out == (
        "pharmacy: cancelled, until 2028-01-01\nformer class 4: cancelled, until 2028-01-01\n"
    )
    office.publish(at=THIRD_DAY)
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "cancelled-code"


def test_a_clock_that_ran_ahead_for_a_day_makes_the_city_forget_nothing(office: Office, card: Card) -> None:
    cancel(office, card)
    before, other = office.ledger(), office.home / "north.csv"
    other.write_text(f"value,expires\n{'01' * 10},2027-02\n")
    office.done("ledger", "merge", other, *office.here, "--yes", at="2027-03-01")
    assert before.splitlines()[1] in office.ledger().splitlines()


@pytest.mark.parametrize("there", [True, False], ids=["of a file", "of nothing"])
def test_a_link_in_the_place_of_the_ledger_is_not_none(office: Office, card: Card, there: bool) -> None:
    elsewhere = office.home / "share.csv"
    if there:
        elsewhere.write_text("value,expires\n")
    (office.folder / "ledger.csv").symlink_to(elsewhere)
    for ended in (cancel(office, card), office.run("ledger", "show", *office.here)):
        assert (ended.code, "ledger.csv is a link" in ended.err) == (USAGE, True)
    assert elsewhere.exists() is there


def test_renewal_says_what_it_does_not_publish(office: Office, card: Card) -> None:
    cancel(office, card)
    ended = office.run("trust", "renew", *office.here, *office.secret, at=NEXT_DAY)
    assert ended.code == ACCEPT
    assert "1 cancellation is in no trust file yet, and a renewal adds none: idcard trust draft\n" in ended.err
    assert office.held().trust_list.version == 2
    assert published(office) == set()
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "accept"
    assert cancelled(office).keys() == {card.handle("pharmacy")}
    office.publish(at=THIRD_DAY)
    again = office.run("trust", "renew", *office.here, *office.secret, at="2026-11-25 12:00")
    assert "in no trust file yet" not in again.err
    assert published(office) == {card.handle("pharmacy")}


def test_a_draft_from_before_does_not_publish_it_and_doctor_goes_on_saying_so(office: Office, card: Card) -> None:
    draft = office.draft(at=NEXT_DAY)
    cancel(office, card, at=NEXT_DAY)
    office.finish(office.sign(draft), at=NEXT_DAY)
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "accept"
    assert "1 of the cancellations is in no trust file yet" in office.run("doctor", *office.here, at=NEXT_DAY).out


def test_what_a_draft_took_along_is_published_even_where_it_was_taken_back(office: Office, card: Card) -> None:
    cancel(office, card)
    draft = office.draft(at=NEXT_DAY)
    cancel(office, card, "--undo", at=NEXT_DAY)
    office.finish(office.sign(draft), at=NEXT_DAY)
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "cancelled-code"
    assert "was already cancelled" in cancel(office, card, at=NEXT_DAY).out


def test_a_cancellation_is_forgotten_when_the_code_has_expired(office: Office, card: Card) -> None:
    """First the next trust file goes without it, and V later the ledger; nobody has to tidy up."""
    cancel(office, card)
    office.publish(at=NEXT_DAY)
    for at in ("2027-03-20", "2027-07-15", "2027-11-10"):
        office.done("trust", "renew", *office.here, *office.secret, at=at)
        assert published(office) == {card.handle("pharmacy")}
    last = "2028-01-01 11:59:59"
    assert "pharmacy: was already cancelled" in cancel(office, card, at=last).out
    later = "2028-01-01 12:00"
    said = office.done("trust", "draft", *office.here, "--out", office.home / "next.iddraft", at=later)
    assert "cancellations: 0 more, 1 fewer, 0 in all\n" in said
    assert cancelled(office).keys() == {card.handle("pharmacy")}
    office.finish(office.sign(office.home / "next.iddraft"), at=later)
    assert published(office) == set()
    assert office.verdict(card.codes["pharmacy"], "pharmacy", at=later) == "expired"
    # By the list before this one: one wrong clock makes the city forget nothing.
    for at, kept in (("2028-04-30 11:59:59", 1), ("2028-04-30 12:00", 1), ("2028-04-30 12:00:01", 0)):
        office.done("trust", "renew", *office.here, *office.secret, at=at)
        assert (published(office), len(cancelled(office))) == (set(), kept)


def test_a_ledger_that_is_lost_comes_back_from_the_trust_file(office: Office, card: Card) -> None:
    other = office.hand_out()
    cancel(office, card)
    office.publish(at=NEXT_DAY)
    (office.folder / "ledger.csv").unlink()
    cancel(office, other, at=NEXT_DAY)
    assert cancelled(office).keys() == {card.handle("pharmacy"), other.handle("pharmacy")}
    (office.folder / "ledger.csv").unlink()
    assert "was already cancelled" in cancel(office, card, at=NEXT_DAY).out
    office.publish(at=THIRD_DAY)
    assert published(office) == {card.handle("pharmacy")}
    assert office.verdict(card.codes["pharmacy"], "pharmacy") == "cancelled-code"


def test_the_rebuilt_ledger_forgets_too(office: Office, card: Card) -> None:
    """It cannot know the month, so it keeps what it found until the last key of that list has ended."""
    cancel(office, card)
    office.publish(at=NEXT_DAY)
    (office.folder / "ledger.csv").unlink()
    cancel(office, card, "--class", "pharmacy", at=NEXT_DAY)
    [month] = cancelled(office).values()
    assert month == LAST_MONTH
    much_later = "2029-10-01 12:00"
    draft = office.draft("--new-root", "--yes", at=much_later)
    office.finish(office.sign(draft, office.root(1), office.root(2), office.publisher), at=much_later)
    assert published(office) == set()
    renew(office, "2030-01-29 12:00")
    office.done("trust", "renew", *office.here, *office.secret, at="2030-01-30 12:00")
    assert cancelled(office) == {}


def test_three_hundred_cancellations_reach_a_venue_on_paper(office: Office, card: Card) -> None:
    """Within so few codes that somebody photographs them."""
    values = {number.to_bytes(10, "big"): 2028 * 12 for number in range(299)}
    (office.folder / "ledger.csv").write_text(ledger.encode(values), "ascii")
    cancel(office, card)
    memory = ("--memory", office.home / "memory")
    office.done("venue", "install", office.trust, "--in-person", *memory)
    shutil.copy(office.trust, office.home / "old.idtrust")
    office.publish(at=NEXT_DAY)
    poster = office.home / "poster.html"
    office.done("trust", "poster", office.trust, "--from", office.home / "old.idtrust", "--out", poster, at=NEXT_DAY)
    shown = poster.read_text("utf-8")
    assert shown.count("<svg") <= 6
    photo = photographed(shown, office.home / "photo.png")
    office.done("venue", "update", photo, *memory, at=NEXT_DAY)
    verdict = office.run("verify", card.codes["pharmacy"], "--for", "pharmacy", "--json", *memory, at=NEXT_DAY)
    assert verdict.json()["reason"] == "cancelled-code"


# ---- a scan gives no power ----


def test_whoever_only_scans_a_card_cannot_cancel_it(office: Office, card: Card) -> None:
    """With the code, and everything that the city publishes or a venue has, nothing comes of it that a venue takes."""
    thief = replace(office, home=office.home / "thief")
    thief.home.mkdir()
    shutil.copy(office.home / "passphrase.txt", thief.home)
    described = ("--name", "Springfield", "--id", "springfield", "--environment", "test", "--contact", "Ask.")
    thief.done("city", "init", thief.folder, *described, *thief.secret, "--yes")
    own = thief.trust.read_bytes()
    shutil.copy(office.trust, thief.trust)
    assert thief.run("cancel", *thief.here, "--card", card.codes["pharmacy"], "--yes").code == ACCEPT
    drafted = thief.run("trust", "draft", *thief.here, "--out", thief.home / "next.iddraft", at=NEXT_DAY)
    assert (drafted.code, drafted.out) == (USAGE, "")

    # Though the thief had a copy of the plan, which is no secret.
    shutil.copy(office.folder / "city.json", thief.folder)
    draft = thief.draft(at=NEXT_DAY)
    signed_by = ("trust", "sign", draft, "--trust", thief.trust, "--key", thief.publisher, *thief.secret, "--yes")
    assert "signs nothing in this draft" in thief.run(*signed_by).err
    finished = thief.run("trust", "finish", draft, *thief.here, at=NEXT_DAY)
    assert "0 of 1 signatures" in finished.err
    assert thief.trust.read_bytes() == office.trust.read_bytes()

    memory = ("--memory", office.home / "memory")
    office.done("venue", "install", office.trust, "--in-person", *memory)
    for name, data in {"own": own, "altered": with_cancellation(office.trust.read_bytes(), card)}.items():
        (thief.home / name).write_bytes(data)
        ended = office.run("venue", "update", thief.home / name, *memory, at=NEXT_DAY)
        assert ended.code != ACCEPT
    verdict = office.run("verify", card.codes["pharmacy"], "--for", "pharmacy", *memory, at=NEXT_DAY)
    assert verdict.code == ACCEPT


def with_cancellation(data: bytes, card: Card) -> bytes:
    """The trust file with one more cancellation, which nobody signed."""
    old, new = cancellations.encode([]), cancellations.encode([card.handle("pharmacy")])
    assert data.count(old) >= 1
    head, _, tail = data.rpartition(old)
    return head + new + tail


def test_the_city_does_not_learn_from_a_slip_whose_it_was(office: Office) -> None:
    """Two slips that are cancelled one after the other leave the same ledger as in the other order."""
    cards = [office.hand_out(birth_date=f"19{year}-01-01") for year in (50, 70, 90)]
    ledgers = set()
    for order in itertools.permutations(cards):
        for card in order:
            cancel(office, card)
        ledgers.add(office.ledger())
        (office.folder / "ledger.csv").unlink()
    assert len(ledgers) == 1


def test_a_slip_that_was_made_up_is_forgotten_as_soon_as_a_real_one(office: Office, card: Card) -> None:
    """Anybody can make one that reads, with any month, and nobody can tell it from a holder's."""
    cancel(office, card, stdin=of("springfield", month=1970 * 12 + 4095))
    [month] = cancelled(office).values()
    assert month == LAST_MONTH
