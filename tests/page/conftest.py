"""A city of today, its page on a server, and browsers whose camera shows a film."""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import phones
import pytest
from browsers import WAIT, launcher
from cities import City
from desks import picture, video
from phones import Phone
from playwright.sync_api import sync_playwright

SCREEN = {"width": 390, "height": 844}
"""A telephone's."""


@pytest.fixture(scope="module")
def city() -> City:
    return City(now=datetime.now(UTC))


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bytes], str]]:
    """The address of the page that is built with a trust file."""
    folder = tmp_path_factory.mktemp("pages")
    with ExitStack() as stack:

        @functools.cache
        def address(file: bytes) -> str:
            written = phones.write(folder / str(len(list(folder.iterdir()))), file)
            return stack.enter_context(phones.served(written))

        yield address


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def launch(playwright: Any) -> Iterator[Callable[..., Any]]:
    yield from launcher(playwright)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """By the codes that it shows one after another, each for four seconds; nothing between two."""
    folder = tmp_path_factory.mktemp("films")

    @functools.cache
    def made(*codes: str) -> Path:
        scenes = [(picture(code) if code else picture(), 120 if code else 10) for code in codes]
        return video(folder / f"{len(list(folder.iterdir()))}.mjpeg", scenes)

    return made


@pytest.fixture
def open_page(
    launch: Callable[..., Any], page_of: Callable[[bytes], str], city: City, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Phone]]:
    """Nothing leaves the page's own server, nothing is against its policy, and nothing fails on it."""
    contexts = []
    problems: list[str] = []

    def opened(
        film: Path | None = None,
        *,
        file: bytes = b"",
        address: str = "",
        place: str = "library",
        camera: bool = True,
        cameras: int = 0,
        script: str = "",
        **options: Any,
    ) -> Phone:
        address = address or page_of(file or city.file)
        options = {"viewport": SCREEN, "locale": "en-US", **options}
        context = launch(film, cameras).new_context(**options)
        contexts.append(context)
        if camera:
            context.grant_permissions(["camera"], origin=address.rstrip("/"))
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.on(
            "console", lambda message: problems.append(message.text) if "Content Security" in message.text else None
        )
        page.on(
            "request", lambda asked: None if asked.url.startswith((address, "data:")) else problems.append(asked.url)
        )
        page.goto(address)
        page.wait_for_selector("footer[data-level]", timeout=WAIT)
        if place:
            page.select_option("#class", place)
        return Phone(page, "page-" + request.node.name.removeprefix("test_"))

    yield opened
    for context in contexts:
        context.close()
    assert problems == []
