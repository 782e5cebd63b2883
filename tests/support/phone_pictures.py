"""Draws the pictures of docs/phone.md from the page as it runs (`make phone-pictures`), before a drawn camera."""

import io
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import phones
from browsers import ARGUMENTS, CHROMIUM, DRAWN_CAMERA, WAIT
from cities import City
from desks import jpeg, picture
from phones import Phone
from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent.parent.parent / "docs/pictures"
SCREEN = {"width": 360, "height": 640}
COLOURS = 32


def main() -> None:
    city = City(now=datetime.now(UTC))
    old = City(now=city.now - timedelta(days=130))
    good, wrong = city.code("library"), city.code("pharmacy")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        shoot(browser, city.file, lambda phone: shown(phone, "ready", ""))
        shoot(browser, city.file, lambda phone: shown(phone, "accept", good))
        shoot(browser, city.file, lambda phone: shown(phone, "reject", wrong))
        shoot(browser, old.file, lambda phone: shown(phone, "cannot-say", old.code("library", now=old.now)))
        browser.close()


def shoot(browser: Any, file: bytes, act: Callable[[Phone], None]) -> None:
    with tempfile.TemporaryDirectory() as scratch, phones.served(phones.write(Path(scratch, "page"), file)) as address:
        context = browser.new_context(viewport=SCREEN, locale="en-US")
        context.add_init_script(DRAWN_CAMERA)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("footer[data-level]", timeout=WAIT)
        page.select_option("#class", "library")
        act(Phone(page, "docs"))
        context.close()


def shown(phone: Phone, screen: str, code: str) -> None:
    """Keeps the screen that the code before the camera leads to."""
    phone.puts(jpeg(picture(code) if code else picture()))
    phone.page.wait_for_selector(f'body[data-screen="{screen}"]', timeout=WAIT)
    phone.page.wait_for_timeout(500)  # the picture of the camera
    image = Image.open(io.BytesIO(phone.page.screenshot())).convert("RGB")
    smaller = image.resize((SCREEN["width"] * 2 // 3, SCREEN["height"] * 2 // 3)).quantize(COLOURS)
    smaller.save(FOLDER / f"phone-{screen}.png", optimize=True)


if __name__ == "__main__":
    main()
