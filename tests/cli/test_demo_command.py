"""`idcard demo`: the story that a stranger sees, and the artefacts that others rely on."""

import re
from pathlib import Path

import pytest
from command import ACCEPT, REJECT, USAGE, Demo, files_under, idcard, idcard_on_terminal, scan, without_colour

from idcard.keys import key_file
from idcard.trust import trust_file
from idcard.verify import Verifier

EVERY_CLASS = pytest.mark.parametrize("venue_class", ["library", "museum", "pool", "pharmacy"])


def test_the_artefacts_are_the_trust_file_and_three_forms_of_every_code(demo: Demo) -> None:
    codes = {
        f"codes/{name}.{form}" for name in ("library", "museum", "pool", "pharmacy") for form in ("txt", "svg", "png")
    }
    assert files_under(demo.folder) == {"city.idtrust", *codes}


@EVERY_CLASS
def test_every_code_is_accepted_by_the_command_from_text_and_picture(demo: Demo, venue_class: str) -> None:
    proven = {"pool": ["resident", "age_over_18"]}.get(venue_class, ["resident"])
    for form in ("txt", "png"):
        path = demo.folder / "codes" / f"{venue_class}.{form}"
        verdict = idcard("verify", path, "--trust", demo.trust, "--for", venue_class, "--json").json()
        assert (verdict["outcome"], verdict["proven"], verdict["environment"]) == ("accept", proven, "test")


@EVERY_CLASS
def test_a_picture_holds_the_text_in_a_small_symbol(demo: Demo, venue_class: str) -> None:
    [symbol] = scan((demo.folder / "codes" / f"{venue_class}.png").read_bytes())
    text = (demo.folder / "codes" / f"{venue_class}.txt").read_text("ascii")
    assert text == f"{symbol.text}\n"
    assert int(symbol.extra["Version"]) <= (7 if venue_class == "pharmacy" else 6)
    assert symbol.ec_level in ("M", "Q")


@EVERY_CLASS
def test_an_svg_is_an_image_of_as_many_modules(demo: Demo, venue_class: str) -> None:
    svg = (demo.folder / "codes" / f"{venue_class}.svg").read_text("utf-8")
    [symbol] = scan((demo.folder / "codes" / f"{venue_class}.png").read_bytes())
    side = 17 + 4 * int(symbol.extra["Version"]) + 8
    assert svg.startswith("<svg ")
    assert f'viewBox="0 0 {side} {side}"' in svg


def test_the_library_has_cohort_codes_and_the_pharmacy_revocable_ones(demo: Demo) -> None:
    classes = {each.name: each for each in trust_file.decode(demo.trust.read_bytes()).trust_list.classes}
    assert {"library", "museum", "pool", "pharmacy"} <= classes.keys()
    assert {name: classes[name].handle for name in ("library", "museum", "pool", "pharmacy")} == {
        "library": False,
        "museum": False,
        "pool": False,
        "pharmacy": True,
    }
    codes = {name: (demo.folder / "codes" / f"{name}.txt").read_text() for name in classes if name != "theatre"}
    assert codes["library"] == codes["museum"]
    assert len(set(codes.values())) == 3


def test_a_library_code_is_no_pharmacy_code(demo: Demo) -> None:
    library = demo.folder / "codes/library.txt"
    ended = idcard("verify", library, "--trust", demo.trust, "--for", "pharmacy", "--json")
    assert (ended.code, ended.json()["reason"]) == (REJECT, "wrong-class")
    assert ended.json()["remedy"] == "Scan the code marked PHARMACY."


def test_no_private_key_is_left_anywhere(demo: Demo) -> None:
    for name in files_under(demo.folder):
        data = (demo.folder / name).read_bytes()
        assert b"PRIVATE" not in data
        assert b"idpub" not in data
        assert not name.endswith((".key", ".json"))
        with pytest.raises(key_file.KeyFileError):
            key_file.decode(data.decode("latin-1"), "correct horse battery staple")


def test_its_story_has_acceptances_and_a_forged_an_expired_and_a_wrong_venue_code(demo: Demo) -> None:
    verdicts = re.findall(r"^  (ACCEPT|REJECT)  (.*)$", demo.ended.out, re.MULTILINE)
    accepted = [what for word, what in verdicts if word == "ACCEPT"]
    rejected = [what for word, what in verdicts if word == "REJECT"]
    assert len(accepted) == 4
    for asked, said in {
        "forged": "not issued by this city",
        "altered": "forged or altered",
        "at the pharmacy": "Scan the code marked PHARMACY",
        "pharmacy code on": "has expired",
    }.items():
        assert any(asked in what and said in what for what in rejected), asked
    assert len(verdicts) == len(accepted) + 4
    assert demo.ended.err == ""


def test_what_it_says_to_try_works(demo: Demo) -> None:
    tries = [line.split() for line in demo.ended.out.splitlines() if line.startswith("  idcard ")]
    assert [command[1] for command in tries] == ["verify", "explain"]
    for _, *arguments in tries:
        assert idcard(*arguments).code == ACCEPT


def test_a_folder_with_blanks_in_its_name_is_quoted_in_what_to_try(tmp_path: Path) -> None:
    ended = idcard("demo", "--out", tmp_path / "my demo")
    assert ended.code == ACCEPT
    assert f"'{tmp_path}/my demo" in ended.out


def test_without_out_nothing_is_left(tmp_path: Path) -> None:
    for name in ("home", "scratch", "work"):
        (tmp_path / name).mkdir()
    env = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "scratch")}
    ended = idcard("demo", cwd=tmp_path / "work", env=env)
    assert ended.code == ACCEPT
    assert ended.out.count("  ACCEPT  ") == 4
    assert "Try it yourself" not in ended.out
    assert files_under(tmp_path) == set()
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_nothing_is_written_over(tmp_path: Path, kind: str) -> None:
    there = tmp_path / "out"
    there.mkdir() if kind == "folder" else there.write_text("mine")
    ended = idcard("demo", "--out", there)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "already exists" in ended.err
    assert list(tmp_path.rglob("*")) == [there]


def test_every_run_has_keys_of_its_own(demo: Demo, tmp_path: Path) -> None:
    assert idcard("demo", "--out", tmp_path / "out").code == ACCEPT
    one, other = (Verifier.open(folder / "city.idtrust").trust for folder in (demo.folder, tmp_path / "out"))
    assert not {each.key for each in one.trust_list.keys} & {each.key for each in other.trust_list.keys}


def test_on_a_terminal_it_is_coloured_and_says_the_same(tmp_path: Path) -> None:
    ended = idcard_on_terminal("demo", "--out", tmp_path / "out")
    plain = without_colour(ended.out)
    assert ended.code == ACCEPT
    assert "\x1b[32m" in ended.out
    assert "\x1b[31m" in ended.out
    assert plain.count("  ACCEPT  ") == 4
    assert plain.count("  REJECT  ") == 4
