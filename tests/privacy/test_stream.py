"""The stream: records or codes, told apart by what they hold. An error names line and field, and never a value."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cities import ADULT, CHILD, STUDENT, City
from hypothesis import given
from hypothesis import strategies as st

from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.credential import calendar
from idcard.credential.claims import Claims
from idcard.credential.text import Environment
from idcard.privacy import stream
from idcard.privacy.population import Gaps, Population
from idcard.privacy.stream import BadLine

CITY = City()
TODAY = date(2026, 11, 22)
AT_STATIONS = replace(CITY.plan, stations=("north", "south"))
LIBRARY = CITY.code("library")
PHARMACY = CITY.code("pharmacy")
SECRETS = ("1990", "1991", "Ada", "IDC1", LIBRARY[5:20], "3027")


def read(*lines: bytes | str, plan: Plan = CITY.plan) -> Population:
    data = (line if isinstance(line, bytes) else line.encode() for line in lines)
    return stream.read(data, plan, TODAY)


def line(**fields: Any) -> str:
    return json.dumps(fields)


def code(venue_class: str = "library", text: str = LIBRARY, **more: Any) -> str:
    return line(**{"class": venue_class, "text": text, **more})


def count(population: Population) -> int:
    return sum(population.cards.values())


# ---- what a line may be ----


def test_a_record_is_as_for_mint_with_day_and_station() -> None:
    (card,) = read(line(**ADULT, made="2027-03-14", station="north", name="Ada Abara")).cards
    assert (card.month, card.station, card.unlinked) == (2027 * 12 + 2, "north", False)
    (card,) = read(line(**ADULT)).cards
    assert (card.month, card.station) == (2026 * 12 + 10, None)


def held(population: Population) -> list[list[str]]:
    """The classes of the codes of each card."""
    names = [each.profile.venue_class for each in CITY.classes]
    return [
        [name for name, appearance in zip(names, card.appearances, strict=True) if appearance is not None]
        for card, number in population.cards.items()
        for _ in range(number)
    ]


def test_a_code_is_an_object_or_a_line_of_mint() -> None:
    assert held(read(code())) == [["library"]]
    assert held(read(f"library\t{LIBRARY}\r\n")) == [["library"]]
    assert held(read(f"pharmacy\t{PHARMACY}")) == [["pharmacy"]]


def test_the_codes_of_one_reference_are_one_card() -> None:
    lines = [
        code(reference="a"),
        code("pharmacy", PHARMACY, reference="a"),
        code(reference="b"),
        code(reference=1),
    ]
    assert sorted(held(read(*lines))) == [["library"], ["library"], ["library", "pharmacy"]]
    assert not any(card.unlinked for card in read(*lines).cards)


def test_without_a_reference_each_code_is_alone() -> None:
    unlinked = read(code(), code("museum"), code(reference=None))
    assert sorted(held(unlinked)) == [["library"], ["library"], ["museum"]]
    assert all(card.unlinked for card in unlinked.cards)


def test_what_mint_prints_for_a_program_is_one_card() -> None:
    printed = {"schema": 1, "codes": [json.loads(code()), json.loads(code("pharmacy", PHARMACY))]}
    assert sorted(held(read(line(**printed), line(**printed), code(reference="a")))) == [
        ["library"],
        ["library", "pharmacy"],
        ["library", "pharmacy"],
    ]


def test_somebody_who_gets_no_code_is_no_card_of_the_codes() -> None:
    assert count(read(line(schema=1, codes=[]), code())) == 1


# ---- what it leaves open ----


def test_a_record_without_a_day_is_counted_as_one() -> None:
    assert read(line(**ADULT, made="2027-03-14")).gaps == Gaps(records=1)
    assert read(line(**ADULT), line(**CHILD), line(**ADULT, made="2027-03-14")).gaps == Gaps(records=3, undated=2)
    assert read(line(**{**ADULT, "resident": False})).gaps == Gaps(records=1, undated=1), "it gets no code"


def test_a_record_without_a_station_is_counted_where_stations_matter() -> None:
    north, nowhere = line(**ADULT, made="2027-03-14", station="north"), line(**ADULT, made="2027-03-14", station=None)
    assert read(nowhere, nowhere).gaps == Gaps(records=2)
    assert read(north, nowhere).gaps == Gaps(records=2, unplaced=1)
    assert read(nowhere, nowhere, plan=AT_STATIONS).gaps == Gaps(records=2, unplaced=2)
    assert read(north, north, plan=AT_STATIONS).gaps == Gaps(records=2)


def test_a_station_that_the_plan_lacks_is_refused_where_it_has_any() -> None:
    assert count(read(line(**ADULT, station="east"))) == 1
    with pytest.raises(BadLine, match=r"^line 2: field 'station' is no station of the city$"):
        read(line(**ADULT, station="north"), line(**ADULT, station="east"), plan=AT_STATIONS)


OTHER = CITY.code("pharmacy", handle=b"another ID")


@pytest.mark.parametrize(
    ("lines", "repeated"),
    [
        ([code("pharmacy", PHARMACY), code("pharmacy", OTHER)], 0),
        ([code(), code(), code("museum")], 0),
        ([code("pharmacy", PHARMACY), code("pharmacy", PHARMACY)], 1),
        ([code("pharmacy", PHARMACY)] * 3 + [f"pharmacy\t{PHARMACY}"], 1),
        (
            [code("pharmacy", PHARMACY, reference=1), code("pharmacy", PHARMACY, reference=2), code("pharmacy", OTHER)],
            1,
        ),
        ([code("pharmacy", PHARMACY), code("pharmacy", OTHER)] * 2, 2),
        ([line(codes=[json.loads(code("pharmacy", PHARMACY))])] * 2, 1),
        (
            [
                code("pharmacy", CITY.code("pharmacy", now=datetime(2026, 12, 1, tzinfo=UTC))),
                code("pharmacy", PHARMACY),
            ],
            1,
        ),
    ],
)
def test_a_handle_that_stands_in_more_than_one_code_is_counted_once(lines: list[bytes | str], repeated: int) -> None:
    assert read(*lines).gaps == Gaps(repeated=repeated)


def test_empty_lines_hold_nothing() -> None:
    assert count(read("\n", line(**ADULT) + "\n", "\r\n", line(**CHILD), "")) == 2


# ---- what it may not ----

ELSEWHERE = City(environment=Environment.TEST).code("library")
STRANGER = City("shelbyville")
CLAIMS = Claims(calendar.noon_of_first(2028 * 12), frozenset({1}))

# name -> lines, and what is said
WRONG: dict[str, tuple[list[bytes | str], str]] = {
    "nothing": ([], "there is no record and no code in the stream"),
    "only empty lines": (["\n", ""], "there is no record and no code in the stream"),
    "not UTF-8": ([line(**ADULT), b'{"birth_date": "1991\xff"}'], "line 2: field 'line' is not text in UTF-8"),
    "not JSON": (['{"birth_date": "1991-01-01"'], "line 1: field 'line' is not one JSON object"),
    "a field twice": (['{"resident": true, "resident": true}'], "without a field twice"),
    "too deep": (['{"a": ' + "[" * 60_000], "line 1: field 'line' is not one JSON object"),
    "too long": ([line(**ADULT, name="Ada" * 30_000)], "line 1: field 'line' is longer than 65536 bytes"),
    "a list": (["[1991]"], "line 1: field 'record' begins a list: write one JSON object a line, or a table"),
    "a word": (["Ada"], "line 1: field 'record' is neither a JSON object nor the names of columns"),
    "no birth date": ([line(resident=True, student=False)], "line 1: field 'birth_date' is missing"),
    "no flag": ([line(birth_date="1991-01-01", resident=True)], "line 1: field 'student' is missing"),
    "a flag of text": ([line(**{**ADULT, "student": "Ada"})], "field 'student' must be true or false"),
    "born later": ([line(**ADULT, made="1989-01-01")], "field 'birth_date' is in the future"),
    "no day": ([line(**ADULT, made="14.3.3027")], "field 'made' must be a day like 2027-03-14"),
    "a day in another form": ([line(**ADULT, made="20270314")], "field 'made' must be a day"),
    "a day far off": ([line(**ADULT, made="3027-03-14")], "field 'made' must be a day"),
    "a day that is null": ([line(**ADULT, made=None)], "field 'made' must be a day"),
    "a day that is a number": ([line(**ADULT, made=20270314)], "field 'made' must be a day"),
    "no station": ([line(**ADULT, station="Ada Abara")], "field 'station' is not the name of a station"),
    "a station that is a number": ([line(**ADULT, station=1991)], "field 'station' is not the name of a station"),
    "no class of the city": ([code("casino")], "line 1: field 'class' is no venue class of the city"),
    "no class": ([line(text=LIBRARY)], "field 'class' is missing or is not text"),
    "a text that is a number": ([line(text=1991, **{"class": "library"})], "field 'text' is missing or is not text"),
    "no code": ([f"library\t{LIBRARY[:-3]}"], "line 1: field 'text' is not a code"),
    "no prefix": ([code(text="Ada")], "field 'text' is not a code"),
    "another environment": ([code(text=ELSEWHERE)], "field 'text' is not a code of this city"),
    "another prefix": ([code(text="IDT1:" + LIBRARY[5:])], "field 'text' is not a code of this city"),
    "another city": ([code(text=STRANGER.code("library"))], "field 'text' is not a code of this city"),
    "the other kind": ([code("library", PHARMACY)], "field 'text' is a code of the other kind than its class"),
    "no handle from a revocable key": (
        [code("pharmacy", CITY.sign_claims(CLAIMS, CITY.signer("revocable")))],
        "field 'text' is not a code of this city",
    ),
    "a class twice": ([code(reference="a"), code(reference="a")], "line 2: field 'class' comes twice on one card"),
    "a reference that is a list": ([code(reference=["Ada"])], "field 'reference' must be a name or a number"),
    "codes that are no list": ([line(codes="Ada")], "field 'codes' must be a list of objects"),
    "codes that are no objects": ([line(codes=["Ada"])], "field 'codes' must be a list of objects"),
    "records, then codes": (
        [line(**ADULT), code()],
        "line 2: field 'line' is not one of records, like those before it",
    ),
    "codes, then records": ([code(), line(**ADULT)], "line 2: field 'line' is not one of codes, like those before it"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_measured_is_named_by_line_and_field(name: str) -> None:
    lines, says = WRONG[name]
    with pytest.raises(BadLine) as raised:
        read(*lines)
    assert says in str(raised.value)
    chain: BaseException | None = raised.value
    while chain is not None:
        assert not any(secret in str(chain) for secret in SECRETS), repr(chain)
        chain = chain.__context__


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode) | st.dictionaries(
    st.sampled_from(["birth_date", "resident", "student", "made", "station", "class", "text", "reference", "codes"]),
    st.none() | st.booleans() | st.text(max_size=12) | st.lists(st.integers(), max_size=2),
).map(lambda fields: json.dumps(fields).encode()))  # fmt: skip
def test_any_line_is_measured_or_refused(data: bytes) -> None:
    try:
        read(line(**ADULT), data)
    except BadLine as problem:
        said = str(problem)
    else:
        return
    assert said.startswith("line 2: field ")


def test_a_stream_is_read_line_by_line_and_no_further_than_the_first_bad_one() -> None:
    def endless() -> Iterator[bytes]:
        yield from [line(**STUDENT).encode()] * 3
        yield b"Ada"
        raise AssertionError("it was read on")

    with pytest.raises(BadLine, match="line 4"):
        stream.read(endless(), CITY.plan, TODAY)


def test_what_is_held_does_not_grow_with_the_cards() -> None:
    """A thousand cards of one day that claim the same are one count."""
    assert len(read(*[line(**ADULT)] * 1000).cards) == 1
    assert (
        len(read(*[code("pharmacy", CITY.code("pharmacy", handle=n.to_bytes(10, "big"))) for n in range(20)]).cards)
        == 1
    )


def test_a_key_of_a_station_is_known_from_the_plan() -> None:
    keys = tuple(replace(key, station="north") if key.kind is Kind.REVOCABLE else key for key in CITY.plan.keys)
    plan = replace(CITY.plan, keys=keys, stations=("north",))
    (card,) = stream.read([code("pharmacy", PHARMACY).encode()], plan, TODAY).cards
    appearance = next(appearance for appearance in card.appearances if appearance is not None)
    assert appearance.key.station == "north"
