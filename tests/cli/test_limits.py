"""A city whose cancellations fill the trust file: told in time, refused beyond, and never without a way on."""

import re
from pathlib import Path

from command import ACCEPT, REJECT, USAGE, Office

NEXT_DAY, LATER = "2026-11-23 12:00", "2026-11-24 12:00"


def cancel(office: Office, count: int) -> None:
    lines = (f"{number << 60:020x},2028-01\n" for number in range(count))
    (office.folder / "ledger.csv").write_text("value,expires\n" + "".join(lines), "ascii")


def doctor(office: Office, at: str) -> tuple[int, str]:
    """Its exit code, and what it says of the size: `NOW ` before it where it is urgent."""
    ended = office.run("doctor", *office.here, at=at)
    return ended.code, "\n".join(line for line in ended.out.splitlines() if " bytes" in line)


def test_below_half_nobody_is_told(office: Office) -> None:
    cancel(office, 104_000)
    assert doctor(office, NEXT_DAY) == (ACCEPT, "")


def test_half_is_told_by_the_doctor_and_with_the_draft(office: Office) -> None:
    cancel(office, 105_000)
    says = (
        r"the trust file has 1,051,\d{3} of at most 2,097,152 bytes, 50 %: "
        r"each cancellation takes 10, so 101,[34]\d\d more fit; they leave with their codes, "
        "so a shorter life of the codes that can be cancelled makes room"
    )
    code, line = doctor(office, NEXT_DAY)
    assert (code, bool(re.fullmatch(f"     {says}", line))) == (ACCEPT, True), line
    ended = office.run("trust", "draft", *office.here, "--out", office.home / "next.iddraft", at=NEXT_DAY)
    assert (ended.code, bool(re.search(f"^idcard: {says}$", ended.err, re.MULTILINE))) == (ACCEPT, True), ended.err


def test_four_fifths_are_something_to_do_now(office: Office) -> None:
    cancel(office, 168_000)
    ended = office.run("trust", "finish", office.sign(office.draft(at=NEXT_DAY)), *office.here, at=NEXT_DAY)
    size = office.trust.stat().st_size
    says = f"the trust file has {size:,} of at most 2,097,152 bytes, 80 %: each cancellation takes 10, so 38,"
    assert (ended.code, size // 1000, f"idcard: {says}" in ended.err) == (ACCEPT, 1681, True)
    code, line = doctor(office, LATER)
    assert (code, line.startswith(f"NOW  {says}")) == (REJECT, True)


def test_beyond_nothing_is_drafted_and_all_else_goes_on(office: Office, tmp_path: Path) -> None:
    cancel(office, 3)
    office.publish(at=NEXT_DAY)
    cancel(office, 210_000)
    before = office.contents()
    says = "venues read at most 2,097,152, of which 32,768 are kept for new roots, keys and kill notes: 36,"
    code, line = doctor(office, LATER)
    assert (code, line.startswith("NOW "), says in line) == (REJECT, True, True)
    path = tmp_path / "next.iddraft"
    ended = office.run("trust", "draft", *office.here, "--out", path, at=LATER)
    assert (ended.code, ended.out, says in ended.err, path.exists()) == (USAGE, "", True, False)
    assert "idcard trust draft --published-only" in ended.err
    assert office.contents() == before
    # The next root does not wait for codes to expire, and no cancellation is lost meanwhile.
    draft = office.draft("--new-root", "--published-only", at=LATER)
    office.finish(office.sign(draft, office.root(1), office.root(2), office.publisher))
    assert (office.held().root.version, len(office.held().cancellations)) == (2, 3)
    assert office.ledger() == before["ledger.csv"]
