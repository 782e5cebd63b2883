"""`idcard slip`: a paper that only the holder has, handles that only mint gets, and the two never in one place."""

import base64
import json
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command import ACCEPT, CTRL_D, USAGE, Card, Ended, Office, files_under, idcard
from prints import DPI, boxes, no_fonts, pictures, read, scanned, words

from idcard import languages
from idcard.credential import calendar
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slip_handles, slips
from idcard.symbol import qr

TEST_CITY = Scope(Environment.TEST, "springfield")
SLIP = re.compile(r"[CT][0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{5}){6}\n")
JANUARY_2028 = 2028 * 12
"""Made in November 2026 for codes of 12 months: as long as one that is minted on the last day of December is valid."""


@pytest.fixture
def office(quick_office: Office) -> Office:
    return quick_office


def new(office: Office, *options: object, **how: object) -> Ended:
    return office.run("slip", "new", *office.here, "--handles", office.home / "handles.json", *options, **how)


def traces(slip: str) -> Iterator[str]:
    """What gives a slip away: its groups, but for those that may be words by chance, and its secret as programs write
    bytes.
    """
    made = slips.decode(slip, TEST_CITY)
    yield from (group for group in slip.split("-") if not group.isalpha())
    yield from (made.secret.hex(), base64.b64encode(made.secret).decode(), base64.b64encode(made.secret[1:]).decode())


def assert_no_trace(slip: str, what: str) -> None:
    for trace in traces(slip):
        assert trace.lower() not in what.lower()


# ---- new ----


def test_a_slip_is_one_line_and_its_handles_are_a_file_for_mint(office: Office) -> None:
    ended = new(office)
    assert ended.code == ACCEPT
    assert SLIP.fullmatch(ended.out)
    made = slips.decode(ended.out, TEST_CITY)
    held = slip_handles.decode((office.home / "handles.json").read_text("ascii"))
    assert held.scope == TEST_CITY
    assert made.until == held.until == JANUARY_2028
    assert held.by_class == {"pharmacy": made.handle(4)}
    assert f"mint with --handles {office.home / 'handles.json'}" in ended.err


def test_the_handles_are_private_and_hold_nothing_of_the_slip(office: Office) -> None:
    slip = new(office).out.strip()
    path = office.home / "handles.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert_no_trace(slip, path.read_text("ascii"))


def test_every_slip_is_new(office: Office) -> None:
    made = set()
    for number in range(20):
        made.add(office.done("slip", "new", *office.here, "--handles", office.home / f"{number}.json"))
    assert len(made) == 20
    secrets = [slips.decode(each, TEST_CITY).secret for each in made]
    assert len(set(secrets)) == 20


def test_making_one_leaves_nothing_in_the_city(office: Office) -> None:
    before = files_under(office.folder), office.contents()
    assert new(office).code == ACCEPT
    assert new(office, "--out", office.home / "slip.pdf").code == USAGE
    assert (files_under(office.folder), office.contents()) == before


def test_slip_and_codes_never_meet(office: Office) -> None:
    """Whatever the two commands write, no file and no output has something of both."""
    slip_new = new(office)
    handles = (office.home / "handles.json").read_bytes()
    minted = office.mint("--handles", office.home / "handles.json", "--out", office.home / "codes")
    assert minted.code == ACCEPT
    slip = slip_new.out.strip()
    codes = {path.name: path.read_text("ascii").strip() for path in (office.home / "codes").iterdir()}
    handle = slips.decode(slip, TEST_CITY).handle(4)
    written = {path: path.read_bytes() for path in office.home.rglob("*") if path.is_file()}
    said = {"slip new": (slip_new.out + slip_new.err).encode(), "mint": (minted.out + minted.err).encode()}
    for name, data in {**said, **written, "handles": handles}.items():
        has_slip = any(trace.encode() in data for trace in traces(slip))
        assert has_slip == (name == "slip new"), name
        has_code = any(code.encode() in data for code in codes.values())
        assert has_code == (isinstance(name, Path) and name.parent.name == "codes"), name
        assert (handle.hex().encode() in data) == (name == "handles"), name


# ---- the page ----


def page(office: Office, *options: object, **how: object) -> bytes:
    ended = new(office, "--out", office.home / "slip.pdf", *options, **how)
    assert (ended.code, ended.out) == (ACCEPT, "")
    assert ended.err.startswith(f"idcard: print {office.home / 'slip.pdf'}, give the slip to the holder, and remove")
    return (office.home / "slip.pdf").read_bytes()


def test_the_page_has_the_slip_in_letters_and_as_a_code_and_is_for_its_owner_only(office: Office) -> None:
    pdf = page(office)
    assert stat.S_IMODE((office.home / "slip.pdf").stat().st_mode) == 0o600
    (picture,) = pictures(pdf, DPI // 2)
    [code] = scanned(picture, DPI // 2)
    slip = slips.decode(code, TEST_CITY)
    assert slips.encode(slip) in [text for text, _ in words(pdf)]
    shown = read(pdf)
    assert "TEST" in shown
    [handle] = slip_handles.decode((office.home / "handles.json").read_text("ascii")).by_class.values()
    assert slip.handle(4) == handle
    for text in (handle.hex(), handle.hex().upper(), base64.b64encode(handle).decode()):
        assert text not in shown


def test_the_page_is_on_the_paper_and_in_the_language_that_were_asked_for(office: Office) -> None:
    pdf = page(office, "--paper", "letter", "--language", "es")
    assert boxes(pdf)["MediaBox"] == pytest.approx((0, 0, 215.9, 279.4), abs=0.01)
    assert languages.get("es").translate("Slip for a lost card") in read(pdf)


def test_what_a_city_calls_itself_is_text_and_nothing_else(office: Office) -> None:
    evil = "#panic() *Spring* </bdi>&amp;"
    path = office.folder / "city.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "name": evil}), "utf-8")
    assert evil.replace(" ", "") in read(page(office)).replace(" ", "")


def test_without_the_extra_it_is_said_before_anything_is_made(office: Office) -> None:
    without, before = "import sys; sys.modules['typst'] = None", files_under(office.home)
    ended = new(office, "--out", office.home / "slip.pdf", prelude=without)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: making pages needs the extra 'print': see \"Install\" in the README\n")
    assert files_under(office.home) == before
    assert SLIP.fullmatch(new(office, prelude=without).out)


def test_a_font_that_is_missing_is_named_before_anything_is_made(office: Office) -> None:
    env = no_fonts(office.home)
    before = files_under(office.home)
    named = ("--handles", office.home / "handles.json", "--out", office.home / "slip.pdf")
    ended = idcard("slip", "new", *office.here, *named, "--language", "bn", env=env, at=office.at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: no font for Bengali is installed: install Noto Sans Bengali")
    assert files_under(office.home) == before


# ---- what cannot be made ----


@pytest.mark.parametrize("there", ["file", "folder", "dangling link"])
@pytest.mark.parametrize("which", ["handles.json", "slip.pdf"])
def test_nothing_is_written_over_and_no_slip_is_shown(office: Office, which: str, there: str) -> None:
    path = office.home / which
    {"file": path.touch, "folder": path.mkdir, "dangling link": lambda: path.symlink_to("nowhere")}[there]()
    before = files_under(office.home)
    ended = new(office, "--out", office.home / "slip.pdf")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "already exists" in ended.err
    assert files_under(office.home) == before
    if which == "handles.json":
        assert new(office).out == ""


def test_without_the_name_of_a_file_for_the_handles_there_is_no_slip(office: Office) -> None:
    ended = office.run("slip", "new", *office.here)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "--handles" in ended.err


def test_a_city_whose_codes_cannot_be_cancelled_makes_no_slip(office: Office) -> None:
    path = office.folder / "city.json"
    made = json.loads(path.read_text("utf-8"))
    made["classes"] = [each for each in made["classes"] if each["kind"] == "cohort"]
    path.write_text(json.dumps(made), "utf-8")
    ended = new(office)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "the city has no revocable venue class" in ended.err
    assert not (office.home / "handles.json").exists()


@pytest.mark.parametrize("name", ["nowhere", "passphrase.txt"])
def test_a_folder_that_is_no_city_makes_no_slip(office: Office, name: str) -> None:
    ended = office.run("slip", "new", "--city", office.home / name, "--handles", office.home / "handles.json")
    assert (ended.code, ended.out) == (USAGE, "")
    assert not (office.home / "handles.json").exists()


def test_where_the_handles_cannot_be_written_none_are_left(office: Office) -> None:
    ended = office.run("slip", "new", *office.here, "--handles", office.home / "nowhere/handles.json")
    assert ended.code == USAGE
    assert "nowhere is not a folder" in ended.err
    assert ended.out == ""
    assert not any("handles" in name for name in files_under(office.home))


def test_where_the_slip_cannot_be_shown_there_are_no_handles(office: Office) -> None:
    """Codes that nobody could cancel are never minted."""
    full = "import sys; sys.stdout = open('/dev/full', 'w')"
    assert new(office, prelude=full).code == USAGE
    assert new(office, "--out", office.home / "nowhere/slip.pdf").code == USAGE
    assert not (office.home / "handles.json").exists()


def test_a_slip_that_was_shown_in_vain_is_taken_back(office: Office) -> None:
    full = "import os; os.link = os.rename = os.replace = lambda *_: (_ for _ in ()).throw(OSError(28, 'No space'))"
    ended = new(office, prelude=full)
    assert (ended.code, bool(SLIP.fullmatch(ended.out))) == (USAGE, True)
    assert "idcard: take the slip back: no code will be made for it, and it cancels nothing\n" in ended.err


def test_slip_and_handles_do_not_go_into_one_file(office: Office) -> None:
    ended = new(office, "--out", office.home / "handles.json")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "--out and --handles name the same file" in ended.err


# ---- check ----


@pytest.fixture
def card(office: Office) -> Card:
    card = office.hand_out()
    for name, code in card.codes.items():
        (office.home / f"{name}.txt").write_text(f"{code}\n", "ascii")
    return card


def check(office: Office, code: object, stdin: bytes, *options: object) -> Ended:
    return office.run("slip", "check", code, "--trust", office.trust, *options, stdin=stdin)


def test_the_handle_of_ones_own_code_was_made_from_ones_slip(office: Office, card: Card) -> None:
    for code in (office.home / "pharmacy.txt", card.codes["pharmacy"]):
        ended = check(office, code, card.typed)
        assert (ended.code, ended.out, ended.err) == (
            ACCEPT,
            "pharmacy: the handle was made from this slip\n",
            "",
        )


def test_a_trust_file_that_is_installed_will_do(office: Office, card: Card) -> None:
    memory = ("--memory", office.home / "memory")
    office.done("venue", "install", office.trust, "--in-person", *memory)
    assert "pharmacy" in office.done("slip", "check", office.home / "pharmacy.txt", *memory, stdin=card.typed)


def test_a_handle_that_was_made_otherwise_is_found_out(office: Office, card: Card) -> None:
    other = office.hand_out()
    ended = check(office, office.home / "pharmacy.txt", other.typed)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "was not made from this slip: ask the city why" in ended.err


def test_a_cohort_code_has_no_handle_to_check(office: Office, card: Card) -> None:
    ended = check(office, office.home / "library.txt", card.typed)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "the code has no handle" in ended.err


def test_both_may_be_pictures(office: Office, card: Card) -> None:
    (office.home / "code.png").write_bytes(qr.draw(card.codes["pharmacy"], max_version=7).png())
    slip = qr.draw(f"IDS1:{card.slip}", level="Q", max_version=4).png()
    assert check(office, office.home / "code.png", slip).code == ACCEPT


@pytest.mark.parametrize(
    ("stdin", "says"),
    [
        (b"", "nothing came in: type the 35 letters and digits of the slip, or scan it"),
        (b"\xff\xfe", "this is not a slip"),
        (b"T" * 35, "misread or mistyped, or is of another city"),
        (b"IDS2:ABC", "newer program"),
    ],
)
def test_what_is_no_slip_is_refused(office: Office, card: Card, stdin: bytes, says: str) -> None:
    ended = check(office, office.home / "pharmacy.txt", stdin)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


def code_as_slip(office: Office, card: Card) -> Ended:
    return check(office, office.home / "pharmacy.txt", card.codes["pharmacy"].encode())


def slip_as_code(office: Office, card: Card) -> Ended:
    return check(office, card.slip, card.typed)


def slip_as_argument(office: Office, card: Card) -> Ended:
    return check(office, office.home / "pharmacy.txt", b"", card.slip)


def code_by_stdin(office: Office, card: Card) -> Ended:
    return check(office, "-", card.codes["pharmacy"].encode())


def damaged_code(office: Office, card: Card) -> Ended:
    return check(office, card.codes["pharmacy"][:-3], card.typed)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (code_as_slip, "the code of a card and not a slip"),
        (slip_as_code, "not a code of a city card"),
        (slip_as_argument, "standard input"),
        (code_by_stdin, "standard input is for the slip"),
        (damaged_code, "the code is damaged"),
    ],
)
def test_what_stands_in_the_wrong_place_is_refused_and_not_repeated(
    office: Office, card: Card, ask: Callable[[Office, Card], Ended], says: str
) -> None:
    ended = ask(office, card)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert_no_trace(card.slip, ended.err)


def test_at_a_terminal_the_slip_is_asked_for(office: Office, card: Card) -> None:
    command = ("slip", "check", office.home / "pharmacy.txt", "--trust", office.trust)
    ended = office.on_terminal(*command, answers=[("Slip", f"{card.slip.lower().replace('-', ' ')}\n")])
    assert ended.code == ACCEPT
    assert "pharmacy: the handle was made from this slip\n" in ended.out
    assert office.on_terminal(*command, answers=[("Slip", CTRL_D)]).code == 3


# ---- mint ----


def counted(office: Office) -> int:
    path = office.folder / "counts.csv"
    return len(path.read_text("ascii").splitlines()) if path.exists() else 0


def test_what_can_be_cancelled_needs_handles_and_what_cannot_needs_none(office: Office) -> None:
    for options in ([], ["--for", "library", "--for", "pharmacy"]):
        person = ("--set", "birth_date=1990-04-01", "--set", "resident=yes", "--set", "student=no")
        ended = office.run("mint", *office.here, *office.secret, *person, *options)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "codes for pharmacy need the handles of a slip (idcard slip new), given with --handles" in ended.err
    assert counted(office) == 0
    assert office.mint("--for", "library", "--for", "museum").code == ACCEPT


def test_handles_are_used_up(office: Office) -> None:
    new(office)
    handles = office.home / "handles.json"
    assert office.mint("--handles", handles).code == ACCEPT
    assert not handles.exists()
    ended = office.mint("--handles", handles)
    assert (ended.code, ended.out) == (USAGE, "")
    assert (
        "handles.json does not exist, perhaps because mint has used it: make a new slip (idcard slip new)" in ended.err
    )


def refused_record(office: Office) -> Ended:
    return office.mint("--handles", office.home / "handles.json", student=None)


def wrong_passphrase(office: Office) -> Ended:
    (office.home / "wrong.txt").write_text("incorrect horse battery\n")
    return office.mint("--handles", office.home / "handles.json", "--passphrase-file", office.home / "wrong.txt")


def out_is_there(office: Office) -> Ended:
    return office.mint("--handles", office.home / "handles.json", "--out", office.home)


def unknown_class(office: Office) -> Ended:
    return office.mint("--handles", office.home / "handles.json", "--for", "zoo")


def counts_damaged(office: Office) -> Ended:
    (office.folder / "counts.csv").write_text("damaged")
    return office.mint("--handles", office.home / "handles.json")


@pytest.mark.parametrize(
    ("mint", "says"),
    [
        (refused_record, "field 'student' must be true or false"),
        (wrong_passphrase, "the passphrase is wrong"),
        (out_is_there, "already exists"),
        (unknown_class, "no venue class 'zoo'"),
        (counts_damaged, "line 1 of the counts is not"),
    ],
)
def test_as_long_as_nothing_was_minted_the_handles_are_still_there(
    office: Office, mint: Callable[[Office], Ended], says: str
) -> None:
    new(office)
    before = (office.home / "handles.json").read_bytes()
    ended = mint(office)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert (office.home / "handles.json").read_bytes() == before


def of_another_city(office: Office, path: Path) -> None:
    other = replace(office, home=office.home / "other")
    other.home.mkdir()
    shutil.copy(office.home / "passphrase.txt", other.home)
    described = ("--name", "Shelbyville", "--id", "shelbyville", "--environment", "test", "--contact", "Ask.")
    other.done("city", "init", other.folder, *described, *other.secret, "--yes")
    other.done("slip", "new", *other.here, "--handles", path)


def of_the_real_city(office: Office, path: Path) -> None:
    made = slips.new(Scope(Environment.PRODUCTION, "springfield"), life=12, now=calendar.noon_of_first(2026 * 12 + 11))
    path.write_text(slip_handles.encode(slip_handles.of(made, office.plan())), "ascii")


def damaged(office: Office, path: Path) -> None:
    new(office)
    path.write_text(path.read_text("ascii").replace("until", "util"), "ascii")


def cut_short(office: Office, path: Path) -> None:
    new(office)
    path.write_bytes(path.read_bytes()[:-10])


def overwritten(office: Office, path: Path) -> None:
    """As mint leaves them if it dies before they are gone."""
    new(office)
    path.write_bytes(bytes(path.stat().st_size))


def a_slip_page(office: Office, path: Path) -> None:
    office.done("slip", "new", *office.here, "--handles", office.home / "mine.json", "--out", path)


def a_link(office: Office, path: Path) -> None:
    office.done("slip", "new", *office.here, "--handles", office.home / "mine.json")
    path.symlink_to("mine.json")


def a_folder(office: Office, path: Path) -> None:
    path.mkdir()


def of_other_classes(office: Office, path: Path) -> None:
    new(office)
    path.write_text(path.read_text("ascii").replace("pharmacy", "pool"), "ascii")


def made_in_august(office: Office, path: Path) -> None:
    office.done("slip", "new", *office.here, "--handles", path, at="2026-08-31 12:00")


def made_in_september(office: Office, path: Path) -> None:
    office.done("slip", "new", *office.here, "--handles", path, at="2026-09-30 12:00")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (of_another_city, "these handles are for the test city shelbyville: make a new slip for this city"),
        (of_the_real_city, "these handles are for the production city springfield: make a new slip for this city"),
        (damaged, "not the handles of a slip, or they are damaged: make a new slip"),
        (cut_short, "not the handles of a slip, or they are damaged: make a new slip"),
        (overwritten, "not the handles of a slip, or they are damaged: make a new slip"),
        (a_slip_page, "handles.json is not text in UTF-8"),
        (a_link, "name the file itself"),
        (a_folder, "name the file itself"),
        (of_other_classes, "the handles have none for 'pharmacy': make a new slip"),
        (made_in_august, "the code for 'pharmacy' would outlive its slip: make a new slip"),
        (made_in_september, "the code for 'pharmacy' would outlive its slip: make a new slip"),
    ],
)
def test_handles_that_do_not_fit_mint_nothing_and_say_what_to_do(
    office: Office, make: Callable[[Office, Path], None], says: str
) -> None:
    path = office.home / "handles.json"
    make(office, path)
    before = files_under(office.home)
    ended = office.mint("--handles", path)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert files_under(office.home) == before
    assert counted(office) == 0


def test_a_slip_may_be_used_in_the_month_after_it_was_made(office: Office) -> None:
    office.done("slip", "new", *office.here, "--handles", office.home / "handles.json", at="2026-10-01 00:00")
    minted = office.mint("--handles", office.home / "handles.json", at="2026-11-30 23:59:59")
    assert minted.code == ACCEPT


def test_a_cancelled_handle_is_in_no_new_code_whether_venues_know_it_or_not(office: Office) -> None:
    """Whose slip was lost before the counter minted is given another one."""
    slip = new(office).out.encode()
    office.done("cancel", *office.here, stdin=slip)
    for at in ("2026-11-23 12:00", "2026-11-24 12:00"):
        ended = office.mint("--handles", office.home / "handles.json")
        assert (ended.code, ended.out) == (USAGE, "")
        assert "the handle for 'pharmacy' is cancelled: make a new slip" in ended.err
        assert (office.home / "handles.json").exists()
        assert counted(office) == 0
        office.publish(at=at)
        (office.folder / "ledger.csv").unlink(missing_ok=True)


def test_a_cancelled_cohort_is_minted_again_by_another_key_only(office: Office) -> None:
    code = office.hand_out().codes["library"]
    office.done("cancel", *office.here, "--cohort", code, "--yes")
    before = office.contents()
    ended = office.mint("--for", "library")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "all codes for 'library' that are like this one are cancelled" in ended.err
    assert "retire the key (idcard key retire)" in ended.err
    assert office.contents() == before
    office.done("key", "retire", office.key("cohort", "2026-Q4").kid.hex(), *office.here, "--yes")
    new_code = office.hand_out().codes["library"]
    office.publish(at="2026-11-23 12:00")
    assert office.verdict(new_code, "library") == "accept"
    assert office.verdict(code, "library") == "cancelled-cohort"


def test_handles_are_not_used_up_for_codes_that_carry_none(office: Office) -> None:
    """Or the slip at home would one day cancel a code that never was."""
    new(office)
    ended = office.mint("--for", "library", "--handles", office.home / "handles.json")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "none of these codes carries a handle" in ended.err
    assert (office.home / "handles.json").exists()
    assert counted(office) == 0


def test_a_holder_who_does_not_qualify_gets_a_slip_for_nothing(office: Office) -> None:
    """It went home already, so nobody else may get its handles."""
    new(office)
    ended = office.mint("--handles", office.home / "handles.json", resident=False)
    assert ended.out == ""
    assert not (office.home / "handles.json").exists()
