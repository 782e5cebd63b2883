"""Numbers of a library on backs of cards: each stands on one card and nowhere else, whenever a run is cut."""

import io
import json
import re
import shlex
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from batches import WarmInBlocks, beside, codes_of, people
from command import ACCEPT, USAGE, Ended, Office, files_under, idcard, instant
from crash import SAY, UNSEEN, Command, Moment, Ran, Step, unsafe
from idcard_cli.command import cli
from prints import opened, pictures, read
from zxingcpp import BarcodeFormat, read_barcodes

LIBRARY = ("--for", "library", "--for", "museum")
NUMBERS = ["5523", "1187", "9031", "4470", "2216", "7745", "3308"]
PEOPLE = 5
DESIGN = 'schema = 1\ntelephone = "555-0100"\n[library]\nbarcode = "codabar"\n'
WORDS = ("draw", "codes.jsonl", "--trust", "springfield/city.idtrust", "--format", "back", "--per-file", "2")
NUMBERED = ("--design", "card.toml", "--library-numbers", "numbers.txt", "--out", "out")


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmInBlocks]:
    process = WarmInBlocks(2)
    yield process
    process.close()


@dataclass(frozen=True)
class Desk:
    """An office that prints the backs of five cards."""

    office: Office
    warm: WarmInBlocks

    @property
    def out(self) -> Path:
        return self.office.home / "out"

    @property
    def numbers(self) -> Path:
        return self.office.home / "numbers.txt"

    def anew(self) -> None:
        for path in (self.out, *beside(self.out)):
            path.unlink(missing_ok=True)
        self.numbers.write_text("\n".join(NUMBERS) + "\n", "utf-8")

    def run(self, *more: str, dies: Moment | None = None) -> Ran:
        now = datetime.fromtimestamp(instant(self.office.at), UTC)
        ran = self.warm.run(Command((*WORDS, *NUMBERED, *more), now, self.office.home), dies=dies)
        if not ran.killed:
            Ended(ran.code, ran.out, ran.err).check_manners()
        return ran

    def left(self) -> list[str]:
        """Lines of the file of numbers."""
        return self.numbers.read_text("utf-8").splitlines()


@pytest.fixture
def desk(office: Office, warm: WarmInBlocks) -> Desk:
    codes = codes_of(office, people(PEOPLE), *LIBRARY)
    codes.rename(office.home / "codes.jsonl")
    (office.home / "card.toml").write_text(DESIGN, "utf-8")
    desk = Desk(office, warm)
    desk.anew()
    return desk


def printed(out: Path) -> list[str]:
    """The numbers on the cards of an archive, as a scanner reads them."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(out.read_bytes())) as tar:
        for member in tar:
            for page in pictures(tar.extractfile(member).read()):  # type: ignore[union-attr]
                (each,) = read_barcodes(page, formats=BarcodeFormat.Codabar)
                found.append(each.text.strip("AB"))
    return found


def test_each_card_gets_the_next_and_it_stands_nowhere_else(desk: Desk) -> None:
    ended = desk.run()
    assert ended.code == ACCEPT, ended.err
    assert printed(desk.out) == NUMBERS[:PEOPLE]
    assert desk.left() == NUMBERS[PEOPLE:]
    for path in files_under(desk.office.home) - {"out", "numbers.txt"}:
        data = (desk.office.home / path).read_bytes()
        assert not [number for number in NUMBERS if number.encode() in data], path


def test_a_viewer_lists_the_references_and_no_card_shows_one(desk: Desk) -> None:
    assert desk.run().code == ACCEPT
    lines = map(json.loads, (desk.office.home / "codes.jsonl").read_bytes().splitlines())
    listed, shown = [], ""
    with tarfile.open(desk.out) as tar:
        for member in tar:
            pdf = tar.extractfile(member).read()  # type: ignore[union-attr]
            shown += read(pdf)
            with opened(pdf) as document:
                listed += [each.get_title() for each in document.get_toc()]
    assert listed == [line["reference"] for line in lines]
    assert not [reference for reference in listed if reference in shown]


def test_at_each_moment_everything_that_is_told_is_on_the_disk(desk: Desk) -> None:
    beside = {"out.part is made under its final name", "out.checkpoint is made under its final name"}
    steps = desk.run().steps
    assert not [step for step in steps if step.what == UNSEEN]
    assert set(unsafe(steps)) - beside == set()


def check_finished(desk: Desk, expected: bytes) -> None:
    """The bytes of an undisturbed run; a number that is on a card is free for no other."""
    resumed = desk.run("--resume")
    ended = "out is there, so that run has ended" in resumed.err or "the interrupted run was complete" in resumed.err
    assert resumed.code == (ACCEPT if "was complete" in resumed.err or not ended else USAGE), resumed.err
    assert desk.out.read_bytes() == expected
    free = [line for line in desk.left() if "taken" not in line]
    assert free == NUMBERS[PEOPLE:]
    assert ended or desk.left() == free


def of_numbers(steps: tuple[Step, ...]) -> list[int]:
    return [at for at, step in enumerate(steps) if "numbers.txt" in step.path and step.what != SAY]


def test_cut_while_it_takes_numbers_it_takes_the_same_again(desk: Desk) -> None:
    steps = tuple(step for step in desk.run().steps if step.what != SAY)
    expected = desk.out.read_bytes()
    moments = of_numbers(steps)
    assert len(moments) > 10
    for at in moments[:: len(moments) // 8]:
        desk.anew()
        assert desk.run(dies=Moment(at)).killed
        check_finished(desk, expected)


@pytest.mark.slow
def test_killed_before_or_within_any_step_no_number_is_on_two_cards(desk: Desk) -> None:
    steps = tuple(step for step in desk.run().steps if step.what != SAY)
    expected = desk.out.read_bytes()
    for number, step in enumerate((*steps, None)):
        for half in (False, True) if step is not None and step.what == "write" else (False,):
            desk.anew()
            assert desk.run(dies=Moment(number, half)).killed
            check_finished(desk, expected)


def test_too_few_end_the_run_and_with_more_it_goes_on(desk: Desk) -> None:
    desk.run()
    expected = desk.out.read_bytes()
    desk.anew()
    desk.numbers.write_text("\n".join(NUMBERS[:3]) + "\n", "utf-8")
    ended = desk.run()
    assert ended.code == USAGE
    says = "numbers.txt: numbers are missing: 2 more cards need one, and left are 1: add numbers of the library to it"
    assert says in ended.err
    assert desk.left() == NUMBERS[:3]  # for no card was drawn
    with desk.numbers.open("a", encoding="utf-8") as file:
        file.write("\n".join(NUMBERS[3:]) + "\n")
    assert desk.run("--resume").code == ACCEPT
    assert desk.out.read_bytes() == expected


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ("12\n13\n12\n", "line 3: this number stands in an earlier line"),
        ("12\nA13B\n", "line 2: a number in codabar is 1 to 20 of 0-9 . / + $ : -"),
        ("\n".join(str(each) for each in range(100, 120)), "the numbers are in order, and would show in which order"),
        ("\n".join(str(each) for each in range(120, 100, -1)), "the numbers are in order"),
        ("12 taken x 1\n", "line 1: a number in codabar"),
    ],
)
def test_a_file_that_does_not_hold_is_told_by_its_line(desk: Desk, numbers: str, says: str) -> None:
    desk.numbers.write_text(numbers, "utf-8")
    ended = desk.run()
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: numbers.txt: {says}"), ended.err
    assert desk.numbers.read_text("utf-8") == numbers
    assert not list(desk.office.home.glob("out*"))


def test_a_link_a_design_without_a_number_and_one_without_numbers_are_refused(desk: Desk) -> None:
    desk.numbers.rename(desk.office.home / "other.txt")
    desk.numbers.symlink_to("other.txt")
    assert "numbers.txt is a link or no file" in desk.run().err
    plain = desk.office.home / "plain.toml"
    plain.write_text("schema = 1\n", "utf-8")
    how = {"at": desk.office.at, "cwd": desk.office.home}
    ended = idcard(*WORDS, "--out", "out", "--library-numbers", "other.txt", "--design", "plain.toml", **how)
    assert "--library-numbers needs --design, with a table library that says which bar code" in ended.err
    ended = idcard(*WORDS, "--out", "out", "--design", "card.toml", **how)
    assert "card.toml: library: each card gets a number of the library: give --library-numbers" in ended.err
    plain.write_text("schema = 1\ntelefone = '1'\n", "utf-8")
    ended = idcard(*WORDS, "--out", "out", "--design", "plain.toml", **how)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: plain.toml: telefone: is no key of a design; there are fixed,")


# ---- the page that says how a card is finished ----


@pytest.fixture
def section(root: Path) -> str:
    return (root / "docs/counter.md").read_text("utf-8").partition("## From codes to a card\n")[2].partition("\n## ")[0]


def test_the_lines_of_the_page_draw_what_it_says(desk: Desk, section: str) -> None:
    plain, library = re.findall(r"^```toml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    first, second = re.findall(r"^    (idcard draw .*)$", section, re.MULTILINE)
    for toml, line in ((plain, first), (plain + library, second)):
        (desk.office.home / "card.toml").write_text(toml, "utf-8")
        ended = idcard(*shlex.split(line)[1:], at=desk.office.at, cwd=desk.office.home)
        assert ended.code == ACCEPT, ended.err
        out = desk.office.home / "backs.tar"
        assert line is first or printed(out) == NUMBERS[:PEOPLE]
        out.unlink()


def test_the_other_options_of_the_page_are_there(section: str) -> None:
    lines = re.findall(r"^    idcard (counter .*)$", section, re.MULTILINE)
    assert len(lines) == 2
    for name, *words in map(shlex.split, lines):
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert {word for word in words if word.startswith("--")} <= {
            opt for each in command.params for opt in each.opts
        }


# ---- a design and its files ----


def test_a_logo_lies_beside_the_design_and_another_design_is_another_run(desk: Desk) -> None:
    design = desk.office.home / "card.toml"
    design.write_text(DESIGN.replace("[library]", 'logo = "town.svg"\n[library]'), "utf-8")
    ended = desk.run()
    assert (ended.code, ended.out) == (USAGE, "")
    assert "town.svg: no such file or directory" in ended.err, ended.err
    logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="FILL"/></svg>'
    (desk.office.home / "town.svg").write_text(logo.replace("FILL", "red"), "utf-8")
    ended = desk.run()
    assert ended.err.startswith("idcard: card.toml: logo: town.svg: the attribute 'fill' of circle must be none, black")
    (desk.office.home / "town.svg").write_text(logo.replace("FILL", "black"), "utf-8")
    steps = tuple(step for step in desk.run().steps if step.what != SAY)
    assert printed(desk.out) == NUMBERS[:PEOPLE]
    second = [at for at, step in enumerate(steps) if (step.what, step.path) == ("write", "out.part")][1]
    desk.anew()
    assert desk.run(dies=Moment(second)).killed
    (desk.office.home / "town.svg").write_text(logo.replace("FILL", "white"), "utf-8")
    ended = desk.run("--resume")
    assert (ended.code, "is of another run, with other design" in ended.err) == (USAGE, True), ended.err


def test_mint_prints_a_design_and_no_numbers(office: Office) -> None:
    design, out = office.home / "card.toml", office.home / "out"
    design.write_text(DESIGN, "utf-8")
    how = (*LIBRARY, "--format", "back", "--design", design, "--out", out)
    ended = office.mint(*how)
    assert (ended.code, ended.out, out.exists()) == (USAGE, "", False)
    assert "library: each card gets a number of the library: give --library-numbers to idcard draw or" in ended.err
    design.write_text(DESIGN.partition("[library]")[0], "utf-8")
    assert office.mint(*how).code == ACCEPT
    shown = read((out / "back.pdf").read_bytes())
    assert "LIBRARY · MUSEUM" in shown
    assert "555-0100" in shown
