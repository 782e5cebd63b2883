"""The page for phones in a real Chromium: what a person sees, hears and does. Screenshots stay in build/screens."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import phones
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import DRAWN_CAMERA, RULES, SILENT_EAR, WAIT
from cities import City
from desks import jpeg, note, picture
from idcard_cli.fingerprint import fingerprint_words
from machine import needs_chromium
from phones import Phone, needs_page
from PIL import Image

from idcard import languages
from idcard.ceremony import publish
from idcard.symbol import qr
from idcard.trust import kill_note, paper, patch, trust_file
from idcard.trust.paper import PosterKind

pytestmark = [pytest.mark.slow, needs_chromium, needs_page]
Open = Callable[..., Phone]
Film = Callable[..., Path]
SMALL = ({"width": 360, "height": 640}, {"width": 320, "height": 256})
"""A telephone, and a screen that is enlarged four times."""


def asking(city: City) -> bytes:
    """A newer file, in which every class asks for a photo check."""
    classes = tuple(replace(each, photo_check=True) for each in city.trust_list().classes)
    return city.trust_file(version=2, classes=classes)


# ---- verdicts by the camera ----


def test_accept(open_page: Open, film: Film, city: City) -> None:
    phone = open_page(film(city.code("library")), script="navigator.vibrate = (how) => { window.shaken = how; };")
    phone.sees("accept", "Compare the photo with the person's face.", "Library: resident when the card was made")
    said = phone.says()
    assert said.startswith(
        "Accept. Library: resident when the card was made Compare the photo with the person's face. Valid until "
    )
    assert phone.page.evaluate("shaken") == [80]


def test_reject(open_page: Open, film: Film, city: City) -> None:
    phone = open_page(film(City("shelbyville", now=city.now).code("library")))
    phone.sees("reject", "The code was not issued by this city.")


def test_cannot_say(open_page: Open, film: Film, city: City) -> None:
    old = City(now=city.now - timedelta(days=130))
    phone = open_page(film(old.code("library", now=old.now)), file=old.file)
    phone.sees(
        "cannot-say",
        "It is not the holder's fault: check the card yourself and decide.",
        "The trust file of this computer has expired.",
    )
    assert phone.page.get_attribute("footer", "data-level") == "urgent"
    assert "It is too old to be used" in phone.page.inner_text("footer")


def test_second_card(open_page: Open, film: Film, city: City) -> None:
    """The next card takes the place of the first one's verdict at once, and one that stays is not told twice."""
    phone = open_page(film(city.code("library"), "", city.code("pharmacy"), ""), script=SILENT_EAR)
    phone.page.keyboard.press("Shift")
    phone.sees("accept", shot="first")
    phone.sees("reject", "Scan the code marked LIBRARY.", shot="second")
    phone.sees("accept", shot="third")
    heard, film_heard = phone.page.evaluate("heard"), [880, 1320, 165] * 100
    assert len(heard) >= 3
    assert any(film_heard[at : at + len(heard)] == heard for at in range(3))


LOOKS = """
window.looks = 0;
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...more) {
    if (message.picture) window.looks += 1;
    return post.call(this, message, ...more);
};
"""
"""Counts the pictures that are searched."""


def test_a_card_is_judged_within_four_pictures(open_page: Open, city: City) -> None:
    """One at rest: as it is, and one whose code is so small that no first attempt reads it. Counted, not timed."""
    phone = open_page(script=DRAWN_CAMERA + LOOKS, place="pharmacy")
    page = phone.page
    page.wait_for_selector('body[data-camera="on"]')
    page.evaluate(
        """() => new MutationObserver(() => { window.turned = looks; })
            .observe(document.body, { attributeFilter: ["data-screen"] })"""
    )
    table, took = picture(), []
    for number in range(6):
        phone.puts(jpeg(table))
        page.wait_for_function("before => looks >= before + 6", arg=page.evaluate("looks"), timeout=WAIT)
        page.keyboard.press("Escape")
        code = Image.open(io.BytesIO(qr.draw(city.code("pharmacy", handle=bytes([number] * 10)), max_version=7).png()))
        small = code.convert("RGB").resize((80, 80) if number % 2 else (300, 300), Image.Resampling.BOX)
        rest = table.copy()
        rest.paste(small, (200, 120))
        rest = rest.rotate(5, Image.Resampling.BICUBIC, fillcolor=(150, 140, 130))
        phone.puts(jpeg(rest))
        before = page.evaluate("looks")
        page.wait_for_selector('body[data-screen="accept"]', timeout=WAIT)
        took.append(page.evaluate("turned") - before)
    note(f"page: pictures from a code in view to the verdict: {took}")
    assert max(took) <= 4


def test_return(open_page: Open, city: City) -> None:
    """By itself after some seconds, by Escape, by the button; and whoever has gone to the button reads on."""
    phone = open_page()
    page = phone.page
    page.clock.install()
    phone.types(city.code("library"))
    phone.sees("accept")
    page.clock.run_for(6500)
    phone.sees("ready")
    phone.types(city.code("pharmacy"))
    phone.sees("reject")
    page.keyboard.press("Escape")
    phone.sees("ready")
    phone.types(city.code("library"))
    phone.sees("accept")
    page.focus("#next")
    page.clock.run_for(30_000)
    phone.sees("accept")
    page.clock.run_for(1000)
    page.keyboard.press("Enter")
    phone.sees("ready")


# ---- the camera ----


def test_camera_refused(open_page: Open, film: Film, city: City) -> None:
    phone = open_page(film(city.code("library")), camera=False)
    phone.sees("ready", "The browser is not allowed to use the camera.", "The scanner works without the camera.")
    phone.types(city.code("library"))
    phone.sees("accept")


def test_camera_lost(open_page: Open, film: Film, city: City) -> None:
    phone = open_page(film(""))
    page = phone.page
    page.wait_for_selector('body[data-camera="on"]', timeout=WAIT)
    page.evaluate(
        """() => {
            const track = document.getElementById("video").srcObject.getVideoTracks()[0];
            track.stop();
            track.dispatchEvent(new Event("ended"));
        }"""
    )
    phone.sees("ready", "The camera is disconnected.")
    phone.types(city.code("library"))
    phone.sees("accept")
    page.keyboard.press("Escape")
    page.click("#again")
    page.wait_for_selector('body[data-camera="on"]', timeout=WAIT)


def test_two_cameras(open_page: Open) -> None:
    phone = open_page(cameras=2)
    page = phone.page
    used = """() => {
        const [track] = document.getElementById("video").srcObject?.getVideoTracks() ?? [];
        return document.body.dataset.camera === "on" && track.getSettings().deviceId;
    }"""
    page.wait_for_selector("#which:not([hidden])", state="attached", timeout=WAIT)
    first, second = page.evaluate("[...document.getElementById('cameras').options].map((each) => each.value)")
    other = second if page.evaluate(used) == first else first
    phone.sets("cameras", other)
    page.wait_for_function(f"other => ({used})() === other", arg=other, timeout=WAIT)
    phone.shoot("chosen")


def test_torch(open_page: Open) -> None:
    """A camera that has a light gets a button for it."""
    light = """
    MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
    MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => { window.lit = advanced[0].torch; };
    """
    phone = open_page(script=DRAWN_CAMERA + light)
    phone.page.wait_for_selector('body[data-camera="on"]', timeout=WAIT)
    for lit, label in ((True, "Turn light off"), (False, "Turn light on")):
        phone.page.evaluate("document.getElementById('torch').click()")
        phone.page.wait_for_function("label => document.getElementById('torch').textContent === label", arg=label)
        assert phone.page.evaluate("lit") is lit


# ---- scanners and files ----


def test_typed(open_page: Open, city: City) -> None:
    phone = open_page(script=SILENT_EAR)
    for end in ("Enter", "Tab", "Control+j", ""):
        phone.types(city.code("library"), end)
        phone.sees("accept")
        phone.page.keyboard.press("Escape")
        phone.sees("ready")
    phone.types("HTTPS://EXAMPLE.ORG/ABCDEFGHI")
    phone.sees("reject", "This is not a code of a city card.", shot="foreign")
    phone.page.wait_for_function("() => document.getElementById('sound').textContent === 'Turn sound off'")
    phone.page.evaluate("window.heard = []")
    phone.types("IDC2:NEWER")
    phone.sees("cannot-say", "too old for the code")
    assert phone.page.evaluate("heard") == [440, 440, 440]


def test_what_a_scanner_did_is_undone(open_page: Open, city: City) -> None:
    """And the person is told once how to set it right."""
    phone = open_page()
    advice = "The scanner sends something before each code: turn its prefix off"
    phone.types(f"]Q1{city.code('library')}")
    phone.sees("accept", advice)
    phone.types(f"]Q1{city.code('pharmacy')}")
    phone.sees("reject", "Scan the code marked LIBRARY.")
    assert advice not in phone.page.inner_text("#detail")


def test_dropped(open_page: Open, city: City) -> None:
    old = City(now=city.now - timedelta(days=31))
    newer = old.trust_file(
        version=2,
        issued=int(city.now.timestamp()),
        next_update=int((city.now + timedelta(days=30)).timestamp()),
        exp=int((city.now + timedelta(days=120)).timestamp()),
    )
    phone = open_page(file=old.file)
    phone.sees("ready", "Trust file: 31 days old. A newer trust file is due: get it from the city.")
    phone.drops("city.idtrust", newer)
    phone.sees("notice", "New trust file taken", shot="taken")
    phone.page.wait_for_function("() => document.getElementById('trust').innerText === 'Trust file: made today.'")
    phone.drops("city.idtrust", newer)
    phone.sees("notice", "The same trust file as before.", shot="same")
    for name, data, sentence in (
        ("older", old.file, "older than one that this computer has seen"),
        ("foreign", City("shelbyville", now=city.now).file, "is not from the city that this computer trusts"),
        ("damaged", newer[:-9], "damaged or is not a trust file"),
        ("large", b"\xa3" + bytes(2 << 20), "The trust file is too large."),
    ):
        phone.drops("city.idtrust", data)
        phone.sees("cannot-say", "Trust file not taken", sentence, shot=name)


def test_a_file_is_judged_or_named(open_page: Open, city: City) -> None:
    phone = open_page()
    code = city.code("library")
    clear = Image.open(io.BytesIO(qr.draw(code, max_version=6).png())).convert("L")
    logo, out = Image.new("RGBA", clear.size, (0, 0, 0, 0)), io.BytesIO()
    logo.paste("white", mask=clear.point(lambda grey: 255 - grey))
    logo.save(out, "PNG")
    for name, data, kind in (
        ("card.jpg", jpeg(picture(code, size=(4000, 3000), side=900)), "image/jpeg"),
        ("logo.png", out.getvalue(), "image/png"),
        ("card.txt", f"{code}\n".encode(), "text/plain"),
    ):
        phone.drops(name, data, kind)
        phone.sees("accept", shot=name)
        phone.page.keyboard.press("Escape")
    for name, data, sentence in (
        ("empty.jpg", jpeg(picture()), "No code found in the picture."),
        ("card.pdf", b"%PDF-1.7", "The PDF cannot be read."),
        ("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "This is a HEIC picture"),
        ("card.docx", b"PK\3\4word/document.xml", "This is a document"),
        ("city.idtrust", b"<!doctype html><title>Wi-Fi</title>", "This is a web page."),
        ("nothing", b"", "The file is empty."),
    ):
        phone.drops(name, data)
        phone.sees("notice", sentence, shot=name)
        phone.page.keyboard.press("Escape")
        phone.sees("ready")


def test_poster(open_page: Open, city: City) -> None:
    """Shown to the camera, one code after another."""
    codes = paper.encode(PosterKind.FILE, city.trust_file(version=2))
    phone = open_page(script=DRAWN_CAMERA.replace("[640, 480]", "[1280, 720]"))
    for number, code in enumerate(codes, 1):
        phone.puts(jpeg(picture(code, size=(1280, 720))))
        if number < len(codes):
            phone.sees("ready", f"Poster: {number} of {len(codes)} codes.", shot="collecting")
    phone.sees("notice", "New trust file taken", shot="taken")


def test_offline(open_page: Open, film: Film, city: City) -> None:
    """After one visit the page opens and reads codes without a network, and knows what was chosen."""
    phone = open_page(film(city.code("library")))
    phone.sees("accept")
    page = phone.page
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.context.set_offline(True)
    page.reload()
    phone.sees("accept", shot="offline")


def test_another_city(open_page: Open, city: City, tmp_path: Path) -> None:
    """A page of another city at the same address judges nothing, until a person has compared its words."""
    other = City("shelbyville", now=city.now)
    folder = phones.write(tmp_path / "page", city.file)
    with phones.served(folder) as address:
        phone = open_page(address=address, bypass_csp=True)
        page = phone.page
        page.wait_for_function("() => document.getElementById('kept').textContent.includes('begins anew')")
        page.reload()
        page.wait_for_function("() => document.getElementById('kept').textContent === ''", timeout=WAIT)
        phones.write(folder, other.file)
        page.reload()
        page.wait_for_selector('[data-name="newer"]', timeout=WAIT)
        page.click('[data-name="newer"] button')
        words = fingerprint_words(trust_file.decode(other.file).fingerprint)
        phone.sees("ready", "This page is not of the city that this device knows", words, shot="two")
        assert Axe().run(page, options=RULES).response["violations"] == []
        phone.types(other.code("library"))
        page.fill("#fingerprint", fingerprint_words(trust_file.decode(city.file).fingerprint))
        page.click("#compare")
        phone.sees("ready", "does not have the fingerprint", shot="wrong")
        page.fill("#fingerprint", words)
        page.keyboard.press("Enter")
        page.wait_for_selector("#another", state="hidden", timeout=WAIT)
        phone.sets("class", "library")
        phone.types(other.code("library"))
        phone.sees("accept")


def test_from_a_file(launch: Callable[..., Any], city: City, tmp_path: Path) -> None:
    """Without a server: what is typed is judged, and the page says that it keeps nothing and reads no pictures."""
    page = launch().new_page(locale="en-US")
    page.goto(phones.write(tmp_path / "page", city.file).joinpath("index.html").as_uri())
    page.wait_for_selector("footer[data-level]", timeout=WAIT)
    phone = Phone(page, "page-from_a_file")
    phone.sets("class", "library")
    phone.sees("ready", "Nothing is kept here", "This browser cannot read codes in pictures here.")
    phone.types(city.code("library"))
    phone.sees("accept")


def test_kill_note(open_page: Open, city: City) -> None:
    """Shown to the camera, after a patch: the key of a code that was good is withdrawn."""
    (update,) = paper.encode(PosterKind.PATCH, patch.make(city.file, city.trust_file(version=2)))
    key = city.signer("cohort")
    note = publish.sign(kill_note.encode(key.public_key), kill_note.KIND, city.scope, [key])
    (kill,) = paper.encode(PosterKind.KILL, note)
    phone = open_page(script=DRAWN_CAMERA.replace("[640, 480]", "[1280, 720]"))
    phone.types(city.code("library"))
    phone.sees("accept")
    for code, sentence in ((update, "Trust file: made today."), (kill, "The city's notice is taken")):
        phone.puts(jpeg(picture(code, size=(1280, 720))))
        phone.sees("notice", sentence, shot=sentence[:8])
        phone.page.keyboard.press("Escape")
    phone.types(city.code("library"))
    phone.sees("reject", "The city no longer trusts the key that signed this code.")


# ---- the photo check ----


def test_photo_check(open_page: Open, city: City) -> None:
    """Nothing is green, and nothing sounds like it, before the person answers."""
    phone = open_page(file=asking(city), script=SILENT_EAR, place="pharmacy")
    page = phone.page
    page.keyboard.press("Shift")
    for number, (button, screen) in enumerate((("matches", "accept"), ("differs", "no-match"))):
        phone.types(city.code("pharmacy", handle=bytes([number] * 10)))
        phone.sees("question", "Does the face match the photo?")
        assert 880 not in page.evaluate("heard")
        page.keyboard.press("Enter")
        assert page.get_attribute("body", "data-screen") == "question"
        page.wait_for_timeout(450)  # a click right away may have been meant for what was there before
        page.click(f"#{button}")
        phone.sees(screen, shot=screen)
        page.evaluate("window.heard = []")
        page.keyboard.press("Escape")


# ---- what my code says ----


def test_explained(open_page: Open, film: Film, city: City) -> None:
    phone = open_page(film(city.code("pharmacy")), place="")
    page = phone.page
    page.click("#holder")
    phone.sees("explained", "no name, no birth date", "the city's signature over all of the above")
    shown = page.evaluate("[...document.querySelectorAll('#bytes td:first-child')].map((each) => each.innerText)")
    assert sum(len(each.split()) for each in shown) > 100
    phone.sets("language", "pl")
    polish = languages.get("pl").translate
    phone.sees("explained", polish("the city's signature over all of the above"), shot="polish")
    page.set_viewport_size(SMALL[1])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#check")
    assert page.evaluate("document.getElementById('bytes').childElementCount") == 0


# ---- languages, windows, hands and eyes ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tag", ["ar", "pl", "ur"])
def test_the_browser_s_language(open_page: Open, city: City, tag: str, scheme: str) -> None:
    phone = open_page(locale=tag, color_scheme=scheme, place="pool", viewport=SMALL[0])
    page, translate = phone.page, languages.get(tag).translate
    assert page.evaluate("document.documentElement.lang") == tag
    assert page.evaluate("document.documentElement.dir") == ("rtl" if languages.get(tag).right_to_left else "ltr")
    phone.shoot("ready")
    phone.types(city.code("pool"))
    phone.sees("accept", translate("resident when the card was made"))
    phone.types(city.code("pharmacy"))
    phone.sees("reject", translate("The code is for another kind of place."))
    phone.sets("language", "en")
    phone.sees("reject", "The code is for another kind of place.", shot="switched")
    page.reload()  # what was chosen is there again
    page.wait_for_function("() => document.getElementById('class').value === 'pool'", timeout=WAIT)
    assert page.evaluate("document.documentElement.lang") == "en"


FITS = """() => {
    const byId = (id) => document.getElementById(id);
    const wrong = [];
    scrollTo(0, 0);
    const word = byId("word").getBoundingClientRect();
    if (word.top < 0 || word.bottom > innerHeight) wrong.push(`the word is at ${word.top} to ${word.bottom}`);
    if (document.scrollingElement.scrollWidth > innerWidth) wrong.push("the page is wider than the window");
    for (const part of ["word", "message", "remedy", "detail", "next", "matches"]) {
        const box = byId(part).getBoundingClientRect();
        if (box.left < 0 || box.right > innerWidth) wrong.push(`${part} is cut off`);
    }
    const button = byId(byId("next").hidden ? "matches" : "next");
    button.scrollIntoView({ block: "nearest" });
    const box = button.getBoundingClientRect();
    const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    if (!button.contains(top)) wrong.push("the button cannot be reached");
    scrollTo(0, 0);
    return wrong;
}"""


@pytest.mark.parametrize("language", languages.CODES)
def test_every_verdict_fits(open_page: Open, city: City, language: str) -> None:
    """In every language and in the smallest windows: a word that is cut off can say the opposite."""
    phone = open_page(file=asking(city), place="pharmacy")
    page = phone.page
    phone.sets("language", language)
    for number, (text, screen) in enumerate(
        (
            (city.code("library"), "reject"),
            ("IDC2:NEWER", "cannot-say"),
            (city.code("pharmacy"), "question"),
            ("no code of a card", "reject"),
        )
    ):
        phone.types(text)
        phone.sees(screen, shot=f"{number}")
        for size in SMALL:
            page.set_viewport_size(size)
            assert page.evaluate(FITS) == [], (screen, size)
        page.keyboard.press("Escape")
        phone.sees("ready", shot="ready")
        for size in (*SMALL, {"width": 1920, "height": 1080}):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


STATES: dict[str, Callable[[Phone, City], Any]] = {
    "ready": lambda phone, city: None,
    "accept": lambda phone, city: phone.types(city.code("library")),
    "reject": lambda phone, city: phone.types(city.code("pharmacy")),
    "cannot-say": lambda phone, city: phone.types("IDC2:NEWER"),
    "notice": lambda phone, city: phone.drops("x.png", b"x", "image/png"),
    "explained": lambda phone, city: (phone.page.click("#holder"), phone.types(city.code("library"))),
}


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
@pytest.mark.parametrize("state", STATES)
def test_accessible(open_page: Open, city: City, state: str, language: str, scheme: str) -> None:
    phone = open_page(bypass_csp=True, locale=language, color_scheme=scheme)
    STATES[state](phone, city)
    phone.sees(state)
    found = Axe().run(phone.page, options=RULES).response
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert len(found["passes"]) > 10


def test_accessible_where_a_person_answers(open_page: Open, city: City) -> None:
    phone = open_page(file=asking(city), bypass_csp=True, color_scheme="dark")
    phone.types(city.code("library"))
    phone.sees("question")
    found = Axe().run(phone.page, options=RULES).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_keyboard_only(open_page: Open, city: City) -> None:
    """From the choice of the place to the next card, in the order in which the page is read."""
    phone = open_page(place="")
    page = phone.page

    def focused() -> str:
        return str(page.evaluate("document.activeElement.id"))

    phone.types(city.code("library"))
    phone.sees("notice", "Choose the kind of place first.", shot="unchosen")
    page.keyboard.press("Escape")
    while focused() != "check":
        page.keyboard.press("Tab")  # right behind a code it would be the scanner's
    order = []
    for _ in range(6):
        page.keyboard.press("Tab")
        order.append(focused())
    assert order == ["holder", "", "class", "language", "sound", "open"]
    page.focus("#class")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.getElementById('class').value === 'library'")
    phone.types(city.code("library"))
    phone.sees("accept")
    while focused() != "next":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    phone.sees("ready")
