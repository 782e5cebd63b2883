"""`idcard mint`: the codes of one person, and nothing about the person anywhere."""

import base64
import io
import json
import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from command import (
    ACCEPT,
    CANNOT_SAY,
    CTRL_C,
    USAGE,
    Ended,
    Founded,
    Office,
    files_under,
    idcard,
    idcard_inside,
    idcard_on_terminal,
    inside,
    instant,
    scan,
    with_handles,
    without_colour,
)
from idcard_cli.officer import signers
from PIL import Image

from idcard.credential import signed, text

RESIDENT = {"birth_date": "1990-04-01", "resident": True, "student": False}
STUDENT = {"birth_date": "2004-02-29", "resident": True, "student": True}
CHILD = {"birth_date": f"{date.today().year - 8}-06-15", "resident": True, "student": False}  # noqa: DTZ011
STRANGER = {"birth_date": "1990-04-01", "resident": False, "student": True}


def mint(city: Founded, record: Any, *more: object, **how: Any) -> Ended:
    """As a program of its own only where something is done to that: inside this one it takes half the time."""
    data = record if isinstance(record, bytes) else json.dumps(record).encode()
    command = ("mint", *city.options, *with_handles(city.folder, more))
    if how:
        return idcard(*command, stdin=data, **how)
    return idcard_inside(*command, stdin=data, at=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}")


def lines(ended: Ended) -> dict[str, str]:
    """The codes that were printed, by venue class."""
    assert ended.code == ACCEPT, ended.err
    return dict(line.split("\t") for line in ended.out.splitlines())


def verified(city: Founded, venue_class: str, code: object) -> bool:
    return idcard("verify", code, "--trust", city.trust, "--for", venue_class).code == ACCEPT


# ---- codes ----


@pytest.mark.parametrize(
    ("record", "gets", "gets_none"),
    [
        (RESIDENT, ["library", "museum", "pool", "pharmacy"], ["theatre"]),
        (STUDENT, ["library", "museum", "pool", "pharmacy", "theatre"], []),
        (CHILD, ["library", "museum", "pharmacy"], ["pool", "theatre"]),
        (STRANGER, [], ["library", "museum", "pool", "pharmacy", "theatre"]),
    ],
    ids=["resident", "student", "child", "stranger"],
)
def test_everybody_gets_what_they_qualify_for_and_not_qualifying_is_no_error(
    founded: Founded, record: dict[str, Any], gets: list[str], gets_none: list[str]
) -> None:
    ended = mint(founded, record)
    assert list(lines(ended)) == gets
    said = [f"idcard: no code for {name}: the person does not qualify" for name in gets_none]
    if "pharmacy" in gets_none:
        said.append("idcard: no code of this person has a handle: take the slip back, for it cancels nothing")
    assert ended.err.splitlines() == said


def test_every_code_is_accepted_where_it_is_for_and_nowhere_that_asks_for_more(founded: Founded) -> None:
    codes = lines(mint(founded, STUDENT))
    for name, code in codes.items():
        assert verified(founded, name, code)
    assert not verified(founded, "theatre", codes["library"])


@pytest.mark.parametrize(
    ("wanted", "gets"),
    [
        (["library"], ["library"]),
        (["pharmacy", "library"], ["pharmacy", "library"]),
        (["library", "library"], ["library"]),
        (["theatre"], []),
    ],
    ids=" ".join,
)
def test_only_what_is_asked_for_is_minted(founded: Founded, wanted: list[str], gets: list[str]) -> None:
    ended = mint(founded, RESIDENT, *(part for name in wanted for part in ("--for", name)))
    assert list(lines(ended)) == gets


@pytest.mark.parametrize("name", ["zoo", "LIBRARIES", "", "library,museum"])
def test_a_class_that_the_city_lacks_is_refused_with_those_it_has(founded: Founded, name: str) -> None:
    ended = mint(founded, RESIDENT, "--for", "library", "--for", name)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "it has: library, museum, pool, pharmacy, theatre" in ended.err


def test_json_is_one_object(founded: Founded) -> None:
    ended = mint(founded, RESIDENT, "--json")
    told = ended.json()
    assert (ended.code, told.keys(), told["schema"]) == (ACCEPT, {"schema", "codes"}, 1)
    assert [each.keys() for each in told["codes"]] == [{"class", "text"}] * 4
    assert [each["class"] for each in told["codes"]] == ["library", "museum", "pool", "pharmacy"]
    assert verified(founded, "pharmacy", told["codes"][3]["text"])


def test_json_of_somebody_who_qualifies_for_nothing_is_an_empty_list(founded: Founded) -> None:
    ended = mint(founded, STRANGER, "--json", "--for", "library")
    assert (ended.code, ended.json()) == (ACCEPT, {"schema": 1, "codes": []})


def test_two_people_of_the_same_claims_get_the_same_cohort_codes(founded: Founded) -> None:
    one = lines(mint(founded, {**RESIDENT, "name": "Ada", "birth_date": "1950-01-01"}))
    other = lines(mint(founded, {**RESIDENT, "name": "Cleo", "birth_date": "1999-12-31"}))
    assert one["library"] == other["library"]
    assert one["museum"] == other["museum"]
    assert one["library"] == one["museum"]
    assert one["pharmacy"] != other["pharmacy"]


def test_a_revocable_code_is_new_every_time(founded: Founded) -> None:
    codes = {lines(mint(founded, RESIDENT, "--for", "pharmacy"))["pharmacy"] for _ in range(2)}
    handles = {signed.decode(text.decode(code)[1]).claims.handle for code in codes}
    assert len(codes) == len(handles) == 2


def test_minting_leaves_a_count_in_the_city_and_nothing_else(city: Founded) -> None:
    before = {path: path.read_bytes() for path in city.folder.rglob("*") if path.is_file()}
    lines(mint(city, RESIDENT))
    after = {path: path.read_bytes() for path in city.folder.rglob("*") if path.is_file()}
    assert {path.name for path in after.keys() - before.keys()} == {"counts.csv", "counts.csv.id", "counts.csv.lock"}
    assert {path: after[path] for path in before} == before


# ---- records ----

OPTIONS = ["--set", "birth_date=1990-04-01", "--set", "resident=yes", "--set", "student=no"]


def test_a_record_may_be_given_as_options(founded: Founded) -> None:
    from_options = lines(idcard("mint", *founded.options, *with_handles(founded.folder, OPTIONS)))
    from_stdin = lines(mint(founded, RESIDENT))
    assert list(from_options) == list(from_stdin)
    assert from_options["library"] == from_stdin["library"]


@pytest.mark.parametrize(("said", "counts"), [("yes", True), ("TRUE", True), ("No", False), ("false", False)])
def test_yes_and_no_are_words(founded: Founded, said: str, counts: bool) -> None:
    ended = idcard("mint", *founded.options, "--for", "library", "--set", f"resident={said}")
    assert (ended.code, bool(lines(ended))) == (ACCEPT, counts)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--set", "resident=maybe"], "'resident' must be true or false"),
        (["--set", "resident="], "'resident' must be true or false"),
        (["--set", "resident"], "FIELD=VALUE"),
        (["--set", "=yes"], "FIELD=VALUE"),
        (["--set", ""], "FIELD=VALUE"),
        (["--set", "resident=yes", "--set", "resident=no"], "'resident' is given twice"),
        (["--set", "student=yes"], "'resident' is missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_option_that_does_not_say_it_is_refused(founded: Founded, options: list[str], says: str) -> None:
    ended = idcard("mint", *founded.options, "--for", "library", *options)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


@pytest.mark.parametrize("field", ["birth_date", "resident", "student"])
def test_a_missing_field_is_named_and_nothing_is_minted(founded: Founded, tmp_path: Path, field: str) -> None:
    record = {name: value for name, value in STUDENT.items() if name != field}
    ended = mint(founded, record, "--out", tmp_path / "codes")
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"idcard: field '{field}' is missing\n" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_what_no_profile_asks_for_may_be_missing(founded: Founded) -> None:
    assert list(lines(mint(founded, {"resident": True}, "--for", "library", "--for", "museum"))) == [
        "library",
        "museum",
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"resident": "true"}, "'resident' must be true or false (in CSV and --set also yes or no)"),
        ({"resident": 1}, "'resident' must be true or false (in CSV and --set also yes or no)"),
        ({"birth_date": "1.4.1990"}, "'birth_date' must be a date like 1990-12-31"),
        ({"birth_date": "19900401"}, "'birth_date' must be a date like 1990-12-31"),
        ({"birth_date": "1990-02-30"}, "'birth_date' must be a date like 1990-12-31"),
        ({"birth_date": 1990}, "'birth_date' must be a date like 1990-12-31"),
        ({"birth_date": "2999-01-01"}, "'birth_date' is in the future"),
        ({"birth_date": "1700-01-01"}, "'birth_date' is more than 150 years ago"),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else None,
)
def test_a_field_that_does_not_say_it_is_named_without_its_value(
    founded: Founded, changes: dict[str, Any], says: str
) -> None:
    ended = mint(founded, {**STUDENT, **changes}, "--for", "pool")
    assert (ended.code, ended.out, ended.err) == (USAGE, "", f"idcard: field {says}\n")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b"1", b'"resident"', b"resident=yes", b'{"resident": true} {}', b"\xff\xfe{}",
        b'{"resident": tru}', b"[" * 60_000, b'{"resident": true, "name": "\xff"}',
        b'{"resident": true, "x": "' + b"x" * 70_000 + b'"}', b"\0" * 100,
        b'{"resident": true' + b" " * 10_000_000 + b"}",
    ],
    ids=lambda data: data[:24].decode("latin-1"),
)  # fmt: skip
def test_what_is_no_record_is_refused(founded: Founded, data: bytes) -> None:
    ended = mint(founded, data, "--for", "library")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "record" in ended.err


@pytest.mark.parametrize(
    "data",
    [
        b'{"resident": true, "resident": true}',
        b'{"resident": false, "resident": true}',
        b'{"resident": true, "x": {"a": 1, "a": 2}}',
    ],
)
def test_a_field_that_stands_twice_is_refused(founded: Founded, data: bytes) -> None:
    ended = mint(founded, data, "--for", "library")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "has a field twice" in ended.err


# ---- files ----


@pytest.mark.parametrize("form", ["text", "svg", "png", "pdf"])
def test_out_holds_one_file_a_code(founded: Founded, tmp_path: Path, form: str) -> None:
    out = tmp_path / "codes"
    ended = mint(founded, RESIDENT, "--for", "library", "--for", "museum", "--out", out, "--format", form)
    ending = "txt" if form == "text" else form
    names = [f"library.{ending}", f"museum.{ending}"]
    assert (ended.code, ended.out.splitlines()) == (ACCEPT, [f"{out}/{name}" for name in names])
    assert sorted(files_under(tmp_path)) == [f"codes/{name}" for name in names]


def test_out_holds_all_formats_that_are_asked_for(founded: Founded, tmp_path: Path) -> None:
    out = tmp_path / "codes"
    forms = [part for form in ("png", "text", "png") for part in ("--format", form)]
    assert mint(founded, RESIDENT, "--for", "library", "--out", out, *forms).code == ACCEPT
    assert files_under(tmp_path) == {"codes/library.png", "codes/library.txt"}


def test_a_drawn_code_is_scanned_and_accepted(founded: Founded, tmp_path: Path) -> None:
    out = tmp_path / "codes"
    assert mint(founded, RESIDENT, "--out", out, "--format", "png", "--format", "text").code == ACCEPT
    for name, version in {"library": "6", "museum": "6", "pool": "6", "pharmacy": "7"}.items():
        code = (out / f"{name}.txt").read_text("ascii")
        [symbol] = scan((out / f"{name}.png").read_bytes())
        assert (f"{symbol.text}\n", symbol.ec_level, symbol.extra["Version"]) == (code, "M", version)
        assert verified(founded, name, out / f"{name}.png")


def test_out_is_for_its_owner_only(founded: Founded, tmp_path: Path) -> None:
    out = tmp_path / "codes"
    assert mint(founded, RESIDENT, "--for", "library", "--out", out).code == ACCEPT
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_out_is_never_written_over(founded: Founded, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "codes"
    {"file": out.touch, "folder": out.mkdir, "dangling link": lambda: out.symlink_to("nowhere")}[kind]()
    ended = mint(founded, RESIDENT, "--out", out)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "already exists" in ended.err
    assert list(tmp_path.rglob("*")) == [out]


@pytest.mark.parametrize(
    "options",
    [["--format", "png"], ["--json", "--terminal"], ["--out", "codes", "--json"], ["--out", "codes", "--terminal"]],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_refused(founded: Founded, tmp_path: Path, options: list[str]) -> None:
    """Rather than one of them being passed over in silence."""
    ended = mint(founded, RESIDENT, *options, cwd=tmp_path)
    assert (ended.code, ended.out) == (USAGE, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--resumee"], "--resumee"),
        (["--cohort-sheets", "x"], "--cohort-sheets"),
        (["--born=1990-12-31"], "--born"),
        (["--set", "name=Ada", "Lovelace", "--ouT=x"], "--ouT"),
    ],
)
def test_an_option_that_is_mistyped_is_named_and_nothing_after_it(
    founded: Founded, words: list[str], named: str
) -> None:
    ended = mint(founded, RESIDENT, "--for", "library", *words)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == f"idcard: no such option: {named}\nidcard: see idcard mint --help\n"


@pytest.mark.parametrize(
    "word", ["Lovelace", "1990-12-31", "--1990-12-31", "--born1990", "--Ada Lovelace", "-1990", "--é", "--", "---x"]
)
def test_a_word_that_is_no_option_is_not_repeated(founded: Founded, word: str) -> None:
    ended = mint(founded, RESIDENT, "--for", "library", word, "x")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: mint takes options only; put quotes around a value that has blanks\n")
    assert not re.search("Ada|Lovelace|1990|born", ended.err)


@pytest.mark.parametrize("out", ["", ".", "/", "..", "x/.."])
def test_out_has_a_name(founded: Founded, out: str) -> None:
    ended = mint(founded, RESIDENT, "--for", "library", "--out", out)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {Path(out)} is not the name of a new file\n")


# ---- time ----


@pytest.mark.parametrize("command", ["mint", "cohort"])
def test_a_passphrase_that_is_typed_after_the_end_of_the_quarter_mints_nothing(
    quick_office: Office, command: str
) -> None:
    office, out = quick_office, quick_office.home / "codes"
    before = office.contents()
    given = (*office.here, *office.secret, "--for", "library", "--out", out)
    with mock.patch.object(signers, "opened", side_effect=signers.opened) as opened:
        times = [instant("2026-12-31 23:59:59"), instant("2027-01-01")]
        ended = inside(command, *given, stdin=json.dumps(RESIDENT).encode(), clock=lambda: times[opened.called])
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == "idcard: 2026-Q4 is over, and its key no longer signs: start again with the next key\n"
    assert not out.exists()
    assert office.contents() == before


# ---- drawn in the terminal ----

COLOURS = re.compile(r"\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m")


def picture(blocks: list[str], *, ink: int, paper: int) -> bytes:
    """What an eye sees: each character is two squares, the upper and the lower half."""
    rows = [[ink if block in shown else paper for block in line] for line in blocks for shown in ("▀█", "▄█")]
    image = Image.new("L", (len(rows[0]), len(rows)))
    image.putdata([square for row in rows for square in row])
    large = image.resize((image.width * 8, image.height * 8), Image.Resampling.NEAREST)
    data = io.BytesIO()
    large.save(data, "png")
    return data.getvalue()


def test_on_a_terminal_codes_are_drawn_black_on_white_whatever_the_theme(founded: Founded) -> None:
    ended = idcard_on_terminal("mint", *founded.options, *OPTIONS, "--for", "library", "--terminal")
    assert ended.code == ACCEPT
    [symbol] = scan(picture(COLOURS.findall(ended.out), ink=0, paper=255))
    assert f"library\t{symbol.text}\n" in ended.out


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}], ids=["pipe", "NO_COLOR"])
def test_without_colour_codes_are_drawn_for_light_letters_on_a_dark_ground(
    founded: Founded, env: dict[str, str]
) -> None:
    options = ("mint", *founded.options, *OPTIONS, "--for", "library", "--terminal")
    ended = idcard_on_terminal(*options, env=env) if env else idcard(*options)
    assert ended.code == ACCEPT
    assert "\x1b" not in ended.out
    first, *drawn = ended.out.rstrip("\n").split("\n")
    blocks = [line for line in drawn if set(line) <= set(" ▀▄█") and line]
    [symbol] = scan(picture(blocks, ink=255, paper=0))
    assert first == f"library\t{symbol.text}"


def test_without_the_option_nothing_is_drawn(founded: Founded) -> None:
    ended = idcard_on_terminal("mint", *founded.options, *OPTIONS, "--for", "library")
    assert not set("▀▄█") & set(without_colour(ended.out))


# ---- passphrases and keys ----


def test_the_passphrase_is_asked_for_while_the_record_comes_by_stdin(founded: Founded, passphrase: str) -> None:
    ended = idcard_on_terminal(
        *("mint", "--city", founded.folder, "--for", "library"),
        stdin=json.dumps(RESIDENT).encode(),
        answers=[("Passphrase of the issuing keys", f"{passphrase}\n")],
    )
    assert ended.code == ACCEPT
    assert passphrase not in ended.out
    assert "library\tIDT1:" in ended.out


def test_ctrl_c_at_the_question_is_no_rejected_card(founded: Founded) -> None:
    ended = idcard_on_terminal(
        *("mint", "--city", founded.folder, *OPTIONS, "--for", "library"),
        answers=[("Passphrase of the issuing keys", CTRL_C)],
    )
    assert ended.code == CANNOT_SAY
    assert ended.out.endswith("idcard: interrupted\n")
    assert "Traceback" not in ended.out


def test_without_a_terminal_nobody_is_asked(founded: Founded) -> None:
    ended = idcard("mint", "--city", founded.folder, "--for", "library", stdin=json.dumps(RESIDENT).encode())
    assert (ended.code, ended.out) == (USAGE, "")
    assert "--passphrase-file" in ended.err


def test_a_wrong_passphrase_mints_nothing(founded: Founded, tmp_path: Path) -> None:
    (tmp_path / "wrong.txt").write_text("incorrect horse battery\n")
    ended = idcard(
        "mint", "--city", founded.folder, "--passphrase-file", tmp_path / "wrong.txt", "--out", tmp_path / "codes",
        "--for", "library", stdin=json.dumps(RESIDENT).encode(),
    )  # fmt: skip
    assert (ended.code, ended.out) == (USAGE, "")
    assert "the passphrase is wrong" in ended.err
    assert "horse" not in ended.err
    assert not (tmp_path / "codes").exists()


def test_record_and_passphrase_cannot_both_come_by_stdin(founded: Founded, passphrase: str) -> None:
    ended = idcard("mint", "--city", founded.folder, "--passphrase-fd", "0", stdin=f"{passphrase}\n".encode())
    assert (ended.code, ended.out) == (USAGE, "")
    assert "--passphrase-fd" in ended.err


def test_with_options_the_passphrase_may_come_by_stdin(founded: Founded, passphrase: str) -> None:
    options = with_handles(founded.folder, ["--passphrase-fd", "0", *OPTIONS])
    ended = idcard("mint", "--city", founded.folder, *options, stdin=f"{passphrase}\n".encode())
    assert list(lines(ended)) == ["library", "museum", "pool", "pharmacy"]


def active_key(city: Founded, kind: str) -> Path:
    """The key file of this quarter."""
    return min(city.folder.glob(f"keys/{kind}-*.key"))


def missing(city: Founded) -> None:
    active_key(city, "cohort").unlink()


def of_the_next_quarter(city: Founded) -> None:
    shutil.copy(max(city.folder.glob("keys/cohort-*.key")), active_key(city, "cohort"))


def of_the_other_kind(city: Founded) -> None:
    shutil.copy(active_key(city, "revocable"), active_key(city, "cohort"))


def a_root_key(city: Founded) -> None:
    shutil.copy(city.folder / "keys/root-1.key", active_key(city, "cohort"))


def damaged(city: Founded) -> None:
    path = active_key(city, "cohort")
    path.write_bytes(path.read_bytes()[:-40])


def not_text(city: Founded) -> None:
    active_key(city, "cohort").write_bytes(b"\xff" * 100)


def huge(city: Founded) -> None:
    active_key(city, "cohort").write_bytes(b"x" * 100_000)


def a_folder(city: Founded) -> None:
    path = active_key(city, "cohort")
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (missing, "is not here: a counter without keys gives --cohort-sheet; if the key is lost, idcard key retire"),
        (of_the_next_quarter, "is not the key that the plan names"),
        (of_the_other_kind, "is not the key that the plan names"),
        (a_root_key, "is not the key that the plan names"),
        (damaged, "not an idcard private key file, or it is damaged"),
        (not_text, "is not a key file"),
        (huge, "is not a key file"),
        (a_folder, "is a directory"),
    ],
)
def test_another_key_mints_nothing(city: Founded, tmp_path: Path, change: Callable[[Founded], None], says: str) -> None:
    change(city)
    ended = mint(city, RESIDENT, "--out", tmp_path / "codes")
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert not (tmp_path / "codes").exists()


def test_the_key_of_another_city_mints_nothing(city: Founded, tmp_path: Path) -> None:
    other = tmp_path / "shelbyville"
    founding = idcard(
        *("city", "init", other, "--name", "Shelbyville", "--id", "shelbyville", "--environment", "test"),
        *("--contact", "Ask.", "--passphrase-file", city.passphrase_file, "--yes"),
    )
    assert founding.code == ACCEPT
    shutil.copy(active_key(replace(city, folder=other), "cohort"), active_key(city, "cohort"))
    ended = mint(city, RESIDENT)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "is not the key that the plan names" in ended.err


def test_only_the_keys_that_are_needed_are_opened(city: Founded) -> None:
    for path in city.folder.glob("keys/*"):
        if path != active_key(city, "cohort"):
            path.unlink()
    assert list(lines(mint(city, RESIDENT, "--for", "library"))) == ["library"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "no such file or directory"),
        (b"{", "not JSON"),
        (b"{}", "'schema' is missing"),
        (b"\xff", "not text in UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b" " * (17 << 20), "is larger than"),
    ],
    ids=lambda value: value[:8].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_a_city_without_its_plan_mints_nothing(city: Founded, data: bytes | None, says: str) -> None:
    path = city.folder / "city.json"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    ended = mint(city, RESIDENT, "--for", "library")
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


def test_when_no_key_signs_any_more_the_kind_is_named(city: Founded) -> None:
    path = city.folder / "city.json"
    made = json.loads(path.read_text("utf-8"))
    for key in made["keys"]:
        key["quarter"] = "2001-Q1"
    path.write_text(json.dumps(made), "utf-8")
    ended = mint(city, RESIDENT)
    assert (ended.code, ended.out) == (USAGE, "")
    assert re.fullmatch(r"idcard: no (cohort|revocable) key may sign now\n", ended.err)


# ---- nothing personal anywhere ----

NAME, STREET, NUMBER = "Wilhelmina Quackenbush", "Zyzzyva Crescent 4711", "X-88-3141592"
BORN = date(1987, 3, 21)
PERSON = {
    "birth_date": BORN.isoformat(), "resident": True, "student": True, "name": NAME, "address": {"street": STREET},
    "card_number": NUMBER, "notes": ["Quackenbush", STREET],
}  # fmt: skip
EPOCH_DAYS = (BORN - date(1970, 1, 1)).days
CANARIES = [
    *NAME.split(), "Zyzzyva", "Crescent", NUMBER, NUMBER.replace("-", ""),
    *(BORN.strftime(form) for form in ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%m/%d/%y", "%d %B %Y",
                                       "%B %d, %Y", "%Y, %m, %d", "1987-03", "March 1987")),
    "21.3.1987", "1987, 3, 21", "3/21/1987", "21 March", str(EPOCH_DAYS * 86400), str(BORN.toordinal()),
]  # fmt: skip


def traces() -> list[bytes]:
    """The canaries as programs write them: letters, any case, hexadecimal, base64, and dates as numbers."""
    found = []
    for canary in CANARIES:
        data = canary.encode()
        found += [data.lower(), data.hex().encode()]
        if len(data) >= 6:
            found.append(base64.b64encode(data[: len(data) // 3 * 3]).lower())
    return found


BINARY = [number.to_bytes(4, "big") for number in (EPOCH_DAYS * 86400, BORN.toordinal(), 19870321)]


def assert_no_trace(what: str, data: bytes) -> None:
    for trace in traces():
        assert trace not in data.lower(), f"{trace!r} in {what}"
    for number in BINARY:
        assert number not in data, f"a date as a number in {what}"


GOOD = json.dumps(PERSON).encode()
RAISE = """
from idcard.issuing.minter import Minter
def fail(self, record, *_, **__):
    raise LookupError(record._fields)
Minter.codes = fail
"""
# What is asked, what comes by stdin, the exit.
STORIES: dict[str, tuple[list[object], bytes, int]] = {
    "printed": ([], GOOD, ACCEPT),
    "json": (["--json", "--for", "museum"], GOOD, ACCEPT),
    "files": (["--out", "codes", *(f"--format={form}" for form in ("text", "svg", "png", "pdf"))], GOOD, ACCEPT),
    "drawn": (["--terminal", "--for", "museum"], GOOD, ACCEPT),
    "options": (
        ["--for", "pharmacy", *(f"--set={name}={value}" for name, value in PERSON.items() if name != "address")],
        b"",
        ACCEPT,
    ),
    "does not qualify": (["--for", "museum"], json.dumps({**PERSON, "resident": False}).encode(), ACCEPT),
    "missing field": (["--for", "theatre"], json.dumps({**PERSON, "student": NAME}).encode(), USAGE),
    "wrong date": (["--for", "pool"], json.dumps({**PERSON, "birth_date": "21.3.1987"}).encode(), USAGE),
    "no date": (["--for", "pool"], json.dumps({**PERSON, "birth_date": [1987, 3, 21]}).encode(), USAGE),
    "not JSON": ([], GOOD[:-1], USAGE),
    "not UTF-8": ([], GOOD + b"\xff", USAGE),
    "a field twice": ([], GOOD[:-1] + b', "name": "Wilhelmina Quackenbush"}', USAGE),
    "too long": ([], json.dumps({**PERSON, "x": NAME * 4000}).encode(), USAGE),
    "nested": ([], b'{"name": "Quackenbush", "x": ' + b"[" * 60_000, USAGE),
    "option without =": (["--set", f"birth_date {BORN}"], b"", USAGE),
    "option with a blank": (["--set", "birth_date", str(BORN)], b"", USAGE),
    "option unquoted": (["--set", "name=Wilhelmina", "Quackenbush"], b"", USAGE),
    "option twice": (["--set", f"birth_date={BORN}", "--set", "birth_date=21.3.1987"], b"", USAGE),
    "option in a strange form": ([f"--birth-date={BORN}"], b"", USAGE),
    "the record as an argument": ([GOOD.decode()], b"", USAGE),
    "no such city": (["--city", "elsewhere"], GOOD, USAGE),
    "internal error": (["--for", "museum"], GOOD, CANNOT_SAY),
}


@pytest.mark.parametrize("name", STORIES)
def test_no_personal_value_reaches_a_file_or_a_screen(city: Founded, tmp_path: Path, name: str) -> None:
    options, stdin, code = STORIES[name]
    for folder in ("home", "scratch", "work"):
        (tmp_path / folder).mkdir()
    env = {
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "home/cache"),
        "TMPDIR": str(tmp_path / "scratch"),
    }
    prelude = RAISE if name == "internal error" else ""
    ended = mint(city, stdin, *options, cwd=tmp_path / "work", env=env, prelude=prelude)
    assert ended.code == code
    assert_no_trace("stdout", ended.out.encode())
    assert_no_trace("stderr", ended.err.encode())
    for path in tmp_path.rglob("*"):
        assert_no_trace("a name", path.name.encode())
        if path.is_file():
            assert_no_trace(str(path), path.read_bytes())
    assert list((tmp_path / "home").iterdir()) == list((tmp_path / "scratch").iterdir()) == []


def test_no_personal_value_is_inside_a_code(founded: Founded) -> None:
    codes = lines(mint(founded, PERSON))
    assert list(codes) == ["library", "museum", "pool", "pharmacy", "theatre"]
    for name, code in codes.items():
        _, credential = text.decode(code)
        assert_no_trace(name, credential)


@pytest.mark.parametrize(
    "data",
    [NAME.upper().encode(), b"1987-03-21", b"1987-03-21".hex().encode(), base64.b64encode(NAME.encode()), BINARY[0]],
)
def test_the_search_for_traces_can_fail(data: bytes) -> None:
    with pytest.raises(AssertionError, match=" in that"):
        assert_no_trace("that", b"before " + data + b" after")


# ---- size ----


@pytest.mark.parametrize(("width", "warned"), [("15", ["library", "pharmacy"]), ("17", ["pharmacy"]), ("18", [])])
def test_codes_that_are_printed_too_small_are_made_and_warned_of(
    founded: Founded, tmp_path: Path, width: str, warned: list[str]
) -> None:
    out = tmp_path / "codes"
    more = ("--for", "library", "--for", "pharmacy", "--out", out, "--format", "svg", "--format", "pdf")
    ended = mint(founded, RESIDENT, *more, "--width", width)
    assert ended.code == ACCEPT
    assert f'width="{width}mm"' in (out / "library.svg").read_text()
    assert [line.split(":")[1].strip() for line in ended.err.splitlines() if "dots a module" in line] == warned


@pytest.mark.parametrize("options", [("--width", "20"), ("--width", "9"), ("--width", "x"), ("--width", "501")])
def test_a_size_is_of_what_is_printed_and_in_reason(founded: Founded, tmp_path: Path, options: tuple[str, str]) -> None:
    formats = ("--format", "png") if options[1] == "20" else ("--format", "pdf")
    ended = mint(founded, RESIDENT, "--for", "library", "--out", tmp_path / "codes", *formats, *options)
    assert (ended.code, ended.out, list(tmp_path.glob("codes*"))) == (USAGE, "", [])
