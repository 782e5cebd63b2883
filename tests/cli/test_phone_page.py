"""The folder for a city's web server, of a made-up built page: what is filled in, and what is never replaced."""

import hashlib
import json
import re
import stat
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cities import DAY, City
from command import ACCEPT, USAGE, Ended, files_under, idcard
from idcard_cli.officer import page_folder
from prints import pictures, scanned, words

from idcard.credential.calendar import seconds
from idcard.credential.text import Environment
from idcard.trust import trust_file

SCRIPT, STYLE = b"go(1 < 2)", b"body { color: red }"
INDEX = b"""<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="">
<title>City card</title>
<style>%b</style>
<script type="text/plain" id="built-in"></script>
<script type="module">%b</script>
""" % (STYLE, SCRIPT)
SERVICE = b'const FILES = {};\nconst VERSION = "";\n'
BUILT = {"index.html": INDEX, "service.js": SERVICE, "decoder.js": b"read()", "decoder.wasm": b"\0asm"}
NOW = datetime.now(UTC).replace(microsecond=0)
ADDRESS = "https://cards.springfield.example/"


def prelude(built: dict[str, bytes]) -> str:
    return f"from idcard_cli.officer import phone_page\nphone_page._built = lambda: {built!r}"


def make(trust: Path, out: Path, *more: object, built: dict[str, bytes] = BUILT) -> Ended:
    return idcard("phone-page", "--trust", trust, "--out", out, *more, prelude=prelude(built))


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    path = tmp_path / "given.idtrust"
    path.write_bytes(City(now=NOW).file)
    return path


def digest(data: bytes) -> str:
    return b64encode(hashlib.sha256(data).digest()).decode()


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_under(folder)}


def test_the_folder_has_all_that_a_server_needs(trust: Path, tmp_path: Path) -> None:
    ended = make(trust, tmp_path / "page")
    assert ended.code == ACCEPT, ended.err
    held = contents(tmp_path / "page")
    assert held.keys() == {
        *BUILT,
        *("city.idtrust", "manifest.webmanifest", "SHA256SUMS", "READ ME.txt"),
        *(".htaccess", "headers/nginx.conf", "headers/Caddyfile"),
    }
    assert held["city.idtrust"] == trust.read_bytes()
    assert held["decoder.js"] == BUILT["decoder.js"]
    [built_in] = re.findall(rb'<script type="text/plain" id="built-in">([^<]+)</script>', held["index.html"])
    assert b64decode(built_in, validate=True) == trust.read_bytes()
    assert trust_file.decode(trust.read_bytes()).root.name in held["READ ME.txt"].decode()


def test_a_server_may_read_it(trust: Path, tmp_path: Path) -> None:
    make(trust, tmp_path / "page")
    for path in (tmp_path / "page").rglob("*"):
        wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
        assert path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IXOTH) == wanted
    assert stat.S_IMODE((tmp_path / "page").stat().st_mode) == 0o755


def test_the_sums_are_those_of_all_but_the_trust_file(trust: Path, tmp_path: Path) -> None:
    make(trust, tmp_path / "page")
    held = contents(tmp_path / "page")
    lines = dict(reversed(line.split("  ")) for line in held.pop("SHA256SUMS").decode().splitlines())
    del held["city.idtrust"]
    assert lines == {name: hashlib.sha256(data).hexdigest() for name, data in held.items()}


def test_the_service_worker_knows_every_file_of_the_page_by_its_sum(trust: Path, tmp_path: Path) -> None:
    make(trust, tmp_path / "page")
    held = contents(tmp_path / "page")
    [listed], [version] = (
        re.findall(rb"const %b = (.*?);$" % name, held["service.js"], re.M | re.S) for name in (b"FILES", b"VERSION")
    )
    names = {"index.html", "decoder.js", "decoder.wasm", "manifest.webmanifest"}
    assert json.loads(listed) == {name: digest(held[name]) for name in names}
    assert json.loads(version) == hashlib.sha256(listed).hexdigest()


def test_the_policy_allows_what_stands_in_the_page_and_nothing_else(trust: Path, tmp_path: Path) -> None:
    make(trust, tmp_path / "page")
    held = contents(tmp_path / "page")
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest(SCRIPT)}' 'wasm-unsafe-eval'; "
        f"style-src 'sha256-{digest(STYLE)}'; img-src 'self'; worker-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'"
    )
    [in_page] = re.findall(rb'http-equiv="Content-Security-Policy" content="([^"]+)"', held["index.html"])
    assert in_page.decode() == policy
    for name in (".htaccess", "headers/nginx.conf", "headers/Caddyfile"):
        text = held[name].decode()
        assert f"\"{policy}; frame-ancestors 'none'\"" in text
        assert "camera=(self), microphone=()" in text
        assert "host name of its own" in text


@pytest.mark.parametrize(
    ("environment", "name"), [(Environment.PRODUCTION, "Springfield"), (Environment.TEST, "Springfield (test)")]
)
def test_the_city_has_its_name_in_manifest_and_title(
    environment: Environment, name: str, trust: Path, tmp_path: Path
) -> None:
    trust.write_bytes(City(environment=environment, now=NOW).file)
    make(trust, tmp_path / "page")
    held = contents(tmp_path / "page")
    manifest = json.loads(held["manifest.webmanifest"])
    assert (manifest["name"], manifest["short_name"]) == (name, "Springfield")
    assert f"<title>City card: {name}</title>".encode() in held["index.html"]


def test_a_name_is_never_markup(trust: Path) -> None:
    held = trust_file.decode(trust.read_bytes())
    renamed = replace(held, roots=(replace(held.root, name='</title><script>"&'),))
    page = page_folder.contents(BUILT, b"", renamed)["index.html"]
    assert b"<title>City card: &lt;/title&gt;&lt;script&gt;&quot;&amp;</title>" in page


def test_the_same_input_gives_the_same_bytes(trust: Path, tmp_path: Path) -> None:
    make(trust, tmp_path / "one")
    make(trust, tmp_path / "other")
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_it_replaces_what_it_made_also_with_a_newer_trust_file_in_it(trust: Path, tmp_path: Path) -> None:
    out = tmp_path / "page"
    out.mkdir()
    assert make(trust, out).code == ACCEPT
    (out / "city.idtrust").write_bytes(b"newer")
    more = {**BUILT, "more.js": b"more()"}
    assert make(trust, out, built=more).code == ACCEPT
    assert (out / "city.idtrust").read_bytes() == trust.read_bytes()
    assert make(trust, out).code == ACCEPT
    assert "more.js" not in files_under(out)
    assert {path.name for path in tmp_path.iterdir()} == {"page", "given.idtrust"}


@pytest.mark.parametrize("name", ["index.html", "notes/mine.txt", "SHA256SUMS"])
def test_it_never_replaces_a_folder_of_something_else(name: str, trust: Path, tmp_path: Path) -> None:
    path = tmp_path / "page" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine", "utf-8")
    ended = make(trust, tmp_path / "page")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "has files that are not of such a page" in ended.err
    assert contents(tmp_path / "page") == {name: b"mine"}


def test_nor_files_that_only_have_a_list_of_sums(trust: Path, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "thesis.pdf").write_text("mine")
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  thesis.pdf\n")
    ended = make(trust, folder)
    assert (ended.code, (folder / "thesis.pdf").read_text()) == (USAGE, "mine")


def test_nor_one_with_a_newer_trust_file(trust: Path, tmp_path: Path) -> None:
    newest, folder = tmp_path / "newest.idtrust", tmp_path / "page"
    newest.write_bytes(City(now=NOW).trust_file(version=2))
    assert make(newest, folder).code == ACCEPT
    ended = make(trust, folder)
    assert (ended.code, "is newer than the file of --trust" in ended.err) == (USAGE, True)
    assert (folder / "city.idtrust").read_bytes() == newest.read_bytes()


def test_nor_one_that_it_made_and_somebody_added_to(trust: Path, tmp_path: Path) -> None:
    make(trust, tmp_path / "page")
    (tmp_path / "page/headers/site.conf").write_text("mine", "utf-8")
    assert make(trust, tmp_path / "page").code == USAGE
    assert (tmp_path / "page/headers/site.conf").exists()


def test_nor_a_file_or_a_link(trust: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    for name in ("file", "link"):
        assert "is no folder" in make(trust, tmp_path / name).err


def test_a_folder_that_cannot_be_finished_stays_as_it_was(trust: Path, tmp_path: Path) -> None:
    make(trust, tmp_path / "page")
    before = contents(tmp_path / "page")
    failing = "\n".join(
        (
            prelude(BUILT),
            "rename = phone_page.Path.rename",
            "def failing(path, new):",
            "    if path.name == 'new': raise OSError(28, 'No space left')",
            "    return rename(path, new)",
            "phone_page.Path.rename = failing",
        )
    )
    ended = idcard("phone-page", "--trust", trust, "--out", tmp_path / "page", prelude=failing)
    assert ended.code == USAGE
    assert contents(tmp_path / "page") == before
    assert {path.name for path in tmp_path.iterdir()} == {"page", "given.idtrust"}


def test_the_trust_file_is_checked_as_a_venue_does(trust: Path, tmp_path: Path) -> None:
    trust.write_bytes(trust.read_bytes()[:-1] + b"x")
    assert make(trust, tmp_path / "page").code == USAGE
    trust.write_bytes(City(now=datetime(2001, 1, 1, tzinfo=UTC)).file)
    assert "expired" in make(trust, tmp_path / "page").err
    assert not (tmp_path / "page").exists()


def test_an_old_trust_file_is_named(trust: Path, tmp_path: Path) -> None:
    city, now = City(now=NOW), seconds(NOW)
    trust.write_bytes(city.trust_file(issued=now - 90 * DAY, next_update=now - 60 * DAY, exp=now + DAY))
    assert "due to be replaced" in make(trust, tmp_path / "due").err
    trust.write_bytes(city.trust_file(issued=now - 90 * DAY, next_update=now - 60 * DAY, exp=now - DAY))
    ended = make(trust, tmp_path / "expired")
    assert ended.code == ACCEPT
    assert "phones cannot check with it" in ended.err


def test_without_a_built_page_it_says_what_to_run(trust: Path, tmp_path: Path) -> None:
    """A clone without Node."""
    none = "import importlib.resources, pathlib\nimportlib.resources.files = lambda name: pathlib.Path('/nowhere')"
    ended = idcard("phone-page", "--trust", trust, "--out", tmp_path / "page", prelude=none)
    assert ended.code == USAGE
    assert "run `make page`" in ended.err


@pytest.mark.parametrize(
    "built",
    [
        {**BUILT, "index.html": INDEX.replace(b"built-in", b"other")},
        {**BUILT, "index.html": INDEX * 2},
        {**BUILT, "service.js": b""},
        {name: data for name, data in BUILT.items() if name != "service.js"},
    ],
)
def test_a_built_page_of_another_version_is_refused(built: dict[str, bytes], trust: Path, tmp_path: Path) -> None:
    ended = make(trust, tmp_path / "page", built=built)
    assert ended.code == USAGE
    assert "build it again" in ended.err
    assert not (tmp_path / "page").exists()


# ---- the poster ----


def test_a_poster_has_the_address_as_a_code_and_the_words(trust: Path, tmp_path: Path) -> None:
    poster = tmp_path / "poster.pdf"
    ended = make(trust, tmp_path / "page", "--address", ADDRESS.rstrip("/"), "--poster", poster)
    assert ended.code == ACCEPT, ended.err
    pdf = poster.read_bytes()
    [picture] = pictures(pdf, 100)
    assert [each.lower() for each in scanned(picture, 100)] == [ADDRESS]
    shown = " ".join(each for each, _ in words(pdf))
    assert ADDRESS in shown
    [told] = re.findall("^in words +(.*)$", ended.out, re.M)
    assert told in shown


@pytest.mark.parametrize(
    "address",
    [
        *("", "cards.example.org", "http://cards.example.org/", "https://cards.example.org/page", "https://localhost/"),
        *("https://me@cards.example.org/", "https://cards.example.org/?from=poster", "https://kärten.example.org/"),
        f"https://{'a' * 99}.org/",
    ],
)
def test_an_address_is_a_host_of_its_own(address: str, trust: Path, tmp_path: Path) -> None:
    ended = make(trust, tmp_path / "page", "--address", address, "--poster", tmp_path / "poster.pdf")
    assert ended.code == USAGE
    assert "a host name of its own" in ended.err
    assert not (tmp_path / "page").exists()


@pytest.mark.parametrize("more", [("--address", ADDRESS), ("--poster", "poster.pdf"), ("--language", "es")])
def test_poster_and_address_belong_together(more: tuple[str, ...], trust: Path, tmp_path: Path) -> None:
    assert "belong together" in make(trust, tmp_path / "page", *more).err


def test_a_poster_is_never_overwritten(trust: Path, tmp_path: Path) -> None:
    poster = tmp_path / "poster.pdf"
    poster.write_text("mine", "utf-8")
    assert make(trust, tmp_path / "page", "--address", ADDRESS, "--poster", poster).code == USAGE
    assert poster.read_text("utf-8") == "mine"
    assert not (tmp_path / "page").exists()
