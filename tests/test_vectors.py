"""The vectors: made again they are the same bytes, and each fails where and why it says, and nowhere else."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.vectors import folder

from idcard import cose
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.credential import claims, signed, text
from idcard.credential.calendar import seconds
from idcard.errors import Malformed, Reason, Refused
from idcard.trust import trust_file
from idcard.trust.trust_file import Trust
from idcard.verify import Verifier
from idcard.verify.decision import Policy, judge
from idcard.verify.memory import Memory

FOLDER = folder.FOLDER / "decision"
VECTORS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_bytes()) for path in FOLDER.glob("*.json")}
SPECS = folder.FOLDER.parent
ROW = re.compile(r"^\| (\d+) \| (?:`([a-z-]+)` )?", re.MULTILINE)


def reasons() -> dict[tuple[str, int], str | None]:
    """The numbered rows of the rules, as the pages have them: page and section, row -> the reason, if it has one."""
    found: dict[tuple[str, int], str | None] = {}
    for page, begin, section in (
        ("verify.md", "## Order", "Order"),
        ("verify.md", "## Clock", "Clock"),
        ("trust.md", "**Update.**", "Update"),
    ):
        text_of = (SPECS / page).read_text("utf-8").partition(begin)[2]
        rows = ROW.findall(re.split(r"^(?:## |\*\*)", text_of, maxsplit=1, flags=re.MULTILINE)[0])
        assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
        found |= {(f"{page}, {section}", int(number)): reason or None for number, reason in rows}
    return found


REASONS = reasons()
LAYERS = ("trust", "text", "cose", "claims", "decision")
DAY = 86400

LINE = re.compile(r"[^\n]+")


def names(*prefixes: str) -> list[str]:
    return [name for name in sorted(VECTORS) if name.startswith(prefixes)]


def now(vector: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(vector["now"])


def file_of(vector: dict[str, Any]) -> bytes:
    return base64.b64decode(vector["trust_file"], validate=True)


# ---- all folders ----


def test_the_committed_files_are_what_the_generators_make_on_any_machine(root: Path) -> None:
    """The manifest with its digests among them. Made in another process, which has no habit in common with this one."""
    digests = (
        "import hashlib, json; from support.vectors import folder;"
        "print(json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in folder.files().items()}))"
    )
    elsewhere = {**os.environ, "PYTHONPATH": str(root / "tests")}
    elsewhere |= {"TZ": "Pacific/Apia", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", digests], env=elsewhere, capture_output=True, check=True)
    committed = {
        path.relative_to(folder.FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.FOLDER.rglob("*.json")
    }
    made = json.loads(done.stdout)
    assert committed.keys() == made.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_the_folder_holds_data_and_one_page() -> None:
    others = {path.name for path in folder.FOLDER.rglob("*") if path.is_file() and path.suffix != ".json"}
    assert others == {"README.md"}


def test_stale_files_go_and_the_page_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"decision/text-empty.json": b"{}", "manifest.json": b"[]"}
    monkeypatch.setattr(folder, "files", lambda: made)
    (tmp_path / "decision").mkdir()
    (tmp_path / "decision" / "text-of-last-year.json").write_text("{}")
    (tmp_path / "README.md").write_text("what the fields mean")
    folder.write(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {*made, "README.md"}


def test_every_vector_says_in_one_line_for_what_fault_it_stands() -> None:
    paths = list(folder.FOLDER.glob("*/*.json"))
    first = {path.name: next(iter(json.loads(path.read_bytes()).items())) for path in paths}
    assert len(paths) > len(VECTORS)
    assert [name for name, (field, fault) in first.items() if field != "fault" or not LINE.fullmatch(fault)] == []


# ---- every file ----


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_a_vector_fails_where_and_why_it_says_and_nowhere_else(name: str) -> None:
    check_form(name)
    expect = VECTORS[name]["expect"]
    assert answer(VECTORS[name]) == {key: value for key, value in expect.items() if key != "layer"}
    assert first_failure(VECTORS[name]) == (expect["layer"], expect["reason"])
    for check in ONE_FAILURE[name.partition("-")[0]]:
        check(name)


def check_form(name: str) -> None:
    vector, expect = VECTORS[name], VECTORS[name]["expect"]
    memory = ["last_day"] if name.startswith("floor-") else []
    assert list(vector) == ["fault", "now", *memory, "class", "text", "expect", "trust_file"]
    assert re.fullmatch(r"[^\n]+\.", vector["fault"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", vector["now"])
    assert re.fullmatch(r"(accept|clock|floor|order|trust|text|cose|claims|decision)-[a-z0-9-]+", name)
    assert (FOLDER / f"{name}.json").read_bytes().isascii()
    if expect["outcome"] == "accept":
        assert list(expect)[:3] == ["outcome", "reason", "layer"]
        assert list(expect)[3:] == ["proven", "expires", "stale", "trust_age_days", "environment", "photo_check"]
        assert (expect["reason"], expect["layer"]) == (None, None)
        assert name.startswith(("accept-", "clock-", "floor-"))
    else:
        assert list(expect) == ["outcome", "reason", "layer"]
        assert expect["layer"] in LAYERS
        assert name.startswith((f"{expect['layer']}-", "order-", "clock-", "floor-"))


def answer(vector: dict[str, Any]) -> dict[str, Any]:
    """What the public door says, in the words of the files."""
    source: bytes | Memory = file_of(vector)
    if "last_day" in vector:
        source = Memory(source, trust_file.decode(source), vector["last_day"])
    try:
        card = Verifier(source).verify(vector["text"], vector["class"], now=now(vector))
    except Refused as refused:
        return {"outcome": refused.outcome.value, "reason": refused.reason.value}
    assert card.venue_class == vector["class"]
    return {
        "outcome": "accept",
        "reason": None,
        "proven": list(card.proven),
        "expires": card.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "stale": card.stale,
        "trust_age_days": card.trust_age_days,
        "environment": str(card.environment),
        "photo_check": card.photo_check,
    }


def first_failure(vector: dict[str, Any]) -> tuple[str | None, str | None]:
    """Layer and reason, found by walking through the layers one by one."""
    layer = "trust"
    try:
        trust = trust_file.decode(file_of(vector))
        layer = "decision"
        venue_class = next((each for each in trust.trust_list.classes if each.name == vector["class"]), None)
        if venue_class is None:
            raise Refused(Reason.UNKNOWN_CLASS)
        layer = "text"
        environment, credential = text.decode(vector["text"])
        layer = "decision"
        if environment is not trust.root.scope.environment:
            raise Refused(Reason.WRONG_ENVIRONMENT)
        layer = "cose"
        message = cose.decode_sign1(credential)
        cose.decode_header(message.protected)
        layer = "claims"
        claims.decode(message.payload)
        layer = "decision"
        judge(
            vector["text"],
            Policy.of(trust, venue_class, trust.kill_notes.keys(), vector.get("last_day", 0)),
            seconds(now(vector)),
        )
    except Refused as refused:
        return layer, refused.reason.value
    except Malformed:
        return layer, "malformed"
    return None, None


# ---- one failure in each file ----


def check_that_one_thing_differs_from_what_is_accepted(name: str) -> None:
    vector = VECTORS[name]
    good = VECTORS[f"accept-{vector['class']}"]
    asked = ("now", "class", "text", "trust_file")
    assert [field for field in asked if vector[field] != good[field]] == [
        "trust_file" if name.startswith("trust-") else "text"
    ]


def check_that_the_text_is_the_one_text_of_its_credential(name: str) -> None:
    code = VECTORS[name]["text"].strip(" \t\r\n")
    environment, credential = text.decode(code)
    assert text.encode(environment, credential) == code


def check_that_bad_claims_are_signed_by_the_right_key(name: str) -> None:
    vector = VECTORS[name]
    trust = trust_file.decode(file_of(vector))
    message = cose.decode_sign1(text.decode(vector["text"])[1])
    kid = cose.decode_header(message.protected)
    (key,) = [each for each in trust.trust_list.keys if cose.kid(each.key) == kid]
    assert cose.verifies(key.key, message.to_be_signed(trust.root.scope.external_aad(signed.KIND)), message.signature)
    assert not key.compromised
    (venue_class,) = [each for each in trust.trust_list.classes if each.name == vector["class"]]
    assert venue_class.number in key.classes


def applying(vector: dict[str, Any], trust: Trust, instant: int) -> tuple[int, ...]:
    """Every row of the order that applies, not only the first. Of an unknown key there is one."""
    current = trust.trust_list
    if current.issued - DAY <= instant:  # a clock that is slow by a day at most
        instant = max(instant, current.issued)
    venue_class = next((each for each in current.classes if each.name == vector["class"]), None)
    rows = {1: venue_class is None}
    try:
        environment, data = text.decode(vector["text"])
    except Refused as refused:
        rows[{Reason.NEWER_PROGRAM: 2, Reason.NOT_A_CODE: 3, Reason.MALFORMED: 4}[refused.reason]] = True
        return _those_that_apply(rows)
    rows[5] = environment is not trust.root.scope.environment
    try:
        credential = signed.decode(data)
    except Malformed:
        rows[6] = True
        return _those_that_apply(rows)
    said = credential.claims
    key = next((each for each in current.keys if cose.kid(each.key) == credential.kid), None)
    if key is None:
        fresh = instant < min(current.next_update, trust.root.exp) and (
            venue_class is None or instant <= current.issued + venue_class.tolerance * DAY
        )
        rows[7 if instant >= said.exp else 8 if fresh else 9] = True
    else:
        rows[10] = not credential.is_signed_by(key.key, trust.root.scope)
        rows[11] = key.compromised or key.key in trust.kill_notes
        rows[12] = said.handle is not None and said.handle in trust.cancellations
        rows[13] = signed.cohort(credential.to_be_signed(trust.root.scope)) in trust.cancellations
        rows[14] = said.exp > key.verify_until
        rows[15] = instant >= said.exp
        rows[16] = said.unknown
    rows[17] = instant >= trust.root.exp
    rows[18] = instant >= current.exp
    if venue_class is not None:
        rows[19] = instant - current.issued > venue_class.tolerance * DAY
        if key is not None:
            least = venue_class.least_age
            rows[20] = venue_class.number not in key.classes
            rows[21] = venue_class.handle and said.handle is None
            rows[22] = not venue_class.required <= said.flags or (
                least is not None and not said.proves_age(least, instant)
            )
    return _those_that_apply(rows)


def _those_that_apply(rows: dict[int, bool]) -> tuple[int, ...]:
    """Where no refusal does, that is the acceptance."""
    return tuple(row for row, applies in rows.items() if applies) or (23,)


def of_clock(vector: dict[str, Any], trust: Trust) -> int:
    """The row of the rule of the clock, for a file alone: its time of issue is the floor."""
    behind = trust.trust_list.issued - seconds(now(vector))
    return 1 if behind <= 0 else 2 if behind <= DAY else 3 if behind <= 2 * DAY else 4


def check_that_one_row_of_the_order_applies(name: str) -> None:
    vector = VECTORS[name]
    trust = trust_file.decode(file_of(vector))
    clock, issued = seconds(now(vector)), trust.trust_list.issued
    reason = vector["expect"]["reason"]
    if clock < issued - 2 * DAY:
        (at_issue,) = {applying(vector, trust, issued)}
        assert reason == "clock" or at_issue == (row_of(at_issue, reason),)
        return
    verdicts = {applying(vector, trust, instant) for instant in {clock, max(clock, issued - DAY)}}
    if reason == "clock":
        assert len(verdicts) == 2 or verdicts <= {(8,), (22,)}
    else:
        ((row,),) = verdicts
        assert REASONS["verify.md, Order", row] == reason


def row_of(rows: tuple[int, ...], reason: str | None) -> int | None:
    """The first of the rows, if it has this reason."""
    return rows[0] if REASONS["verify.md, Order", rows[0]] == reason else None


def test_each_row_that_a_trust_file_alone_can_bring_has_both_clocks() -> None:
    """Rows 9 and 17 to 19 begin after the time of issue: only a memory has a floor so late."""
    told = {int(row) for name in names("clock-") for row in re.findall("row ([0-9]+) ", VECTORS[name]["fault"])}
    assert told == {row for section, row in REASONS if section == "verify.md, Order"} - {9, 17, 18, 19}
    assert len(names("clock-")) % 2 == 0


def check_that_several_rows_apply_and_the_first_is_said(name: str) -> None:
    vector = VECTORS[name]
    if vector["expect"]["layer"] != "decision":
        return
    rows = applying(vector, trust_file.decode(file_of(vector)), seconds(now(vector)))
    assert len(rows) > 1
    assert REASONS["verify.md, Order", rows[0]] == vector["expect"]["reason"]


ONE_DIFFERENCE, ONE_TEXT, ONE_ROW = (
    check_that_one_thing_differs_from_what_is_accepted,
    check_that_the_text_is_the_one_text_of_its_credential,
    check_that_one_row_of_the_order_applies,
)
ONE_FAILURE = {
    "trust": [ONE_DIFFERENCE],
    "text": [ONE_DIFFERENCE],
    "cose": [ONE_DIFFERENCE, ONE_TEXT],
    "claims": [ONE_DIFFERENCE, ONE_TEXT, check_that_bad_claims_are_signed_by_the_right_key],
    "decision": [ONE_TEXT, ONE_ROW],
    "accept": [ONE_TEXT, ONE_ROW],
    "clock": [ONE_ROW],
    "order": [check_that_several_rows_apply_and_the_first_is_said],
    "floor": [],
}
"""By what a name begins with."""


# ---- the rows of the specification, each with a vector on both sides ----


BOUNDARIES = {
    (section, int(row)): tuple(pair)
    for section, rows in json.loads((folder.FOLDER / "manifest.json").read_bytes())["boundaries"].items()
    for row, pair in rows.items()
}


def read(name: str) -> dict[str, Any]:
    vector: dict[str, Any] = json.loads((folder.FOLDER / f"{name}.json").read_bytes())
    return vector


def rows_that_apply(section: str, vector: dict[str, Any]) -> tuple[int, ...]:
    if section == "trust.md, Update":
        return of_update(vector)
    trust = trust_file.decode(file_of(vector))
    if section == "verify.md, Clock":
        return (of_clock(vector, trust),)
    return applying(vector, trust, seconds(now(vector)))


def of_update(vector: dict[str, Any]) -> tuple[int, ...]:
    """Every row of the rule of the update that applies."""
    fields = cose.decode(base64.b64decode(vector["memory"]))
    held, new = trust_file.decode(fields[2]), trust_file.decode(base64.b64decode(vector["offer"]))
    anchored = held.root_digests[-1] in new.root_digests
    before = not anchored and new.root_digests[-1] in held.root_digests
    later = new.root.scope == held.root.scope and new.roots[0].version > held.root.version
    one_root = new.root_digests[-1] == held.root_digests[-1]
    old_list, new_list = held.trust_list, new.trust_list
    after = {key.key: key for key in new_list.keys}
    kept = [(key, after[key.key]) for key in old_list.keys if key.key in after]
    rows = {
        1: before,
        2: not anchored and not before and later,
        3: not anchored and not before and not later,
        4: new.root.exp <= max(seconds(now(vector)), fields[1] * DAY),
        5: one_root and new_list.version < old_list.version,
        6: one_root and new_list.version == old_list.version and new.list_digest != held.list_digest,
        7: one_root and any(key.verify_until > new_list.issued for key in old_list.keys if key.key not in after),
        8: one_root and any(key.verify_until != same.verify_until for key, same in kept),
        9: one_root and any(key.compromised and not same.compromised for key, same in kept),
    }
    return tuple(row for row, applies in rows.items() if applies)


@pytest.mark.parametrize(("section", "row"), REASONS, ids=lambda value: str(value))
def test_a_row_has_a_vector_on_each_side_of_its_boundary(section: str, row: int) -> None:
    applies, just_not = (read(name) for name in BOUNDARIES[section, row])
    assert rows_that_apply(section, applies)[0] == row
    assert row not in rows_that_apply(section, just_not)
    if section != "verify.md, Clock":
        assert applies["expect"]["reason"] == REASONS[section, row]
        assert just_not["expect"] != applies["expect"]
    assert len([field for field in applies.keys() - {"fault", "expect"} if applies[field] != just_not[field]]) == 1


def test_no_row_is_told_that_the_specification_does_not_have() -> None:
    assert BOUNDARIES.keys() == REASONS.keys()


# ---- nothing is missing ----


def refusals_of_the_trust_file(root: Path) -> list[str]:
    page = (root / "specs/trust.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z-]+)` \|", page.partition("## Refusals")[2].partition("\n## ")[0], re.MULTILINE)


TOO_LARGE_FOR_A_FILE = {Reason.TRUST_TOO_LARGE.value}
"""A vector of 2 MiB; tests/trust/test_trust_file.py has both sides of the limit."""


def test_every_refusal_of_the_trust_file_has_a_vector(root: Path) -> None:
    reasons = refusals_of_the_trust_file(root)
    assert len(reasons) > 5
    expected = [each["expect"] for each in VECTORS.values() if each["expect"]["layer"] == "trust"]
    assert {expect["reason"] for expect in expected} == set(reasons) - TOO_LARGE_FOR_A_FILE
    assert {expect["outcome"] for expect in expected} == {"cannot-say"}


def test_every_reason_has_a_vector(root: Path) -> None:
    expected = {vector["expect"]["reason"] for vector in VECTORS.values()} - {None}
    of_memory = {json.loads(path.read_bytes())["expect"]["reason"] for path in folder.FOLDER.glob("memory/*.json")} - {
        None
    }
    of_typed = {json.loads(path.read_bytes())["expect"]["reason"] for path in folder.FOLDER.glob("typed/*.json")} - {
        None
    }
    assert expected | of_memory | of_typed == {reason.value for reason in Reason} - TOO_LARGE_FOR_A_FILE
    of_order = {reason for (section, _), reason in REASONS.items() if section == "verify.md, Order"} - {None}
    listed = of_order | set(refusals_of_the_trust_file(root)) | {"clock"}
    assert expected == listed - TOO_LARGE_FOR_A_FILE


def test_every_default_class_is_accepted_somewhere() -> None:
    accepted = {vector["class"] for vector in VECTORS.values() if vector["expect"]["outcome"] == "accept"}
    assert {each.profile.venue_class for each in DEFAULT_CLASSES} <= accepted
