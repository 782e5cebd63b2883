"""`idcard mint`, `draw` and `slip batch` on a computer without fonts, and between computers with different ones."""

import json
import tarfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from batches import WarmInBlocks, beside, codes_of, drawing, people
from command import ACCEPT, USAGE, Ended, Office, idcard, instant, with_handles
from crash import SAY, Command, Moment
from prints import LATIN, all_scanned, fonts, is_tagged, needs_font, no_fonts, pictures, read

from idcard import languages
from idcard.printing import holders

SIX = ("en", "es", "fr", "ht", "pl", "ru")
PERSON = {"birth_date": "1990-04-01", "resident": True, "student": False}
TWO = ("--for", "library", "--for", "pharmacy")


def bare(office: Office, *arguments: object, stdin: bytes) -> Ended:
    """The command as a program of its own, where no font of the system is found."""
    return idcard(*arguments, stdin=stdin, env=no_fonts(office.home), at=office.at)


def mint(office: Office, *options: object) -> Ended:
    given = with_handles(office.folder, options, office.at)
    return bare(office, "mint", *office.here, *office.secret, *given, stdin=json.dumps(PERSON).encode())


@pytest.mark.parametrize("language", SIX)
def test_sheets_in_latin_and_cyrillic_need_no_font_of_the_system(quick_office: Office, language: str) -> None:
    out = quick_office.home / "out"
    ended = mint(quick_office, *TWO, "--format", "text", "--format", "holder", "--language", language, "--out", out)
    assert (ended.code, ended.err) == (ACCEPT, "")
    pdf = (out / "holder.pdf").read_bytes()
    assert fonts(pdf) == LATIN["Libertinus Serif"]
    assert is_tagged(pdf)
    translate = languages.get(language).translate
    for sentence in (holders.TITLE, holders._SHOW, holders._HANDLE, holders._KEEP):
        assert " ".join(translate(sentence).split()) in read(pdf)
    (page,) = pictures(pdf)
    codes = {(out / f"{name}.txt").read_text().strip() for name in ("library", "pharmacy")}
    assert {text for text, _ in all_scanned(page)} == codes


def test_cards_need_no_font_of_the_system(quick_office: Office) -> None:
    ended = mint(quick_office, *TWO, "--format", "card", "--out", quick_office.home / "out")
    assert (ended.code, ended.err) == (ACCEPT, "")
    pdf = (quick_office.home / "out/card.pdf").read_bytes()
    assert fonts(pdf) == LATIN["Libertinus Serif"]
    assert {"LIBRARY", "PHARMACY", "Springfield", "TEST"} <= set(read(pdf).split())


def slips(office: Office, lines: str) -> Ended:
    named = ("--handles", office.home / "handles.jsonl", "--out", office.home / "slips.tar")
    return bare(office, "slip", "batch", *office.here, *named, stdin=lines.encode())


def test_slips_in_latin_and_cyrillic_need_no_font_of_the_system(quick_office: Office) -> None:
    ended = slips(quick_office, "".join(f"A-{language},{language}\n" for language in SIX))
    assert ended.code == ACCEPT, ended.err
    with tarfile.open(quick_office.home / "slips.tar") as archive:
        pdf = archive.extractfile(archive.getmembers()[0]).read()
    assert fonts(pdf) == LATIN["Libertinus Serif"]
    for page, language in enumerate(SIX, 1):
        assert languages.get(language).translate("Slip for a lost card") in read(pdf, page)


@pytest.mark.parametrize("language", ["ar", "ur", "bn", "zh-Hans", "ko"])
def test_another_script_says_what_to_install_and_uses_nothing_up(quick_office: Office, language: str) -> None:
    before = quick_office.contents()
    ended = mint(quick_office, *TWO, "--format", "holder", "--language", language, "--out", quick_office.home / "out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: no font for ")
    assert all(system in ended.err for system in ("Debian", "Windows", "macOS"))
    assert list(quick_office.home.glob("handles-*.json"))
    assert quick_office.contents() == before
    ended = slips(quick_office, f"A-1,es\nA-2,{language}\n")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: no font for ")
    assert not list(quick_office.home.glob("slips.tar*"))


# ---- other fonts in the middle of a run ----


@needs_font("bn")
def test_a_run_is_not_resumed_on_a_computer_with_other_fonts(quick_office: Office) -> None:
    home, out = quick_office.home, quick_office.home / "out"
    codes = codes_of(quick_office, people(4), *TWO)
    words = drawing(quick_office, codes, "--out", out, "--format", "holder", "--per-file", "2")
    typed = Command(tuple(map(str, words)), datetime.fromtimestamp(instant(quick_office.at), UTC), home)
    resumed = replace(typed, words=(*typed.words, "--resume"))
    warm = WarmInBlocks(2)
    try:
        whole = warm.run(typed)
        assert whole.code == ACCEPT, whole.err
        expected = out.read_bytes()
        out.unlink()
        steps = [step for step in whole.steps if step.what != SAY]
        writes = [at for at, step in enumerate(steps) if (step.what, step.path) == ("write", "out.part")]
        assert warm.run(typed, dies=Moment(writes[1])).killed
        before = [path.read_bytes() for path in beside(out)]
        ended = bare(quick_office, *resumed.words, stdin=b"")
        assert (ended.code, ended.out) == (USAGE, "")
        assert ended.err == f"idcard: {out}.checkpoint is of another run, with other fonts\n"
        assert [path.read_bytes() for path in beside(out)] == before
        assert warm.run(resumed).code == ACCEPT
    finally:
        warm.close()
    assert out.read_bytes() == expected
