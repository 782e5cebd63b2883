"""The verifier in JavaScript answers every vector in a browser too, with its Ed25519 and without."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from machine import WEB, WITH_NODE, needs_chromium, needs_web
from playwright.sync_api import Page, sync_playwright

pytestmark = [pytest.mark.slow, needs_chromium, needs_web]
VECTORS = Path(__file__).parents[2] / "specs" / "vectors"
PAGE = "https://verify.example/"
"""No name is looked up: every request is answered here. WebCrypto wants a secure context."""
WITHOUT_ED25519 = """() => {
    crypto.subtle.importKey = async () => { throw new DOMException("no Ed25519", "NotSupportedError"); };
}"""


@pytest.fixture(scope="module")
def bundle() -> str:
    """What answers the vectors in Node, as one script."""
    command = [*WITH_NODE, "npm", "exec", "--offline", "--", "esbuild", "verify/support/vectors.js", "--bundle"]
    run = subprocess.run(
        [*command, "--format=iife", "--global-name=support"], stdout=subprocess.PIPE, check=True, cwd=WEB
    )
    return run.stdout.decode()


@pytest.fixture(params=["with its Ed25519", "without"])
def page(bundle: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto(PAGE)
        page.add_script_tag(content=bundle)
        if request.param == "without":
            page.evaluate(WITHOUT_ED25519)
        yield page
        browser.close()


def test_every_vector_is_answered(page: Page) -> None:
    wrong = []
    for kind in ("decision", "typed", "memory", "paper"):
        vectors = {path.stem: json.loads(path.read_bytes()) for path in sorted((VECTORS / kind).glob("*.json"))}
        answers = page.evaluate(
            "async ([kind, vectors]) => {"
            " const answers = []; for (const each of vectors) answers.push(await support.ANSWERS[kind](each));"
            " return answers; }",
            [kind, list(vectors.values())],
        )
        expected: list[Any] = [each["expect"] for each in vectors.values()]
        wrong += [name for name, said, wanted in zip(vectors, answers, expected, strict=True) if said != wanted]
    assert wrong == []
