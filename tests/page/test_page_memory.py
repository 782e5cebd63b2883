"""What a real Chromium keeps of the page: offline, a new version, two tabs, storage deleted."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import phones
import pytest
from browsers import WAIT, in_base64
from cities import City
from machine import needs_chromium, needs_node
from phones import BUILT, Phone, needs_page

from idcard.ceremony import publish
from idcard.trust import kill_note, paper
from idcard.trust.paper import PosterKind

pytestmark = [pytest.mark.slow, needs_chromium, needs_page]
ANEW = "This device begins anew"
CONTROLLED = "() => navigator.serviceWorker.controller !== null"
STORED = """async () => {
    const opening = indexedDB.open("idcard", 1);
    const database = await new Promise((resolve) => { opening.onsuccess = () => resolve(opening.result); });
    const store = database.transaction("venue").objectStore("venue");
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()].map((asked) =>
        new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); })));
    database.close();
    return [keys, Object.keys(localStorage), document.cookie, values.map((each) => Object.keys(each))];
}"""


@dataclass
class Site:
    """A host name of the city: what is in its folder can be replaced, and what was asked for is noted."""

    folder: Path
    address: str
    context: Any
    asked: list[str] = field(default_factory=list)

    def opened(self, name: str) -> Phone:
        page = self.context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(self.address)
        page.wait_for_selector("footer[data-level]", timeout=WAIT)
        return Phone(page, f"page-{name}")

    def again(self, phone: Phone) -> None:
        phone.page.reload()
        phone.page.wait_for_selector("footer[data-level]", timeout=WAIT)

    def deleted(self, phone: Phone) -> None:
        """As a browser does that wants room."""
        session = self.context.new_cdp_session(phone.page)
        session.send("Storage.clearDataForOrigin", {"origin": self.address.rstrip("/"), "storageTypes": "all"})


@pytest.fixture
def site(launch: Callable[..., Any], city: City, tmp_path: Path) -> Iterator[Site]:
    folder = phones.write(tmp_path / "site", city.file)
    with phones.served(folder) as address:
        context = launch().new_context(locale="en-US", viewport={"width": 390, "height": 844})
        yield Site(folder, address, context)
        context.close()


def newer_page() -> dict[str, bytes]:
    """What another `make page` built."""
    built = {path.name: path.read_bytes() for path in BUILT.iterdir()}
    return built | {"index.html": built["index.html"].replace(b"<title>", b"<title>Newer ")}


def judged(phone: Phone, code: str, place: str = "library") -> None:
    phone.sets("class", place)
    phone.page.evaluate("document.activeElement.blur()")
    phone.types(code)


def test_nothing_but_the_city_s_own_host_is_asked_for_and_nothing_but_the_memory_is_kept(
    site: Site, city: City
) -> None:
    site.context.route(lambda url: not url.startswith(site.address), lambda route: route.abort())
    phone = site.opened("first")
    judged(phone, city.code("library"))
    phone.sees("accept")
    phone.page.wait_for_function(CONTROLLED, timeout=WAIT)
    assert [each for each in site.asked if not each.startswith(site.address)] == []
    names = {each.removeprefix(site.address) for each in site.asked}
    assert names <= {
        "",
        "city.idtrust",
        "decoder.js",
        "icon.svg",
        "manifest.webmanifest",
        "service.js",
        "zxing_reader.wasm",
    }
    keys, local, cookie, values = phone.page.evaluate(STORED)
    assert (local, cookie) == ([], "")
    kept = dict(zip(keys, values, strict=True))
    assert set(kept.pop("memory")) == {"generation", "bytes"}
    assert set(kept.pop("choices")) <= {"venueClass", "language"}
    assert kept in ({}, {"due": []})


def test_after_one_visit_it_works_without_a_network(site: Site, city: City) -> None:
    phone = site.opened("offline")
    assert ANEW in phone.page.inner_text("#kept")
    phone.page.wait_for_function(CONTROLLED, timeout=WAIT)
    site.context.set_offline(True)
    shutil.rmtree(site.folder)
    site.again(phone)
    assert phone.page.inner_text("#kept") == ""
    judged(phone, city.code("library"))
    phone.sees("accept", shot="accept")
    judged(phone, city.code("pharmacy"))
    phone.sees("reject")


def test_a_new_version_waits_until_somebody_says_so(site: Site, city: City) -> None:
    phone = site.opened("update")
    phone.page.wait_for_function(CONTROLLED, timeout=WAIT)
    phones.write(site.folder, city.file, newer_page())
    site.again(phone)
    phone.page.wait_for_selector('[data-name="newer"] button', timeout=WAIT)
    phone.shoot("asked")
    assert "Newer" not in phone.page.title()
    site.again(phone)
    phone.page.wait_for_selector('[data-name="newer"] button', timeout=WAIT)
    assert "Newer" not in phone.page.title()
    with phone.page.expect_navigation():
        phone.page.click('[data-name="newer"] button')
    phone.page.wait_for_selector("footer[data-level]", timeout=WAIT)
    assert phone.page.title().startswith("Newer ")
    assert phone.page.inner_text("#kept") == ""
    assert len(phone.page.evaluate("caches.keys()")) == 1


def test_half_of_a_new_version_is_none(site: Site, city: City) -> None:
    """While a city copies its files, the sums do not fit."""
    phone = site.opened("half")
    phone.page.wait_for_function(CONTROLLED, timeout=WAIT)
    whole = (site.folder / "index.html").read_bytes()
    phones.write(site.folder, city.file, newer_page())
    (site.folder / "index.html").write_bytes(whole)
    ended = "navigator.serviceWorker.ready.then((each) => each.update()).then(() => 'taken', () => 'refused')"
    phone.page.evaluate(ended)
    site.again(phone)
    assert phone.page.query_selector('[data-name="newer"]') is None
    judged(phone, city.code("library"))
    phone.sees("accept")


def test_a_file_that_one_tab_takes_counts_in_the_other(site: Site, city: City) -> None:
    one, other = site.opened("one"), site.opened("other")
    judged(other, city.code("pharmacy"), "pharmacy")
    other.sees("accept")
    keys = tuple(replace(each, compromised=True) for each in city.trust_list().keys)
    marked = city.trust_file(version=2, keys=keys)
    one.drops("city.idtrust", marked)
    one.sees("notice")
    judged(other, city.code("pharmacy"), "pharmacy")
    other.sees("reject")


def test_a_kill_note_that_one_tab_reads_counts_in_the_other(site: Site, city: City) -> None:
    one, other = site.opened("note"), site.opened("noted")
    judged(other, city.code("pharmacy"), "pharmacy")
    other.sees("accept")
    by = city.signer("revocable")
    note = publish.sign(kill_note.encode(by.public_key), kill_note.KIND, city.scope, [by])
    [text] = paper.encode(PosterKind.KILL, note)
    judged(one, text)
    one.sees("notice")
    judged(other, city.code("pharmacy"), "pharmacy")
    other.sees("reject")


def test_storage_that_is_deleted_begins_anew_and_says_so(site: Site, city: City) -> None:
    phone = site.opened("deleted")
    phone.drops("city.idtrust", city.trust_file(version=3))
    phone.sees("notice")
    site.again(phone)
    assert phone.page.inner_text("#kept") == ""
    # As long as it is open, it goes on with what it knew, and keeps that again.
    for _ in range(2):
        phone.drops("city.idtrust", city.trust_file(version=2))
        phone.sees("cannot-say", "older than one that this computer has seen")
        phone.page.keyboard.press("Escape")
        phone.sees("ready")
        site.deleted(phone)
    phone.page.goto("about:blank")
    site.deleted(phone)
    phone.page.goto(site.address)
    phone.page.wait_for_selector("footer[data-level]", timeout=WAIT)
    assert ANEW in phone.page.inner_text("#kept")
    phone.shoot("anew")


def test_from_a_file_nothing_is_kept_and_it_says_so(launch: Callable[..., Any], city: City, tmp_path: Path) -> None:
    folder = phones.write(tmp_path / "page", city.file)
    context = launch().new_context(locale="en-US", viewport={"width": 390, "height": 844})
    page = context.new_page()
    phone = Phone(page, "page-file")
    for _ in range(2):
        page.goto(f"file://{folder}/index.html")
        page.wait_for_selector("footer[data-level]", timeout=WAIT)
        assert "Nothing is kept here" in page.inner_text("#kept")
        judged(phone, city.code("library"))
        phone.sees("accept")
        phone.drops("city.idtrust", city.trust_file(version=2))
        phone.sees("notice")
    assert page.evaluate("indexedDB.databases()") == []
    context.close()


ROUNDS = """async ([files, last]) => {
    const { open } = await import("./store.js");
    const bytes = files.map((each) => Uint8Array.from(atob(each), (letter) => letter.charCodeAt(0)));
    const store = await open({ builtIn: bytes[0], secure: true });
    let newest = 0;
    for (let round = 0; round < 200; round++) {
        const now = new Date();
        const offered = (round * 7 + last) % bytes.length;
        const { outcome } = await store.take(bytes[offered], { now });
        const before = newest;
        newest = await store.verdictWith(({ trust }) => trust.list.version, { now });
        const least = outcome === "taken" ? offered + 1 : before;
        if (newest < Math.max(before, least)) throw new Error(`${newest} after ${before}, ${offered + 1} ${outcome}`);
    }
    await store.settle(new Date());
    return newest;
}"""


@needs_node
def test_two_tabs_two_hundred_rounds(launch: Callable[..., Any], city: City, root: Path, tmp_path: Path) -> None:
    """The same store as the page's, with real files: no tab ever judges by an older file than it did before."""
    esbuild = root / "web/node_modules/.bin/esbuild"
    if not esbuild.exists():
        pytest.skip("needs the page for phones (make page)")
    command = [esbuild, "page/src/store/index.js", "--bundle", "--format=esm", f"--outfile={tmp_path / 'store.js'}"]
    subprocess.run(command, cwd=root / "web", check=True, capture_output=True)
    (tmp_path / "index.html").write_text("<title>a tab</title>", "utf-8")
    files = [in_base64(city.trust_file(version=number + 1)) for number in range(60)]
    running = "void ({rounds})({given}).then(String, String).then((ended) => {{ document.title = ended; }})"
    with phones.served(tmp_path) as address:
        context = launch().new_context()
        tabs = [context.new_page() for _ in range(2)]
        for tab in tabs:
            tab.goto(address)
        for number, tab in enumerate(tabs):
            tab.evaluate(running.format(rounds=ROUNDS, given=json.dumps([files, 30 * number])))
        for tab in tabs:
            tab.wait_for_function("() => document.title !== 'a tab'", timeout=20 * WAIT)
        assert [tab.title() for tab in tabs] == ["60", "60"]
        context.close()
