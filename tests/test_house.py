"""Who may import whom, what `import idcard.verify` costs, and that nothing reaches for the network."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from cities import NOW, City

import idcard

PACKAGE = Path(idcard.__file__).parent
ERRORS = {"idcard.errors", "idcard.contract"}
BASE = {*ERRORS, *(f"idcard.{name}" for name in ("cbor_heads", "cose", "strict_json", "table", "whole_file"))}
FORMATS = {*BASE, "idcard.credential", "idcard.trust"}
CITY = {*FORMATS, "idcard.city", "idcard.keys"}
MAY_IMPORT = {
    "idcard": set(),
    "idcard.errors": {"idcard.contract"},
    "idcard.contract": set(),
    "idcard.cbor_heads": ERRORS,
    "idcard.cose": {*ERRORS, "idcard.cbor_heads"},
    "idcard.strict_json": ERRORS,
    "idcard.whole_file": ERRORS,
    "idcard.table": ERRORS,
    "idcard.languages": ERRORS,
    "idcard.credential": BASE,
    "idcard.repairs": {*BASE, "idcard.credential"},
    "idcard.trust": {*BASE, "idcard.credential", "idcard.repairs"},
    "idcard.verify": {*FORMATS, "idcard.repairs"},
    "idcard.pictures": ERRORS,
    "idcard.city": FORMATS,
    "idcard.keys": FORMATS,
    "idcard.issuing": {*CITY, "idcard.repairs", "idcard.symbol", "idcard.languages"},
    "idcard.ceremony": {*CITY, "idcard.issuing"},
    "idcard.privacy": CITY,
    "idcard.symbol": ERRORS,
    "idcard.printing": {*CITY, "idcard.issuing", "idcard.repairs", "idcard.symbol", "idcard.languages"},
    "idcard.testing": {*CITY, "idcard.repairs", "idcard.issuing", "idcard.ceremony", "idcard.verify"},
}
"""The house, beside what each room has of its own: contract <- errors <- cbor_heads, cose, strict_json, table,
whole_file <- credential <- repairs <- trust <- verify; city and keys <- issuing, ceremony, privacy; symbol <- printing.
Languages and pictures are leaves, `testing` is the roof. `ceremony` chooses the key that `issuing` signs with."""
WING_MAY_IMPORT = {
    "": set(),
    "venue": {""},
    "desk": {"", "venue"},
    "officer": {""},
    "counter": {"", "officer"},
}
"""The command: a base, of which the name is empty, and four wings."""
WEIGHT = {
    "idcard.cose": {"cbor2", "nacl"},
    "idcard.symbol.bars": {"zxingcpp"},
    "idcard.symbol.qr": {"zxingcpp"},
    "idcard.pictures.attempts": {"PIL", "zxingcpp"},
    "idcard.pictures.finders": {"PIL"},
    "idcard.pictures.camera": {"PIL"},
    "idcard.pictures.pdf": {"PIL", "pypdfium2"},
    "idcard.pictures.picture": {"PIL"},
    "idcard.pictures.reading": {"PIL"},
    "idcard.pictures.views": {"PIL"},
    "idcard.keys.token_key": {"pkcs11"},
    "idcard.keys.token_sessions": {"pkcs11"},
    "idcard.keys.key_file": {"nacl"},
    "idcard.keys.signer": {"nacl"},
    "idcard.issuing.slips": {"nacl"},
    "idcard.printing.typesetting": {"typst"},
    "idcard.testing.fixtures": {"pytest"},
    "idcard.whole_file": {"filelock"},
    "idcard.verify.kept_memory": {"platformdirs"},
}
"""The modules that import anything besides the standard library and the house, and what."""
VERIFY = {
    *(
        "idcard",
        "idcard.errors",
        "idcard.contract",
        "idcard.cbor_heads",
        "idcard.cose",
        "idcard.credential",
        "idcard.trust",
        "idcard.verify",
    ),
    *(f"idcard.credential.{name}" for name in ("calendar", "claims", "scope", "signed", "text")),
    *(f"idcard.trust.{name}" for name in ("cancellations", "document", "kill_note")),
    *(f"idcard.trust.{name}" for name in ("root", "trust_file", "trust_list")),
    *(f"idcard.verify.{name}" for name in ("decision", "memory", "shortcut", "verifier")),
}
"""All of the house that a venue loads: no minting, drawing, explaining or records, and no private key."""
DECODERS = {
    "idcard.symbol.bars",
    "idcard.symbol.qr",
    *(f"idcard.pictures.{name}" for name in ("attempts", "finders", "pdf", "picture", "views")),
}
"""The modules that are imported where a picture is read or drawn, and load what does it."""
NETWORK = {
    *("socket", "_socket", "ssl", "_ssl", "select", "selectors", "asyncio", "socketserver", "http", "xmlrpc"),
    *("urllib.request", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "nntplib", "webbrowser"),
}
REACHES = {
    "desk.connections": {"socket"},
    "desk.second_start": {"http", "socket"},
    "desk.server": {"socket", "webbrowser"},
    "counter.records": {"select"},
}
"""The modules that may: two serve the page of a desk on the loopback address, one asks there whether it runs already,
and one waits for a pipe. Dask connects
by itself, where `idcard draw --scheduler` asks for it."""
WEB = {"flask", "werkzeug", "waitress"}
PROCESSES = {"subprocess", "multiprocessing", "ctypes", "pickle", "marshal", "concurrent"}
CLOCKS = r"(?:datetime\.now|date\.today|time\.time)\("
HEAVY = {"click", "PIL", "zxingcpp", "numpy", "json", "email", "logging", "sqlite3", "unittest"}


def modules() -> dict[str, Path]:
    """Every module of the house by its name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("idcard", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def package_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def imports(path: Path) -> Iterator[str]:
    """What the statements of a file import, wherever they stand: `a.b` for `import a.b` and `from a import b`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def run(program: str, *arguments: str) -> Any:
    """What a program prints as JSON in a fresh interpreter with this one's path."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


LOADED = """
import importlib, sys
before = set(sys.modules)
importlib.import_module(sys.argv[1])
loaded = sorted(set(sys.modules) - before)
import json
print(json.dumps(loaded))
"""


def loaded_by(module: str) -> set[str]:
    return set(run(LOADED, module))


def top(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


# ---- the house, read ----


def test_the_house_has_these_packages() -> None:
    assert {package_of(module) for module in modules()} == set(MAY_IMPORT)


@pytest.mark.parametrize("module", modules())
def test_imports_run_one_way(module: str) -> None:
    house = {package_of(name) for name in imports(modules()[module]) if name.partition(".")[0] == "idcard"}
    assert house <= MAY_IMPORT[package_of(module)] | {package_of(module)}


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_nothing_else_of_weight(module: str) -> None:
    others = top(set(imports(modules()[module]))) - set(sys.stdlib_module_names) - {"idcard"}
    assert others == WEIGHT.get(module, set())


def command_modules() -> list[Path]:
    spec = importlib.util.find_spec("idcard_cli")
    assert spec is not None
    assert spec.origin is not None
    return sorted(Path(spec.origin).parent.rglob("*.py"))


def name_of(path: Path) -> str:
    return f"{path.parent.name}.{path.stem}"


def command_modules_by_name() -> dict[str, Path]:
    """Every module of the command by its name within it."""
    paths = command_modules()
    return {".".join(path.relative_to(paths[0].parent).with_suffix("").parts): path for path in paths}


def wing_of(name: str) -> str:
    return name.partition(".")[0] if name.partition(".")[0] in WING_MAY_IMPORT else ""


def of_the_command(path: Path) -> set[str]:
    """The modules of the command that a file imports."""
    named = {name.removeprefix("idcard_cli.") for name in imports(path) if name.startswith("idcard_cli.")}
    known = command_modules_by_name()
    return {name if name in known else name.rpartition(".")[0] for name in named}


def is_command(path: Path) -> bool:
    """Whether a function of a module is a command or a group of commands."""
    functions = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef))
    words = {ast.unparse(each).partition("(")[0] for function in functions for each in function.decorator_list}
    return any(word.endswith((".command", ".group")) for word in words)


@pytest.mark.parametrize("name", command_modules_by_name())
def test_the_wings_of_the_command_stand_on_its_base(name: str) -> None:
    path = command_modules_by_name()[name]
    wings = {wing_of(each) for each in of_the_command(path)}
    assert wings <= WING_MAY_IMPORT[wing_of(name)] | {wing_of(name)}


def test_no_command_imports_another() -> None:
    commands = {name for name, path in command_modules_by_name().items() if is_command(path)}
    assert {"venue.verify", "officer.city", "counter.slip", "desk.desk", "demo"} <= commands
    base = {"command"}  # which holds the group of all
    found = {
        f"{name} -> {each}"
        for name in commands
        for each in of_the_command(command_modules_by_name()[name]) & commands - base - {name}
    }
    assert not found


@pytest.mark.parametrize("path", [*modules().values(), *command_modules()], ids=name_of)
def test_no_module_imports_the_network_but_those_that_are_to_reach_it(path: Path) -> None:
    named = set(imports(path))
    every = named | {name.rpartition(".")[0] for name in named} | top(named)
    assert every & NETWORK == REACHES.get(name_of(path), set())
    assert not every & WEB or path.parent.name == "desk"


@pytest.mark.parametrize(
    "name", [name for name in command_modules_by_name() if wing_of(name) in {"officer", "counter"}]
)
def test_what_works_in_a_city_has_its_time_from_the_one_clock(name: str) -> None:
    """Or a rehearsal would sign or count at the real time. Drawing has no city."""
    text = command_modules_by_name()[name].read_text("utf-8")
    assert name == "counter.draw" or not {"datetime.now(", "date.today(", "time.time("} & set(re.findall(CLOCKS, text))


def test_the_reader_of_imports_sees_them(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("import a.b, c as d\nfrom e import f, g\ndef h():\n    if 1:\n        from i.j import k\n")
    assert list(imports(path)) == ["a.b", "c", "e.f", "e.g", "i.j.k"]
    path.write_text("from . import a\n")
    with pytest.raises(AssertionError, match="relative"):
        list(imports(path))


# ---- the house, loaded ----


def test_import_idcard_verify_loads_what_it_needs_and_nothing_else() -> None:
    loaded = loaded_by("idcard.verify")
    assert {name for name in loaded if name.partition(".")[0] == "idcard"} == VERIFY
    assert top(loaded) - set(sys.stdlib_module_names) == {"idcard", "cbor2", "nacl", "_cffi_backend", "_sodium"}
    assert not loaded & (NETWORK | PROCESSES | HEAVY | {"tomllib", "importlib.metadata"})


def test_the_package_has_the_version_of_what_is_installed() -> None:
    assert idcard.__version__ == metadata.version("municipal-idcard")
    with pytest.raises(AttributeError, match="no attribute 'version'"):
        idcard.version  # noqa: B018


@pytest.mark.parametrize("module", modules())
def test_a_module_alone_loads_only_what_is_below_it(module: str) -> None:
    loaded = loaded_by(module)
    assert module in loaded
    house = {package_of(name) for name in loaded if name.partition(".")[0] == "idcard"} - {"idcard"}
    assert house <= MAY_IMPORT[package_of(module)] | {package_of(module)}
    if module not in {*DECODERS, "idcard.testing.fixtures"}:
        assert not loaded & (NETWORK | (HEAVY - {"json"}) | PROCESSES)


@pytest.mark.parametrize("name", ["click", "zxingcpp", "json", "socket", "idcard.issuing.minting"])
def test_the_list_of_what_is_loaded_is_true(name: str) -> None:
    assert name in loaded_by(name)


# ---- the network ----

AUDITED = """
import sys
events = []
sys.addaudithook(lambda event, arguments: events.append(event))

def reached(since):
    outside = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "subprocess.", "os.", "webbrowser.", "ctypes.")
    return sorted({event for event in events[since:] if event.startswith(outside) or event == "open"})

from datetime import datetime
from idcard.verify import Refused, Verifier
imported = [event for event in reached(0) if event not in ("open", "os.listdir", "ctypes.dlopen")]

path, now, *codes = sys.argv[1:]
since = len(events)
verifier = Verifier.open(path)
opened = [event for event in events[since:] if event == "open"]

now = datetime.fromisoformat(now)
since, told = len(events), []
for code in codes:
    for venue_class in (*verifier.classes, "casino"):
        try:
            told.append(verifier.verify(code, venue_class, now=now).venue_class)
        except Refused as refused:
            told.append(refused.reason.value)
            refused.message, refused.remedy
verified = reached(since)

since = len(events)
import socket
socket.socket().close()
control = [event for event in reached(since) if event.startswith("socket.")]

import json
print(json.dumps([imported, opened, told, verified, control]))
"""


def test_no_import_and_no_verification_opens_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "city.idtrust"
    city = City()
    path.write_bytes(city.file)
    good, forged = city.code("library"), City("shelbyville").code("pharmacy")
    codes = [good, city.code("pharmacy"), good[:-3] + "000", forged, "IDC2:", "https://example.org/", ""]
    imported, opened, told, verified, control = run(AUDITED, str(path), NOW.isoformat(), *codes)
    # A control: the hook sees a socket where one is opened.
    assert control == ["socket.__new__"]
    assert imported == []
    # One named way to open a trust file, and a verification opens nothing at all.
    assert opened == ["open"]
    assert verified == []
    assert {"library", "museum", "pharmacy", "wrong-class", "unknown-class", "unknown-key", "newer-program"} < set(told)
    assert {"bad-signature", "not-a-code"} < set(told)
