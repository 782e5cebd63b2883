"""How the page is built: the same bytes each time, small, and of no other place."""

import gzip
import re
import subprocess
from pathlib import Path

import phones
import pytest
from cities import City
from machine import FOR_WANT_OF_PAGE, needs_node
from phones import BUILT, needs_page

MAX_SIZE = 600_000
"""Bytes, gzipped, of all files."""
ADDRESS = re.compile(rb"https?://(?!www\.w3\.org/)[^\s\"'`]*")


@needs_page
def test_it_is_small_and_names_no_other_place() -> None:
    files = [path for path in BUILT.iterdir() if path.is_file()]
    assert {"index.html", "decoder.js", "zxing_reader.wasm", "service.js", "icon.svg"} <= {path.name for path in files}
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= MAX_SIZE
    shown = [path for path in files if path.suffix in {".html", ".js", ".svg"}]
    assert [found for path in shown for found in ADDRESS.findall(path.read_bytes())] == []


@needs_page
def test_a_city_s_page_is_made_of_it(tmp_path: Path) -> None:
    page = phones.write(tmp_path, City().file).joinpath("index.html").read_text("utf-8")
    assert re.findall(r"<[^>]*\s(?:style|on[a-z]+)=", page.partition("<body")[2]) == []


@pytest.mark.slow
@needs_node
@needs_page
def test_the_same_sources_give_the_same_bytes(root: Path, tmp_path: Path) -> None:
    if not (root / "web/page/build/catalogues").exists():
        pytest.skip(FOR_WANT_OF_PAGE)
    built = []
    for name in ("first", "second"):
        subprocess.run(["node", "page/build.mjs", tmp_path / name], cwd=root / "web", check=True, capture_output=True)
        built.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert built[0] == built[1]
