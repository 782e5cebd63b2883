"""The page in a real Chromium: what a clerk sees, hears and does. Screenshots stay in build/screens."""

import functools
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import DRAWN_CAMERA, RULES, SILENT_EAR, WAIT, Hands, in_base64, launcher
from cities import City
from desks import Desk, Venue, jpeg, letters, note, picture, running, video
from idcard_cli.fingerprint import fingerprint_words
from machine import needs_chromium
from PIL import Image, ImageFilter
from playwright.sync_api import sync_playwright

from idcard import languages
from idcard.credential.text import Environment
from idcard.symbol import qr
from idcard.trust import paper, trust_file
from idcard.trust.paper import PosterKind

pytestmark = [pytest.mark.slow, needs_chromium]
SCREEN = {"width": 1366, "height": 768}
"""A cheap laptop's."""


@dataclass(frozen=True)
class Clerk(Hands):
    """The page of a desk."""

    desk: Desk

    def says(self) -> str:
        """What a screen reader is given to say."""
        return str(self.page.inner_text("#said"))

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.id"))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def launch(playwright: Any) -> Iterator[Callable[..., Any]]:
    yield from launcher(playwright)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Venue:
    return Venue.at(tmp_path_factory.mktemp("venue"), datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(venue: Venue) -> Iterator[Desk]:
    with running("--memory", venue.memory_path) as desk:
        yield desk


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A film by the codes that it shows one after another, each for two seconds; nothing between two."""
    folder = tmp_path_factory.mktemp("films")

    @functools.cache
    def made(*codes: str) -> Path:
        scenes = [(picture(code) if code else picture(), 60 if code else 10) for code in codes]
        return video(folder / f"{len(list(folder.iterdir()))}.mjpeg", scenes)

    return made


@pytest.fixture
def open_page(launch: Callable[..., Any], desk: Desk, request: pytest.FixtureRequest) -> Iterator[Callable[..., Clerk]]:
    contexts = []
    problems: list[str] = []

    def opened(
        film: Path | None = None,
        *,
        at: Desk | None = None,
        place: str = "library",
        language: str = "en",
        camera: bool = True,
        cameras: int = 0,
        script: str = "",
        **options: Any,
    ) -> Clerk:
        context = launch(film, cameras).new_context(viewport=options.pop("viewport", SCREEN), **options)
        contexts.append(context)
        shown = at or desk
        if camera:
            context.grant_permissions(["camera"], origin=shown.origin)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.on(
            "console", lambda message: problems.append(message.text) if "Content Security" in message.text else None
        )
        page.goto(f"{shown.address}#class={place}&language={language}")
        page.wait_for_selector("footer[data-level]", timeout=WAIT)
        return Clerk(page, request.node.name.removeprefix("test_"), shown)

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


# ---- verdicts by the camera ----


def test_accept(open_page: Callable[..., Clerk], film: Callable[..., Path], venue: Venue) -> None:
    clerk = open_page(film(venue.city.code("library")))
    clerk.sees("accept", "Compare the photo with the person's face.", "Library: resident when the card was made")
    clerk.page.wait_for_function("() => document.getElementById('said').textContent !== ''")
    assert clerk.says().startswith(
        "Accept. Library: resident when the card was made Compare the photo with the person's face. Valid until "
    )


def test_reject(open_page: Callable[..., Clerk], film: Callable[..., Path], venue: Venue) -> None:
    clerk = open_page(film(City("shelbyville", now=venue.city.now).code("library")))
    clerk.sees("reject", "The code was not issued by this city.")


def test_wrong_class(open_page: Callable[..., Clerk], film: Callable[..., Path], venue: Venue) -> None:
    clerk = open_page(film(venue.city.code("library")), place="pharmacy")
    clerk.sees("reject", "Scan the code marked PHARMACY.")


def test_cannot_say(open_page: Callable[..., Clerk], film: Callable[..., Path], venue: Venue, tmp_path: Path) -> None:
    old = City("springfield", now=venue.city.now - timedelta(days=130))
    path = tmp_path / "old.idtrust"
    path.write_bytes(old.file)
    with running("--trust", path) as desk:
        clerk = open_page(film(old.code("library", now=old.now)), at=desk)
        clerk.sees(
            "cannot-say",
            "It is not the holder's fault: check the card yourself and decide.",
            "The trust file of this computer has expired.",
        )
        assert clerk.page.get_attribute("footer", "data-level") == "urgent"
        assert "It is too old to be used" in clerk.page.inner_text("footer")


def test_second_card(open_page: Callable[..., Clerk], film: Callable[..., Path], venue: Venue) -> None:
    """The next card takes the place of the first one's verdict at once, and one that stays is not told twice."""
    clerk = open_page(film(venue.city.code("library"), "", venue.city.code("pharmacy"), ""), script=SILENT_EAR)
    clerk.page.keyboard.press("Shift")
    clerk.sees("accept", shot="first")
    clerk.sees("reject", "Scan the code marked LIBRARY.", shot="second")
    clerk.sees("accept", shot="third")
    # Two tones for each acceptance and one for each refusal, in turn, for as long as the film was seen.
    heard, film_heard = clerk.page.evaluate("heard"), [880, 1320, 165] * 100
    assert len(heard) >= 3
    assert any(film_heard[at : at + len(heard)] == heard for at in range(3))


def test_time_to_verdict(open_page: Callable[..., Clerk], venue: Venue) -> None:
    """From the moment at which the code is before the camera to the screen that tells; measured, not asserted."""
    clerk = open_page(script=DRAWN_CAMERA, place="pharmacy")
    page = clerk.page
    page.wait_for_selector('body[data-camera="on"]')
    page.evaluate(
        """() => new MutationObserver(() => { window.turned = performance.now(); })
            .observe(document.body, { attributeFilter: ["data-screen"] })"""
    )
    took = []
    for number in range(10):
        # Codes that were not in view yet: one that stays is not told again.
        good = venue.city.code("pharmacy", handle=bytes([number] * 10))
        for code, screen in ((good, "accept"), (f"HTTPS://EXAMPLE.ORG/{number}", "reject")):
            put = page.evaluate("data => put(data)", in_base64(jpeg(picture(code))))
            page.wait_for_selector(f'body[data-screen="{screen}"]', timeout=WAIT)
            took.append(round(page.evaluate("turned") - put))
    took.sort()
    note(f"ms from the code in view to the verdict: median {took[len(took) // 2]}, longest {took[-1]}, of {len(took)}")


def test_a_card_that_comes_to_rest_is_judged_within_four_pictures(
    open_page: Callable[..., Clerk], venue: Venue
) -> None:
    """One whose code is so small that no first attempt reads it, after a minute's worth of an empty table."""
    clerk = open_page(script=DRAWN_CAMERA)
    page = clerk.page
    page.wait_for_selector('body[data-camera="on"]')

    def sees(shown: Image.Image) -> None:
        page.evaluate("data => put(data)", in_base64(jpeg(shown)))

    def next_answers(number: int) -> None:
        for _ in range(number):
            with page.expect_response(lambda answer: "/frame" in answer.url, timeout=WAIT):
                pass

    table = picture()
    sees(table)
    next_answers(8)
    code = Image.open(io.BytesIO(qr.draw(venue.city.code("library"), max_version=6).png()))
    small = code.convert("RGB").resize((70, 70), Image.Resampling.BOX)
    for left in (40, 120, 200):
        moved = table.copy()
        moved.paste(small, (left, 200))
        sees(moved.filter(ImageFilter.GaussianBlur(4)))
        next_answers(1)
    assert page.get_attribute("body", "data-screen") == "ready"
    rest = table.copy()
    rest.paste(small, (280, 200))
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if "/frame" in answer.url else None)
    sees(rest.rotate(5, Image.Resampling.BICUBIC, fillcolor=(150, 140, 130)))
    clerk.sees("accept")
    # The first may be of the moment before.
    assert 200 in answers[:5]
    note(f"answers to pictures until a card at rest was judged: {answers.index(200) + 1}")


def test_a_pdf_is_judged_and_what_is_not_read_is_named(open_page: Callable[..., Clerk], venue: Venue) -> None:
    clerk = open_page()
    for kind, name in (("PDF", "card.pdf"), ("TIFF", "scan.tif")):
        out = io.BytesIO()
        picture(venue.city.code("library")).save(out, kind)
        clerk.drops(name, out.getvalue(), "image/tiff" if kind == "TIFF" else "application/pdf")
        clerk.sees("accept")
        clerk.page.keyboard.press("Escape")
    for ink in ("black", "white"):
        code = Image.open(io.BytesIO(qr.draw(venue.city.code("library"), max_version=6).png())).convert("L")
        clear, out = Image.new("RGBA", code.size, (0, 0, 0, 0)), io.BytesIO()
        clear.paste(ink, mask=code.point(lambda grey: 255 - grey))
        clear.save(out, "PNG")
        clerk.drops("logo.png", out.getvalue(), "image/png")
        clerk.sees("accept")
        clerk.page.keyboard.press("Escape")
    clerk.drops("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic")
    clerk.sees("notice", "This is a HEIC picture", "save it as a PNG or JPEG picture", shot="heic")
    clerk.drops("card.docx", b"PK\3\4word/document.xml")
    clerk.sees("notice", "This is a document", shot="document")


def test_return(open_page: Callable[..., Clerk], venue: Venue) -> None:
    """By itself after some seconds, by Escape, by the button; and whoever has gone to the button reads on."""
    clerk = open_page()
    page = clerk.page
    page.clock.install()
    clerk.types(venue.city.code("library"))
    clerk.sees("accept")
    page.clock.run_for(6500)
    clerk.sees("ready")
    clerk.types(venue.city.code("pharmacy"))
    clerk.sees("reject")
    page.clock.run_for(6500)
    clerk.sees("reject")
    page.keyboard.press("Escape")
    clerk.sees("ready")
    clerk.types(venue.city.code("library"))
    clerk.sees("accept")
    page.focus("#next")
    page.clock.run_for(30_000)
    clerk.sees("accept")
    page.clock.run_for(1000)
    page.keyboard.press("Enter")
    clerk.sees("ready")


# ---- a scanner that types ----


def test_typed(open_page: Callable[..., Clerk], venue: Venue) -> None:
    clerk = open_page()
    for end in ("Enter", "Tab", "Control+j", ""):
        clerk.types(venue.city.code("library"), end)
        clerk.sees("accept")
        clerk.page.keyboard.press("Escape")
        clerk.sees("ready")


DATE = [*"2026-11-22"]


def ends_in_a_key(request: Any) -> bool:
    """Whether the page asks about a code, and not whether a slow computer has typed all of one."""
    return "/scan" in request.url and '"silence":0' in (request.post_data or "")


@pytest.mark.parametrize("behind", [["#"], ["ArrowDown"], ["F1"], ["End", ";"], ["Escape"], DATE], ids=str)
@pytest.mark.parametrize("end", ["Enter", "Tab"])
@pytest.mark.parametrize("first", [True, False], ids=["before the end", "after the end"])
def test_typed_with_a_suffix(
    open_page: Callable[..., Clerk], venue: Venue, behind: list[str], end: str, first: bool
) -> None:
    """No key behind a code reaches the page or is judged, whether it stands before Enter or after it."""
    if behind == ["Escape"] and not first:
        return  # a clerk may press it as soon as a verdict is there
    clerk = open_page()
    asked: list[str] = []
    clerk.page.on("request", lambda request: asked.append(request.url) if ends_in_a_key(request) else None)
    keys = [*venue.city.code("library"), *([*behind, end] if first else [end, *behind, end])]
    # At once, however busy the computer is.
    taken = clerk.page.evaluate(
        """(keys) => keys.map((key) =>
            !document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))""",
        keys,
    )
    assert all(taken)
    clerk.sees("accept")
    clerk.types(venue.city.code("pharmacy"))  # whatever was to be said of the suffix has been said before
    clerk.sees("reject")
    assert len(asked) == 2


@pytest.mark.parametrize("focus", ["sound", "open", "language", "class", "next"])
def test_typed_while_focused(open_page: Callable[..., Clerk], venue: Venue, focus: str) -> None:
    """Nothing of a code reaches a button or a list: no blank, no Enter after it, no letter, not even a second Enter."""
    clerk = open_page()
    page = clerk.page
    if focus == "next":
        clerk.types(venue.city.code("pharmacy"))
        clerk.sees("reject")
    before = page.evaluate("[document.getElementById('language').value, document.getElementById('class').value]")
    page.focus(f"#{focus}")
    page.evaluate("document.addEventListener('click', () => { window.clicked = true; })")
    page.evaluate("window.addEventListener('keydown', (event) => { window.reached = event.key; })")
    page.keyboard.type(f"{venue.city.code('library')}\n\n")  # at once: a second Enter is an echo for a moment only
    clerk.sees("accept")
    assert page.evaluate("window.clicked") is None
    assert page.evaluate("window.reached") is None
    assert (
        page.evaluate("[document.getElementById('language').value, document.getElementById('class').value]") == before
    )


def test_typed_on_another_layout(open_page: Callable[..., Clerk], venue: Venue) -> None:
    """A Russian keyboard, and dead keys: what the places of the keys are on a US keyboard is read too."""
    clerk = open_page()
    clerk.page.evaluate(
        """(text) => {
            const shifted = { "$": "Digit4", "%": "Digit5", "*": "Digit8", "+": "Equal", ":": "Semicolon" };
            const plain = { "-": "Minus", ".": "Period", "/": "Slash", " ": "Space" };
            for (const letter of [...text, "\\n"]) {
                const code = letter === "\\n" ? "Enter" : /[A-Z]/.test(letter) ? `Key${letter}`
                    : /[0-9]/.test(letter) ? `Digit${letter}` : shifted[letter] ?? plain[letter];
                const shiftKey = /[A-Z]/.test(letter) || letter in shifted;
                const key = letter === "\\n" ? "Enter" : letter === "+" ? "Dead" : /[A-Z]/.test(letter) ? "Ф" : letter;
                const how = { code, key, shiftKey, bubbles: true, cancelable: true };
                document.body.dispatchEvent(new KeyboardEvent("keydown", how));
            }
        }""",
        venue.city.code("library"),
    )
    clerk.sees("accept")


def test_typed_slowly(open_page: Callable[..., Clerk], venue: Venue) -> None:
    """A wireless scanner that pauses gets one verdict, and half a code none."""
    clerk = open_page()
    page, code = clerk.page, venue.city.code("library")
    page.clock.install()
    for end in ("Enter", ""):
        for part in (code[:3], code[3:60], code[60:]):
            clerk.sees("ready")
            page.keyboard.type(part)
            page.clock.run_for(1900 if part is not code[60:] else 500)
        if end:
            page.keyboard.press(end)
        clerk.sees("accept")
        page.keyboard.press("Escape")
    page.keyboard.type(code[:60])
    with page.expect_response(lambda answer: "2500" in (answer.request.post_data or "")):
        page.clock.run_for(2600)
    clerk.sees("notice")
    assert page.inner_text("#message") == "The code was not read whole: scan it once more."
    clerk.types(code)
    clerk.sees("accept")


def test_typed_in_many_lines(open_page: Callable[..., Clerk]) -> None:
    """An address card is refused once, and sounds once."""
    clerk = open_page(script=SILENT_EAR)
    clerk.page.click("#sound")
    answers: list[Any] = []
    clerk.page.on("response", lambda answer: answers.append(answer.json()) if "/scan" in answer.url else None)
    # Each line has 12 letters or more: fewer right behind another are a scanner's suffix.
    lines = ["BEGIN:VCARD 4", "N:Sample;Ada;", "TEL:+1 555 0100", "ORG:City Library", "END:VCARD 4.0"]
    with clerk.page.expect_response(lambda answer: "END" in (answer.request.post_data or ""), timeout=WAIT):
        clerk.page.keyboard.type("".join(f"{line}\n" for line in lines))
    clerk.sees("reject")
    # They are asked about at once, and answered in any order.
    assert sorted(each["again"] for each in answers) == [False, *[True] * (len(answers) - 1)]
    assert len(answers) == len(lines)


def test_typed_as_alt_codes(open_page: Callable[..., Clerk], venue: Venue) -> None:
    """Windows makes letters of Alt and digits, and the page gets none: the scanner is to send plain keys."""
    clerk = open_page()
    for letter in venue.city.code("library")[:12]:
        clerk.page.keyboard.down("Alt")
        for digit in f"{ord(letter):04d}":
            clerk.page.keyboard.press(f"Numpad{digit}")
        clerk.page.keyboard.up("Alt")
    clerk.sees("notice")
    assert clerk.page.inner_text("#message") == "The scanner types with Alt and digits: set it to type plain keys."


def test_shortcuts_are_left_alone(open_page: Callable[..., Clerk]) -> None:
    """A person's: zoom, reload, copy. A slash alone is taken, for it opens a search bar in one browser."""
    clerk = open_page()
    page = clerk.page
    page.evaluate("window.seen = []; window.addEventListener('keydown', (event) => seen.push(event.key))")
    for key in ("Control+c", "Control+-", "F1", "ArrowDown", "Tab", "Space"):
        page.keyboard.press(key)
    assert page.evaluate("seen.filter((key) => key !== 'Control')") == ["c", "-", "F1", "ArrowDown", "Tab", " "]
    page.keyboard.press("/")
    page.keyboard.press("'")
    assert page.evaluate("seen.length") == 8


# ---- the camera ----


def test_camera_refused(open_page: Callable[..., Clerk], film: Callable[..., Path], venue: Venue) -> None:
    clerk = open_page(film(venue.city.code("library")), camera=False)
    clerk.sees("ready", "The browser is not allowed to use the camera.", "The scanner works without the camera.")
    clerk.types(venue.city.code("library"))
    clerk.sees("accept")


def test_camera_none(open_page: Callable[..., Clerk]) -> None:
    open_page().sees("ready", "There is no camera.", "Try again")


def test_camera_lost(open_page: Callable[..., Clerk], film: Callable[..., Path], venue: Venue) -> None:
    clerk = open_page(film(""))
    page = clerk.page
    page.wait_for_selector('body[data-camera="on"]', timeout=WAIT)
    page.evaluate(
        """() => {
            const track = document.getElementById("video").srcObject.getVideoTracks()[0];
            track.stop();
            track.dispatchEvent(new Event("ended"));
        }"""
    )
    clerk.sees("ready", "The camera is disconnected.")
    clerk.types(venue.city.code("library"))
    clerk.sees("accept")
    page.keyboard.press("Escape")
    page.click("#again")
    page.wait_for_selector('body[data-camera="on"]', timeout=WAIT)


def test_camera_chosen(open_page: Callable[..., Clerk], tmp_path: Path) -> None:
    """Of two; in the address, and beside the tally for the next start."""
    venue = Venue.at(tmp_path, datetime.now(UTC))
    with running("--memory", venue.memory_path) as desk:
        clerk = open_page(at=desk, cameras=2)
        page = clerk.page
        used = """() => {
            const [track] = document.getElementById("video").srcObject?.getVideoTracks() ?? [];
            return document.body.dataset.camera === "on" && track.getSettings().deviceId;
        }"""
        page.wait_for_selector("#which:not([hidden])", timeout=WAIT)
        first, second = page.evaluate("[...document.getElementById('cameras').options].map((each) => each.value)")
        assert page.evaluate(used) == page.input_value("#cameras")
        other = second if page.evaluate(used) == first else first
        page.select_option("#cameras", other)
        page.wait_for_function(f"other => ({used})() === other", arg=other, timeout=WAIT)
        page.wait_for_function("other => location.hash.includes(`camera=${other}`)", arg=other, timeout=WAIT)
        clerk.shoot("chosen")
        page.reload()
        page.wait_for_function(f"other => ({used})() === other", arg=other, timeout=WAIT)
        page.wait_for_function("other => document.getElementById('cameras').value === other", arg=other)
        page.goto("about:blank")
        page.goto(desk.address)
        page.wait_for_function(f"other => ({used})() === other", arg=other, timeout=WAIT)
        page.goto("about:blank")
        page.goto(f"{desk.address}#camera=unplugged")
        page.wait_for_function(used, timeout=WAIT)


# ---- the photo check ----


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Venue]]:
    """A desk in a city that asks for photo checks everywhere."""
    venue = Venue.at(tmp_path_factory.mktemp("asking"), datetime.now(UTC))
    venue.ask_for_photo_checks()
    with running("--memory", venue.memory_path) as desk:
        yield desk, venue


def stop_clock(clerk: Clerk) -> None:
    """From now on time passes on the page only where a test says so, however busy the computer is."""
    clerk.page.clock.install()
    clerk.page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    clerk.page.wait_for_load_state("networkidle")


def asked(clerk: Clerk, venue: Venue, number: int = 0) -> None:
    """The question after a scan, the moment at which it appears. number: of the card."""
    clerk.types(venue.city.code("pharmacy", handle=bytes([number] * 10)))
    clerk.page.wait_for_selector('body[data-screen="question"]', timeout=WAIT)
    clerk.page.evaluate("window.heard = []")


def hold(page: Any, keys: str, milliseconds: int = 60) -> None:
    """As a finger does: longer than a scanner."""
    for key in keys.split("+"):
        page.keyboard.down(key)
    page.clock.run_for(milliseconds)
    for key in reversed(keys.split("+")):
        page.keyboard.up(key)


def test_photo_check_answered(open_page: Callable[..., Clerk], asking: tuple[Desk, Venue]) -> None:
    """Nothing that a scanner may send confirms; a letter by itself does, and a click."""
    desk, venue = asking
    clerk = open_page(at=desk, script=SILENT_EAR, place="pharmacy")
    page = clerk.page
    stop_clock(clerk)
    page.keyboard.press("Shift")
    clerk.types(venue.city.code("pharmacy"))
    clerk.sees("question", "Does the face match the photo?")
    assert page.evaluate("heard") == [660]
    ground = page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
    assert ground == "rgb(230, 233, 238)"

    hold(page, "y")  # nobody has looked yet
    page.clock.run_for(900)
    for keys in (["Enter"], ["Tab", "Enter"], ["Space"], ["ArrowDown"], ["y", "n"], ["y", "Enter"], ["Shift", "y"],
                 ["Shift+Y"], ["Control+y"], ["F1"], ["Tab", "y"], ["x"], [*"2026-11-22"], ["y", "y"]):  # fmt: skip
        page.evaluate("document.activeElement.blur()")  # else the arrows choose another kind of place
        page.clock.run_for(500)
        for key in keys:
            hold(page, key)
        page.clock.run_for(500)
        assert page.get_attribute("body", "data-screen") == "question", keys
    page.focus("#matches")
    for key in ("Enter", "Space"):
        page.clock.run_for(500)
        hold(page, key)
    page.clock.run_for(500)
    hold(page, "y", 49)  # a scanner, of a code that is this letter
    page.clock.run_for(500)
    assert page.get_attribute("body", "data-screen") == "question"

    page.evaluate("window.heard = []")
    page.clock.run_for(500)
    hold(page, "y", 50)
    page.clock.run_for(349)
    assert page.get_attribute("body", "data-screen") == "question"
    page.clock.run_for(2)
    clerk.sees("accept", "resident when the card was made", shot="confirmed")
    assert page.evaluate("heard") == [880, 1320]
    assert page.is_hidden("#remedy")

    asked(clerk, venue, 1)
    page.clock.run_for(1500)
    hold(page, "n", 500)
    page.clock.run_for(1)
    clerk.sees("no-match", "Face and photo do not match.", "Nothing is cancelled, and nothing is kept.")
    assert page.evaluate("heard") == [165]
    # A keyboard of another alphabet has no Latin letter.
    asked(clerk, venue, 5)
    page.clock.run_for(1500)
    for kind in ("keydown", "keyup"):
        letter = f'new KeyboardEvent("{kind}", {{ key: "\u043d", code: "KeyY", bubbles: true, cancelable: true }})'
        page.evaluate(f"document.body.dispatchEvent({letter})")
        page.clock.run_for(350)
    clerk.sees("accept", shot="cyrillic")
    for number, (button, screen) in enumerate((("matches", "accept"), ("differs", "no-match")), 2):
        asked(clerk, venue, number)
        page.click(f"#{button}")  # meant for what was there before
        assert page.get_attribute("body", "data-screen") == "question"
        page.clock.run_for(500)
        page.click(f"#{button}")
        clerk.sees(screen, shot=f"{screen}-clicked")


def test_photo_check_without_enter(open_page: Callable[..., Clerk], asking: tuple[Desk, Venue]) -> None:
    """A letter may be the whole of the next code of a scanner that sends no Enter."""
    desk, venue = asking
    clerk = open_page(at=desk, place="pharmacy")
    page = clerk.page
    stop_clock(clerk)
    asked(clerk, venue)
    assert page.is_visible("#answers kbd")
    page.keyboard.type(venue.city.code("pharmacy", handle=bytes([7] * 10)))
    with page.expect_response("**/scan?*"):
        page.clock.run_for(401)
    clerk.sees("question")
    page.wait_for_selector("#answers kbd", state="hidden", timeout=WAIT)
    page.clock.run_for(1500)
    hold(page, "y")
    page.clock.run_for(500)
    assert page.get_attribute("body", "data-screen") == "question"
    page.click("#matches")
    clerk.sees("accept")


def test_photo_check_unanswered(open_page: Callable[..., Clerk], asking: tuple[Desk, Venue]) -> None:
    """Thirty seconds, Escape and another card end it; a code that the scanner sends twice does not."""
    desk, venue = asking
    clerk = open_page(at=desk, script=SILENT_EAR, place="pharmacy")
    page = clerk.page
    stop_clock(clerk)
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.json()["answer"]) if "/confirm" in answer.url else None)
    asked(clerk, venue)
    with page.expect_response("**/scan?*") as again:
        clerk.types(venue.city.code("pharmacy", handle=bytes(10)))
    again.value.finished()
    page.clock.run_for(29_000)
    assert page.get_attribute("body", "data-screen") == "question"
    page.clock.run_for(1_500)
    clerk.sees("notice", "Nobody answered", shot="nobody")
    asked(clerk, venue)
    page.keyboard.press("Escape")
    clerk.sees("ready")
    asked(clerk, venue)
    clerk.types(venue.city.code("library"))
    clerk.sees("reject", "Scan the code marked PHARMACY.")
    page.click("#tally")
    clerk.sees("report", "Accept: nobody answered whether face and photo match")
    assert set(answers) == {"unanswered"}
    assert page.evaluate("heard").count(880) == 0


def test_photo_check_in_view(
    open_page: Callable[..., Clerk], asking: tuple[Desk, Venue], film: Callable[..., Path]
) -> None:
    """A card that stays before the camera is asked about once: before the answer and after it.

    It keeps no accept on the screen: it may be the next person's, with the same code.
    """
    desk, venue = asking
    clerk = open_page(film(""), at=desk, script=SILENT_EAR, place="pharmacy")
    page = clerk.page
    page.wait_for_selector('body[data-camera="on"]', timeout=WAIT)
    stop_clock(clerk)
    page.keyboard.press("Shift")
    with page.expect_response("**/scan?*") as scanned:
        clerk.types(venue.city.code("pharmacy", handle=bytes([9] * 10)))
    seen = scanned.value.json() | {"again": True, "question": None}
    page.route("**/frame?*", lambda route: route.fulfill(json=seen))
    for screen in ("question", "accept"):
        clerk.sees(screen, shot=f"{screen}-in-view")
        for _ in range(3):
            with page.expect_response("**/frame?*", timeout=WAIT):
                page.clock.run_for(500)
        assert page.get_attribute("body", "data-screen") == screen
        if screen == "question":
            page.click("#matches")
    page.clock.run_for(4600)
    clerk.sees("ready")
    assert page.evaluate("heard") == [660, 880, 1320]


# ---- the program ----


def test_server_gone(open_page: Callable[..., Clerk], venue: Venue) -> None:
    with running("--memory", venue.memory_path) as first:
        clerk = open_page(at=first)
        clerk.types(venue.city.code("library"))
        clerk.sees("accept")
        first.end()
    clerk.types(venue.city.code("library"))
    clerk.sees("gone", "Start the program again")
    assert clerk.page.is_hidden("#next")
    with running("--memory", venue.memory_path, port=first.port):
        clerk.sees("ready", shot="back")
        clerk.types(venue.city.code("library"))
        clerk.sees("accept")


# ---- trust files ----


def test_trust_dropped(open_page: Callable[..., Clerk], tmp_path: Path) -> None:
    now = datetime.now(UTC)
    venue = Venue.at(tmp_path, now - timedelta(days=31))
    newer = venue.city.trust_file(
        version=2,
        issued=int(now.timestamp()),
        next_update=int((now + timedelta(days=30)).timestamp()),
        exp=int((now + timedelta(days=120)).timestamp()),
    )
    with running("--memory", venue.memory_path) as desk:
        clerk = open_page(at=desk)
        clerk.sees("ready", "Trust file: 31 days old. A newer trust file is due: get it from the city.")
        clerk.drops("city.idtrust", newer)
        clerk.sees("notice", "New trust file taken", shot="taken")
        assert clerk.page.inner_text("#trust") == "Trust file: made today."
        assert venue.held() == newer
        clerk.drops("city.idtrust", venue.city.file)
        clerk.sees("cannot-say", "Trust file not taken", "older than one that this computer has seen", shot="older")
        clerk.drops("city.idtrust", City("shelbyville").file)
        clerk.sees("cannot-say", "is not from the city that this computer trusts", shot="foreign")
        clerk.drops("city.idtrust", newer[:-9])
        clerk.sees("cannot-say", "damaged or is not a trust file", shot="damaged")
        clerk.drops("city.idtrust", bytes((2 << 20) + 1))
        clerk.sees(
            "cannot-say", "The trust file is too large.", "It is not the holder's fault; tell the city", shot="large"
        )
        clerk.drops("film.mp4", bytes((2 << 20) + 1), "video/mp4")
        clerk.sees("notice", "The file is too large.")
        assert venue.held() == newer


def test_photo_opened(open_page: Callable[..., Clerk], venue: Venue) -> None:
    """A photo that somebody sent: twelve million pixels, which the page makes smaller."""
    clerk = open_page()
    photo = jpeg(picture(venue.city.code("library"), size=(4000, 3000), side=900))
    with clerk.page.expect_file_chooser() as chooser:
        clerk.page.click("#open")
    chooser.value.set_files([{"name": "card.jpg", "mimeType": "image/jpeg", "buffer": photo}])
    clerk.sees("accept")
    clerk.drops("empty.jpg", jpeg(picture()), "image/jpeg")
    clerk.sees("notice", "No code found")
    clerk.drops("broken.jpg", b"\xff\xd8\xff", "image/jpeg")
    clerk.sees("notice", "The picture cannot be read.", shot="broken")


def test_poster(open_page: Callable[..., Clerk], tmp_path: Path) -> None:
    """Shown to the camera, one code after another."""
    venue = Venue.at(tmp_path, datetime.now(UTC))
    newer = venue.newer()
    codes = paper.encode(PosterKind.FILE, newer)
    with running("--memory", venue.memory_path) as desk:
        clerk = open_page(at=desk, script=DRAWN_CAMERA.replace("[640, 480]", "[1280, 720]"))
        for number, code in enumerate(codes, 1):
            clerk.page.evaluate("data => put(data)", in_base64(jpeg(picture(code, size=(1280, 720)))))
            if number < len(codes):
                clerk.sees("ready", f"Poster: {number} of {len(codes)} codes.", shot="collecting")
        clerk.sees("notice", "New trust file taken", shot="taken")
        assert venue.held() == newer


def test_first_run(open_page: Callable[..., Clerk], venue: Venue, tmp_path: Path) -> None:
    """A computer that knows no city: file, wrong words, the right ones, and the first card."""
    with running("--memory", tmp_path / "new" / "venue.idmemory") as desk:
        clerk = open_page(at=desk, place="")
        page = clerk.page
        clerk.sees("ready", "This computer does not know the city yet.", "Open the city's file city.idtrust")
        clerk.drops("city.idtrust", venue.city.file)
        clerk.sees("ready", "The file says that it is from Springfield.", shot="words")
        page.wait_for_function("() => document.activeElement.id === 'fingerprint'")
        words = fingerprint_words(trust_file.decode(venue.city.file).fingerprint)
        page.keyboard.type(words.rpartition(" ")[0])
        page.fill("#letters", code := letters(desk))
        page.keyboard.press("Enter")
        clerk.sees("cannot-say", "These are not the twelve words as the city says them.", shot="wrong")
        assert page.inner_text("#next") == "Back"
        page.click("#next")
        assert clerk.focused() == "fingerprint"
        assert page.input_value("#fingerprint") == words.rpartition(" ")[0]
        page.fill("#fingerprint", words)
        page.fill("#letters", "aaaa-aaaa")
        page.click("#compare")
        clerk.sees("cannot-say", "These are not the letters in the window in which the program runs.", shot="letters")
        page.keyboard.press("Escape")
        page.fill("#letters", code)
        page.keyboard.press("Enter")
        clerk.sees("notice", "New trust file taken", "Trust file: made today.")
        page.keyboard.press("Escape")
        clerk.sees("ready", "Choose the kind of place first.", shot="taken")
        page.select_option("#class", "library")
        clerk.types(venue.city.code("library"))
        clerk.sees("accept")
        # What was chosen is there at the next start, whatever the address says of it.
        page.goto("about:blank")
        page.goto(desk.address)
        page.wait_for_function("() => document.getElementById('class').value === 'library'")


def test_wrong_files(open_page: Callable[..., Clerk]) -> None:
    clerk = open_page()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    clerk.drops("card.pdf", b"%PDF-1.7" + bytes((2 << 20) + 1), "application/pdf")
    clerk.sees("notice", "The file is too large.")
    for name, data, kind, sentence in (
        ("card.pdf", b"%PDF-1.7", "application/pdf", "The PDF cannot be read."),
        ("card.svg", svg, "image/svg+xml", "This is a drawing (SVG or PostScript), not a picture."),
        ("card.heic", heic, "", "This is a HEIC picture, which this program does not read."),
        ("city.idtrust", b"<!doctype html><title>Wi-Fi</title>", "", "This is a web page."),
    ):
        clerk.drops(name, data, kind)
        clerk.sees("notice", "This file cannot be used", sentence, shot=name)
        clerk.page.keyboard.press("Escape")
        clerk.sees("ready")


def test_report(open_page: Callable[..., Clerk], tmp_path: Path) -> None:
    venue = Venue.at(tmp_path, datetime.now(UTC))
    venue.memory_path.with_name("tally.csv").write_text(
        "desk,month,class,verdict,codes\n"
        "0123456789abcdef,2026-11,library,accept,31\n0123456789abcdef,2026-11,library,expired,1\n"
    )
    with running("--memory", venue.memory_path) as desk:
        clerk = open_page(at=desk, script="window.print = () => { window.printed = true; };")
        page = clerk.page
        page.click("#tally")
        clerk.sees("report", "Codes checked here", f"Springfield · {datetime.now(UTC):%Y-%m-%d}")
        rows = page.evaluate("[...document.querySelectorAll('#rows tr')].map((row) => row.innerText)")
        assert rows == ["2026-11\tLIBRARY\tAccept\t31", "2026-11\tLIBRARY\tReject: The code has expired.\t1"]
        page.click("#print")
        assert page.evaluate("printed")
        page.emulate_media(media="print")
        assert page.is_hidden("header")
        assert page.is_hidden("#print")
        clerk.shoot("printed")
        page.emulate_media(media="screen")
        page.select_option("#language", "ar")
        clerk.sees("report", languages.get("ar").translate("The code has expired."), shot="arabic")
        clerk.types(venue.city.code("pharmacy"))  # whatever is on the screen, a card goes first
        clerk.sees("reject")
        page.click("#tally")
        page.click("#back")
        clerk.sees("ready")


# ---- languages ----


def test_arabic(open_page: Callable[..., Clerk], film: Callable[..., Path], venue: Venue) -> None:
    clerk = open_page(film(""), language="ar", place="pool")
    page = clerk.page
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    clerk.shoot("ready")
    assert page.inner_text("#class option:checked") == "مسبح (POOL)"
    clerk.types(venue.city.code("pool"))
    clerk.sees("accept", "مسبح: من سكان المدينة عند إصدار البطاقة، العمر 18 أو أكثر")
    clerk.types(venue.city.code("pharmacy"))
    clerk.sees("reject", languages.get("ar").translate("The code is for another kind of place."))
    shape, word = (page.locator(part).bounding_box() for part in ('[data-for="reject"]', "#word"))
    assert shape["x"] > word["x"]
    assert page.is_visible("#unreviewed") is not languages.get("ar").reviewed


def test_language_switch(open_page: Callable[..., Clerk], venue: Venue) -> None:
    """All of the page at once, the verdict that it shows too, and without a new start of the camera."""
    clerk = open_page()
    page = clerk.page
    page.evaluate("window.same = true")
    clerk.types(venue.city.code("pharmacy"))
    clerk.sees("reject", "The code is for another kind of place.")
    page.select_option("#language", "ur")
    urdu = languages.get("ur").translate
    page.wait_for_selector("html[lang=ur][dir=rtl]")
    clerk.sees("reject", urdu("The code is for another kind of place."), shot="urdu")
    assert page.inner_text("#class option:checked") == f"{urdu('Library')} (LIBRARY)"
    assert page.inner_text("#sound") in {urdu("Turn sound on"), urdu("Turn sound off")}
    assert page.inner_text("#trust") == urdu("Trust file: made today.")
    page.select_option("#language", "en")
    page.wait_for_selector("html[lang=en][dir=ltr]")
    clerk.sees("reject", "The code is for another kind of place.")
    assert page.inner_text("#class option:checked") == "LIBRARY"
    assert page.evaluate("same")
    page.reload()
    page.wait_for_selector("footer[data-level]")
    assert page.evaluate("[document.getElementById('language').value, document.getElementById('class').value]") == [
        "en", "library",
    ]  # fmt: skip


@pytest.mark.parametrize("language", languages.CODES)
def test_every_language_fits(open_page: Callable[..., Clerk], venue: Venue, language: str) -> None:
    """On a small laptop and on a telephone: no sentence runs out of the page."""
    clerk = open_page(language=language, place="pharmacy", viewport={"width": 1024, "height": 600})
    clerk.types(venue.city.code("library"))
    clerk.sees("reject")
    for size in ((1024, 600), (360, 640)):
        clerk.page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        assert clerk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    clerk.shoot("telephone")


# ---- hands, eyes and ears ----


def test_keyboard_only(open_page: Callable[..., Clerk], venue: Venue) -> None:
    """From the choice of the place to the next card, in the order in which the page is read."""
    clerk = open_page(place="")
    page = clerk.page
    clerk.sees("ready", "Choose the kind of place first.")
    clerk.types(venue.city.code("library"))
    clerk.sees("notice", "Choose the kind of place first.", shot="unchosen")
    page.keyboard.press("Escape")
    while clerk.focused() != "class":
        page.keyboard.press("Tab")
    order = []
    for _ in range(5):
        page.keyboard.press("Tab")
        order.append(clerk.focused())
    assert order == ["language", "sound", "open", "tally", "again"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    clerk.shoot("focus")
    before = page.inner_text("#sound")
    page.keyboard.press("Space")
    page.wait_for_function("before => document.getElementById('sound').innerText !== before", arg=before)
    page.focus("#class")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.getElementById('class').value === 'library'")
    clerk.types(venue.city.code("library"))
    clerk.sees("accept")
    while clerk.focused() != "next":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    clerk.sees("ready")


def test_sound(open_page: Callable[..., Clerk], venue: Venue, tmp_path: Path) -> None:
    """Three signals, each another; none twice for one card; silence once it is turned off."""
    clerk = open_page(script=SILENT_EAR)
    page = clerk.page
    clerk.types(venue.city.code("library"))
    clerk.sees("accept")
    page.wait_for_function("() => document.getElementById('sound').innerText === 'Turn sound off'")
    heard = []
    for code in (venue.city.code("library"), venue.city.code("pharmacy"), "IDC2:NEWER"):
        page.evaluate("window.heard = []; document.body.dataset.screen = ''")
        clerk.types(code)
        page.wait_for_function("() => document.body.dataset.screen !== ''")
        heard.append(page.evaluate("heard"))
    assert heard == [[880, 1320], [165], [440, 440, 440]]
    page.click("#sound")
    page.evaluate("window.heard = []; document.body.dataset.screen = ''")
    clerk.types("nothing at all")
    page.wait_for_function("() => document.body.dataset.screen === 'reject'")
    assert page.evaluate("heard") == []


def test_test_city(open_page: Callable[..., Clerk], tmp_path: Path) -> None:
    venue = Venue.at(tmp_path, datetime.now(UTC), Environment.TEST)
    with running("--memory", venue.memory_path, "--for", "museum") as desk:
        clerk = open_page(at=desk)
        clerk.types(venue.city.code("museum"))
        clerk.sees("accept", "Test city: not for real cards", "MUSEUM")


@contextmanager
def desk_of_age(folder: Path, days: int) -> Iterator[Desk]:
    path = folder / f"{days}.idtrust"
    path.write_bytes(City(now=datetime.now(UTC) - timedelta(days=days, minutes=1)).file)
    with running("--trust", path, "--for", "library") as desk:
        yield desk


@pytest.mark.parametrize(("days", "level"), [(0, "ok"), (31, "note"), (95, "warn"), (115, "urgent"), (125, "urgent")])
def test_trust_age(open_page: Callable[..., Clerk], tmp_path: Path, days: int, level: str) -> None:
    with desk_of_age(tmp_path, days) as desk:
        clerk = open_page(at=desk)
        clerk.sees("ready", "Trust file: ")
        assert clerk.page.get_attribute("footer", "data-level") == level


STATES = {
    "ready": lambda clerk, venue: None,
    "accept": lambda clerk, venue: clerk.types(venue.city.code("library")),
    "reject": lambda clerk, venue: clerk.types(venue.city.code("pharmacy")),
    "cannot-say": lambda clerk, venue: clerk.types("IDC2:NEWER"),
    "notice": lambda clerk, venue: clerk.drops("x.png", b"x", "image/png"),
    "report": lambda clerk, venue: clerk.page.click("#tally"),
}


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("state", STATES)
def test_accessible(open_page: Callable[..., Clerk], venue: Venue, state: str, language: str) -> None:
    clerk = open_page(bypass_csp=True, language=language)
    STATES[state](clerk, venue)
    clerk.sees(state)
    found = Axe().run(clerk.page, options=RULES).response
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert len(found["passes"]) > 10


@pytest.mark.parametrize("language", ["en", "ar"])
def test_accessible_where_a_person_answers(
    open_page: Callable[..., Clerk], asking: tuple[Desk, Venue], tmp_path: Path, language: str
) -> None:
    desk, venue = asking
    clerk = open_page(at=desk, bypass_csp=True, language=language, place="pharmacy")
    asked(clerk, venue, 4)
    found = Axe().run(clerk.page, options=RULES).response["violations"]
    with running("--memory", tmp_path / "venue.idmemory") as new:
        clerk = open_page(at=new, bypass_csp=True, language=language)
        clerk.drops("city.idtrust", venue.city.file)
        clerk.page.wait_for_selector("#fingerprint", timeout=WAIT)
        found += Axe().run(clerk.page, options=RULES).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_accessible_in_trouble(open_page: Callable[..., Clerk], tmp_path: Path) -> None:
    with desk_of_age(tmp_path, 115) as desk:
        clerk = open_page(at=desk, bypass_csp=True)
        found = Axe().run(clerk.page, options=RULES).response["violations"]
        desk.end()
        clerk.types("x" * 20)
        clerk.sees("gone")
        found += Axe().run(clerk.page, options=RULES).response["violations"]
    assert [each["id"] for each in found] == []
