"""How large things get in a city that has run for years: four stations, quarters, cards of five years."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cities import NOW, City, signer

from idcard.ceremony import founding, publish, rotation
from idcard.ceremony.rotation import Slot
from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.credential.calendar import DAY, Quarter, seconds
from idcard.symbol import qr
from idcard.trust import cancellations, paper, patch, trust_file
from idcard.trust import root as root_format
from idcard.trust.paper import PosterKind

CITY = City()
YEARS = 5


def long_lived() -> Plan:
    classes = tuple(replace(each, profile=replace(each.profile, life=12 * YEARS)) for each in CITY.classes)
    stations = ("east", "north", "south", "west")
    plan = Plan(scope=CITY.scope, name="Springfield", contact=CITY.plan.contact, classes=classes, keys=())
    plan = replace(plan, stations=stations)
    quarter = Quarter.of(seconds(NOW))
    for _ in range(4 * YEARS):
        quarter = quarter.previous()
    while quarter <= Quarter.of(seconds(NOW)).next().next().next():
        for kind, station in [(Kind.COHORT, None), *((Kind.REVOCABLE, station) for station in stations)]:
            key = signer(f"{kind} {station} {quarter}").public_key
            plan = rotation.made(plan, Slot(kind, station, quarter), key, quarter.begin)
        quarter = quarter.next()
    return plan


def published(plan: Plan, version: int, days: int = 0) -> bytes:
    now = seconds(NOW) + days * DAY
    cancelled = cancellations.encode([])
    root = CITY.root()
    trust_list = founding.trust_list_of(
        replace(plan, keys=tuple(replace(key, ready=0) for key in plan.keys)),
        version=version,
        root_exp=root.exp,
        root_digest=root_format.digest(root),
        cancelled=cancellations.digest(cancelled),
        now=now,
    )
    signed = publish.sign_list(trust_list, CITY.scope, [CITY.signer("publisher")])
    return publish.assemble([CITY.sign_root()], signed, cancelled)


PLAN = long_lived()


def test_an_issuing_key_costs_at_most_60_bytes_and_a_root_750() -> None:
    data = published(PLAN, 1)
    keys = len(trust_file.decode(data).trust_list.keys)
    assert keys >= 90
    without_keys = len(published(replace(PLAN, keys=()), 1))
    assert len(data) - without_keys <= 60 * keys
    assert len(CITY.sign_root()) <= 750
    assert len(data) <= 60 * keys + 750 + 700


def codes(old: bytes, new: bytes) -> tuple[str, ...]:
    return paper.encode(PosterKind.PATCH, patch.make(old, new))


def test_a_renewal_fits_one_code_of_version_20() -> None:
    [text] = codes(published(PLAN, 1), published(PLAN, 2, days=30))
    assert qr.draw(text, level="M", max_version=20)


@pytest.mark.parametrize("change", ["one key joins", "one key is distrusted"])
def test_an_update_of_one_key_fits_one_code_of_version_20(change: str) -> None:
    before = PLAN if change == "one key is distrusted" else replace(PLAN, keys=PLAN.keys[:-1])
    after = rotation.distrusted(PLAN, PLAN.keys[-1]) if change == "one key is distrusted" else PLAN
    [text] = codes(published(before, 1), published(after, 2, days=1))
    assert qr.draw(text, level="M", max_version=20)


def test_the_city_of_this_page_has_cards_of_five_years() -> None:
    newest = max(PLAN.keys, key=lambda key: key.quarter)
    assert newest.verify_until > seconds(NOW + timedelta(days=365 * YEARS))
