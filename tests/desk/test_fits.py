"""No verdict is cut off, in any language and any window: a word that is cut can say the opposite."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cities import City
from desks import SCREENS, Desk, Venue, running
from machine import needs_chromium
from playwright.sync_api import sync_playwright

from idcard import languages
from idcard.credential.text import Environment
from idcard.errors import Reason, Refused
from idcard.trust.trust_list import MAX_CONTACT
from idcard.verify import Verifier, verdict

CHROMIUM = shutil.which("chromium") or ""
pytestmark = needs_chromium
SIZES = ((1366, 768), (1366, 620), (360, 640), (320, 256))
"""A laptop, what its browser leaves of it, a telephone, and a screen that is enlarged four times."""
LOW = SIZES[1::2]
"""Of them those in which there is least room."""
MORE_SIZES = (
    *SIZES[::2],
    (1280, 720),
    (1024, 768),
    (1024, 600),
    (800, 600),
    (768, 1024),
    (640, 400),
    (844, 390),
    (1920, 1080),
)
LONG_CONTACT = "Ask the card office at 1 Long Street, Springfield. " * 20
ANSWERS = """
window.answer = null;
const ask = window.fetch;
window.fetch = (path, how) => {
    if (!answer) return ask(path, how);
    if (String(path).startsWith("/status")) return new Promise(() => {});
    const headers = { "Content-Type": "application/json" };
    return Promise.resolve(new Response(JSON.stringify(answer), { status: answer.status ?? 200, headers }));
};
"""
"""A program that gives the verdict that a test wants."""
MEASURE = """async (verdicts) => {
    const byId = (id) => document.getElementById(id);
    const page = document.scrollingElement;
    const topmost = (box) => document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    const found = [];
    for (const verdict of verdicts) {
        const name = verdict.reason ?? verdict.outcome ?? verdict.update ?? verdict.status;
        const wrong = (what) => found.push(`${innerWidth}x${innerHeight} ${name}: ${what}`);
        window.answer = verdict;
        window.scrollTo(0, 1e6);
        byId("word").textContent = "";
        for (const key of [..."IDC1:MEASURED", "Enter"]) {
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        }
        for (let turns = 0; !byId("word").textContent; turns++) {
            if (turns === 100_000) throw new Error(`${name}: no verdict`);
            await scheduler.postTask(() => {});
        }
        const word = byId("word").getBoundingClientRect();
        if (word.top < 0 || word.bottom > innerHeight) wrong(`the word is at ${word.top} to ${word.bottom}`);
        if (word.left < 0 || word.right > innerWidth) wrong("the word is wider than the window");
        if (topmost(word) !== byId("word")) wrong("the word is covered");
        if (page.scrollWidth > innerWidth) wrong("the page is wider than the window");
        for (const part of ["message", "remedy", "detail"]) {
            const box = byId(part).getBoundingClientRect();
            if (byId(part).textContent === "") continue;
            if (box.top < word.bottom - 1 || box.left < 0 || box.right > innerWidth) wrong(`${part} is cut off`);
        }
        for (const part of ["word", "message", "remedy", "detail", "test", "trust", "unreviewed"]) {
            for (const node of ["zh-Hans"].includes(document.documentElement.lang) ? [] : byId(part).childNodes) {
                if (node.nodeType !== Node.TEXT_NODE) continue;
                for (const { 0: letters, index } of node.data.matchAll(/[\\p{L}\\p{M}]+/gu)) {
                    const range = document.createRange();
                    range.setStart(node, index);
                    range.setEnd(node, index + letters.length);
                    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.bottom / 8)));
                    if (lines.size > 1) wrong(`${letters} is broken`);
                }
            }
        }
        window.scrollTo(0, 1e6);
        for (const id of verdict.question ? ["matches", "differs"] : ["next"]) {
            byId(id).scrollIntoView({ block: "nearest" });
            const next = byId(id).getBoundingClientRect();
            if (!byId(id).contains(topmost(next))) wrong(`${id} cannot be reached`);
            for (const part of ["word", "message", "remedy", "detail"]) {
                if (byId(part).textContent === "") continue;
                if (next.top < byId(part).getBoundingClientRect().bottom) wrong(`${id} covers ${part}`);
            }
        }
    }
    return found;
}"""
"""What is wrong with these verdicts, each shown as after a scan, while the page was scrolled down before."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        arguments += ["--disable-smooth-scrolling"]  # which goes on after the next step of a test
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Venue:
    """Of a test city, whose page has one line more."""
    return Venue.at(tmp_path_factory.mktemp("venue"), datetime.now(UTC), Environment.TEST)


@pytest.fixture(scope="module")
def desk(venue: Venue) -> Iterator[Desk]:
    with running("--memory", venue.memory_path) as desk:
        yield desk


@pytest.fixture(scope="module")
def only_page(browser: Any) -> Any:
    """A page of its own for each test would cost five times as much."""
    context = browser.new_context()
    context.add_init_script(ANSWERS)
    return context.new_page()


@pytest.fixture
def open_page(only_page: Any, desk: Desk) -> Iterator[Callable[..., Any]]:
    def opened(language: str, place: str = "library", desk: Desk = desk) -> Any:
        only_page.unroute_all()
        resized(only_page, SIZES[0]).goto("about:blank")
        only_page.goto(f"{desk.address}#class={place}&language={language}")
        only_page.wait_for_selector("footer[data-level]")
        only_page.wait_for_selector("#instruction:not(:empty)")
        return only_page

    yield opened
    only_page.unroute_all()


def resized(page: Any, size: tuple[int, int]) -> Any:
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    return page


def verdicts(city: City, language: str) -> list[Any]:
    """As the program answers: every refusal, one with the longest contact, an acceptance, a photo check, updates, no
    code, 413.
    """
    translate = languages.get(language).translate
    verifier = Verifier(city.file)
    contact = verifier.trust.trust_list.contact
    told = [
        verdict.of_refusal(Refused(reason, label, sentence), "library", None, city.now, translate)
        for label, sentence, reasons in (
            ("library, museum, pool, pharmacy, theatre", contact, Reason),
            ("library", LONG_CONTACT[:MAX_CONTACT], [Reason.TRUST_TOO_OLD]),
        )
        for reason in reasons
    ]
    told.append(verdict.judge(verifier, city.code("library"), "library", now=city.now, translate=translate))
    refused, accepted = told[0].as_json(), told[-1].as_json()
    return [
        accepted | {"reason": "photo check", "photo_check": True, "question": "0", "advice": []},
        *(each.as_json() | {"advice": []} for each in told),
        *(
            {"update": each, "message": refused["message"], "remedy": refused["remedy"]}
            for each in ("taken", "refused")
        ),
        *({"status": each} for each in (413, 415)),
    ]


@pytest.mark.parametrize("sizes", [LOW, pytest.param(MORE_SIZES, marks=pytest.mark.slow)], ids=["low", "more"])
@pytest.mark.parametrize("language", languages.CODES)
def test_every_verdict_fits(
    open_page: Callable[..., Any], venue: Venue, language: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    page = open_page(language)
    told = verdicts(venue.city, language)
    assert [fault for size in sizes for fault in resized(page, size).evaluate(MEASURE, told)] == []


@pytest.mark.parametrize("language", languages.CODES)
def test_without_a_class_the_button_leads_to_the_choice(open_page: Callable[..., Any], language: str) -> None:
    page = open_page(language, place="")
    translate = languages.get(language).translate
    for size in LOW:
        resized(page, size)
        assert page.evaluate(MEASURE, [{"outcome": "none is asked for"}]) == []
        assert page.inner_text("#word") == translate("Choose the kind of place first.")
        assert page.inner_text("#next") == translate("Choose…")
        page.click("#next")
        assert page.evaluate("document.activeElement.id") == "class"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_what_is_below_is_reached_by_keys_and_by_wheel(
    open_page: Callable[..., Any], venue: Venue, size: tuple[int, int]
) -> None:
    page = resized(open_page("pl"), size)
    longest = [max(verdicts(venue.city, "pl"), key=lambda each: len(each.get("remedy", "")))]
    in_view = "() => document.getElementById('next').getBoundingClientRect().bottom <= innerHeight"

    page.mouse.move(100, 200)
    moves = (
        lambda: page.keyboard.press("PageDown"),
        lambda: page.keyboard.press("Tab"),
        lambda: page.mouse.wheel(0, 100),
    )
    for move in moves:
        assert page.evaluate(MEASURE, longest) == []
        page.wait_for_function(f"() => {{ scrollTo(0, 0); return !({in_view})(); }}")
        for _ in range(60):
            move()
            if page.evaluate(in_view):
                break
        page.wait_for_function(in_view)


REACHED = """(parts) => {
    const found = [];
    if (document.scrollingElement.scrollWidth > innerWidth) found.push("the page is wider than the window");
    for (const part of parts) {
        for (const each of document.querySelectorAll(part)) {
            each.scrollIntoView({ block: "center" });
            const { left, right, top, bottom, width } = each.getBoundingClientRect();
            const topmost = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
            if (!width || left < 0 || right > innerWidth || !each.contains(topmost)) found.push(`${part} is cut off`);
        }
    }
    scrollTo(0, 0);
    return found;
}"""
"""What cannot be reached of these parts of the page, each scrolled to."""
ROW = {"month": "2026-11", "place": "PHARMACY"}
FIRST = {"first": True, "environment": "", "classes": [], "level": "urgent", "city": ""}
OFFERED = {"update": "offered", "city": "Springfield", "file": ""}
PARTS = {
    "ready": ["#class", "#language", "#sound", "#open", "#tally", "#instruction", "#again", "#trust"],
    "question": ["#word", "#message", "#matches", "#differs"],
    "report": ["#report_title", "#rows td", "#print", "#back"],
    "words": ["#ready", "#instruction", "#first_city", "#fingerprint", "#letters", "#compare", "#by_hand"],
}


def screens(page: Any, venue: Venue, language: str) -> Iterator[str]:
    """What is on the page, which shows one after another."""
    translate = languages.get(language).translate
    yield "ready"
    judged = verdict.judge(Verifier(venue.city.file), venue.city.code("library"), "library", now=venue.city.now)
    asks = judged.as_json() | {"photo_check": True, "question": "0", "again": False, "advice": []}
    page.route("**/scan?*", lambda route: route.fulfill(json=asks))
    page.keyboard.type("IDC1:CODE\n")
    page.wait_for_selector('body[data-screen="question"]')
    yield "question"
    reason = f"{translate('Reject')}: {translate(Reason.MALFORMED.message)}"
    rows = [ROW | {"codes": 123456789, "says": translate("Accept")}, ROW | {"codes": 1, "says": reason}]
    page.route("**/tally?*", lambda route: route.fulfill(json={"tally": rows, "problem": ""}))
    page.evaluate("document.getElementById('tally').click()")
    page.wait_for_selector('body[data-screen="report"]')
    yield "report"
    sentences = [translate("This computer does not know the city yet.")]
    page.route("**/status?*", lambda route: route.fulfill(json=FIRST | {"sentences": sentences}))
    page.reload()
    page.wait_for_selector("footer[data-level]")
    page.wait_for_selector("#instruction:not(:empty)")
    page.route("**/scan?*", lambda route: route.fulfill(json=OFFERED))
    page.keyboard.type("IDF1:CODE\n")
    page.wait_for_selector("#fingerprint")
    page.evaluate("document.activeElement.blur()")
    yield "words"


LONGEST = ("es", "pl", "ur")
"""Languages with the longest words and sentences of these screens, which the quick part looks at."""


@pytest.mark.parametrize(
    "language", [code if code in LONGEST else pytest.param(code, marks=pytest.mark.slow) for code in languages.CODES]
)
def test_what_is_asked_and_reported_fits(open_page: Callable[..., Any], venue: Venue, language: str) -> None:
    page = open_page(language)
    for screen in screens(page, venue, language):
        for size in LOW:
            assert resized(page, size).evaluate(REACHED, PARTS[screen]) == [], (screen, size)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "pl", "ar", "zh-Hans"])
def test_pictures_of_what_is_asked_and_reported(open_page: Callable[..., Any], venue: Venue, language: str) -> None:
    """Twelve of each in build/screens, to be looked at: three sizes, four languages."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page = open_page(language)
    for screen in screens(page, venue, language):
        for size in (SIZES[0], *SIZES[2:]):
            resized(page, size).screenshot(path=SCREENS / f"{screen}-{size[0]}-{language}.png", full_page=True)


def test_a_program_that_has_ended_fits(open_page: Callable[..., Any]) -> None:
    for language in ("fr", "pl", "ur"):
        page = open_page(language)
        page.route("**/*", lambda route: route.abort())
        page.keyboard.type("IDC1:CODE\n")
        page.wait_for_selector('body[data-screen="gone"]')
        for size in SIZES:
            box = resized(page, size).locator("#word").bounding_box()
            assert 0 <= box["y"] <= box["y"] + box["height"] <= size[1], (language, size)


# ---- directions ----

STATUS = {"city": "Springfield", "environment": "test", "classes": [], "level": "warn"}
CONTACTS = ("555-0100.", "(212) 555-0100, card office.", "(212) 555-0100.")
DIGITS = """(element) => {
    const places = [];
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        for (const { 0: sign, index } of node.data.matchAll(/[0-9().a-z-]/g)) {
            const range = document.createRange();
            range.setStart(node, index);
            range.setEnd(node, index + 1);
            const box = range.getBoundingClientRect();
            places.push([sign, Math.round(box.bottom), box.left]);
        }
    }
    return places;
}"""
"""Of each such sign of an element: itself, its line and its place in it, in the order of the text."""


def signs_of(sentence: str) -> str:
    return "".join(sign for sign in sentence if sign in "0123456789().-" or sign.islower())


def as_shown(places: list[Any], sentence: str) -> str:
    """The signs of this sentence, with which the places end, in the order in which they stand on the page."""
    signs = signs_of(sentence)
    assert "".join(sign for sign, _, _ in places).endswith(signs)
    shown = sorted(places[-len(signs) :], key=lambda place: (place[1], place[2]))
    return "".join(sign for sign, _, _ in shown)


@pytest.mark.parametrize("contact", CONTACTS)
def test_a_telephone_number_is_not_turned_round(
    open_page: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory, contact: str
) -> None:
    folder = tmp_path_factory.mktemp("called")
    called = Venue.at(folder, datetime.now(UTC))
    called.remember(called.city.trust_file(version=2, contact=contact))
    with running("--memory", called.memory_path) as desk:
        for language in ("ar", "ur", "en"):
            page = open_page(language, desk=desk)
            page.keyboard.type("IDC2:NEWER\n")
            page.wait_for_selector('body[data-screen="cannot-say"]')
            page.focus("#next")  # else the page goes on by itself
            for size in SIZES:
                shown = resized(page, size).locator("#remedy").evaluate(DIGITS)
                assert as_shown(shown, contact) == signs_of(contact), (language, size)
            assert page.inner_text("#remedy").endswith(f" {contact}")
            SCREENS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENS / f"telephone-{language}.png")


@pytest.mark.parametrize("language", ["ar", "ur"])
def test_no_value_is_turned_round(open_page: Callable[..., Any], venue: Venue, language: str) -> None:
    """Days of a verdict and at the foot, and labels: each has its own direction, and stands in its order."""
    page = open_page(language)
    page.keyboard.type(venue.city.code("library") + "\n")
    page.wait_for_selector('body[data-screen="accept"]')
    page.focus("#next")  # else the page goes on by itself
    [day] = page.locator("#detail bdi").all_inner_texts()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    assert as_shown(page.locator("#detail bdi").evaluate(DIGITS), day) == day
    page.keyboard.type(venue.city.code("pharmacy") + "\n")
    page.wait_for_selector('body[data-screen="reject"]')
    assert page.locator("#remedy bdi").all_inner_texts() == ["LIBRARY"]
    verifier, translate = Verifier(venue.city.file), languages.get(language).isolating
    note = verdict.date_note(verifier, datetime.now(UTC) - timedelta(days=2), translate)
    page.route("**/status?*", lambda route: route.fulfill(json=STATUS | {"sentences": [note]}))
    page.select_option("#class", "museum")
    page.wait_for_function("() => document.querySelectorAll('#trust bdi').length === 2")
    for shown, day in zip(page.locator("#trust bdi").all(), re.findall(r"[\d-]{10}", note), strict=True):
        assert as_shown(shown.evaluate(DIGITS), day) == day
