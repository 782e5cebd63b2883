"""What all commands share: help that works, exits that never blame a holder, and no more loaded than is needed."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cities import ADULT, NOW, City
from command import (
    ACCEPT,
    CANNOT_SAY,
    REJECT,
    TIMEOUT,
    USAGE,
    Demo,
    Founded,
    commands,
    environment,
    idcard,
    program,
)
from idcard_cli.command import cli
from machine import FOR_WANT_OF_PAGE, page_is_built

from idcard.trust import trust_file

CITY = City()
LIBRARY = CITY.code("library")


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("venue") / "city.idtrust"
    path.write_bytes(CITY.file)
    return path


COMMANDS = dict(commands(cli))
GROUPS = [path for path, command in COMMANDS.items() if isinstance(command, click.Group)]
LEAVES = [path for path in COMMANDS if path not in GROUPS]
named = " ".join


def test_the_commands_are_these() -> None:
    assert {named(path) for path in LEAVES} == {
        "verify", "scan", "tally", "desk", "serve", "explain", "slip new", "slip batch", "slip wanted", "slip check",
        "mint", "batch",
        "draw", "counter", "cohort", "cancel",
        "ledger show", "ledger merge", "city classes", "city init", "city counts", "city edit",
        "city collect", "city report", "city rehearsal",
        "key status", "key plan", "key rotate", "key distrust", "key retire", "key stations", "key make", "key check",
        "key passphrase",
        "trust show", "trust diff", "trust draft", "trust sign", "trust finish", "trust renew", "trust kill",
        "trust poster", "venue install", "venue update", "venue status", "venue forget", "privacy", "due",
        "doctor", "phone-page", "demo", "rehearse", "completion", "conformance",
    }  # fmt: skip


# ---- help ----


@pytest.mark.parametrize("path", list(COMMANDS), ids=named)
def test_help_is_on_stdout_and_fits_a_terminal(path: tuple[str, ...]) -> None:
    ended = idcard(*path, "-h" if path in GROUPS else "--help")
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert ended.out.startswith(f"Usage: {named(('idcard', *path))}")
    assert max(map(len, ended.out.splitlines())) <= 100


@pytest.mark.parametrize("path", GROUPS, ids=named)
def test_a_group_without_a_command_shows_its_help_to_be_read(path: tuple[str, ...]) -> None:
    ended = idcard(*path)
    assert ended.code == USAGE
    assert "\\n" not in ended.out + ended.err
    assert any(line.startswith("  ") for line in (ended.out + ended.err).splitlines())


def example(path: tuple[str, ...]) -> str:
    """The lines of the example in a command's help, as a shell reads them."""
    text = idcard(*path, "--help").out
    found = re.search(r"\n  Example:\n((?:    .*\n)+)", text)
    assert found, text
    return found[1]


def kid(founded: Founded) -> str:
    """Of the key that signs library codes now."""
    active = min(founded.folder.glob("keys/cohort-*.key"))
    return active.stem.rpartition("-")[2]


def prepare(work: Path, path: tuple[str, ...]) -> None:
    """What an officer has at hand before the step of the ceremony."""
    city, published = work / "springfield", work / "springfield/city.idtrust"
    shutil.copy(published, work / "old.idtrust")
    shutil.copy(min(city.glob("kill-notes/*")), work / "kill-note.txt")
    if path in {("trust", "sign"), ("trust", "finish")}:
        assert idcard("trust", "draft", "--city", city, "--out", work / "next.iddraft").code == ACCEPT
    if path == ("trust", "finish"):
        key = ("--key", city / "keys/publisher.key", "--passphrase-file", work / "passphrase.txt")
        assert idcard("trust", "sign", work / "next.iddraft", "--trust", published, *key, "--yes").code == ACCEPT
    if path in {("slip", "check"), ("cancel",)}:
        hand_out_a_card(work, city)
    if path in {("batch",), ("draw",), ("slip", "wanted")}:
        (work / "records.csv").write_text("reference,resident\nA-1,yes\n", "ascii")
        (work / "people.csv").write_text("reference;Born;resident\nA-1;1.2.1990;yes\n", "ascii")
    if path == ("privacy",):
        (work / "records.csv").write_text("reference,birth_date,resident,student\nA-1,1990-12-31,yes,no\n", "ascii")
    if path == ("doctor",):
        named = ("--passphrase-file", work / "passphrase.txt", "--out", work / "sheet.json")
        assert idcard("cohort", "--city", city, *named).code == ACCEPT
    if path == ("key", "passphrase"):
        old = (work / "passphrase.txt").read_text("utf-8")
        (work / "old-and-new.txt").write_text(f"{old}two gloves and one lost train\n", "utf-8")
    if path == ("draw",):
        named = ("--for", "library", "--passphrase-file", work / "passphrase.txt", "--out", work / "codes.jsonl")
        assert idcard("batch", work / "records.csv", "--city", city, *named).code == ACCEPT
    if path == ("city", "collect"):
        (work / "counter-2").mkdir()
        (work / "counter-2/counts.csv").write_text("counter,month,key,class,codes\n", "ascii")
    if path == ("ledger", "merge"):
        (work / "north").mkdir()
        (work / "north/ledger.csv").write_text("value,expires\n00a4c19f21d37be85512,2100-01\n", "ascii")


def hand_out_a_card(work: Path, city: Path) -> None:
    """The slip of a card and its codes."""
    made = idcard("slip", "new", "--city", city, "--handles", work / "handles.json")
    (work / "slip.txt").write_text(made.out, "ascii")
    options = (
        "--passphrase-file",
        work / "passphrase.txt",
        "--handles",
        work / "handles.json",
        "--out",
        work / "codes",
    )
    assert idcard("mint", "--city", city, *options, stdin=json.dumps(ADULT).encode()).code == ACCEPT


@pytest.mark.parametrize(
    "path", [path for path in LEAVES if path not in {("desk",), ("serve",), ("counter",)}], ids=named
)
def test_every_command_has_an_example_that_works(
    path: tuple[str, ...], founded: Founded, demo: Demo, passphrase: str, tmp_path: Path
) -> None:
    """Run by a shell in a folder that has what the example names. Elsewhere: desk and serve, which do not end
    (tests/desk), and the counter, which needs a terminal (test_counter_command.py)."""
    if path == ("phone-page",) and not page_is_built():
        pytest.skip(FOR_WANT_OF_PAGE)
    work, tools = tmp_path / "work", tmp_path / "bin"
    shell = shutil.which("sh")
    assert shell
    tools.mkdir()
    (tools / "idcard").write_text(f'#!/bin/sh\nexec {shlex.join(program())} "$@"\n', "utf-8")
    (tools / "idcard").chmod(0o755)
    (tools / "curl").write_text("#!/bin/sh\nexec cat city.idtrust\n", "utf-8")
    (tools / "curl").chmod(0o755)
    if path[0] in {"verify", "scan", "tally", "explain", "venue"}:
        shutil.copytree(demo.folder, work)
    else:
        work.mkdir()
        (work / "passphrase.txt").write_text(f"{passphrase}\n", "utf-8")
    of_a_city = {"mint", "batch", "draw", "cohort", "slip", "cancel", "ledger", "key", "trust", "privacy", "due",
                 "doctor", "phone-page"}  # fmt: skip
    if path[0] in of_a_city or (path[0] == "city" and path[1] not in {"init", "classes"}):
        shutil.copytree(founded.folder, work / "springfield")
        prepare(work, path)
    if path == ("conformance",):
        (work / "specs").symlink_to(Path(__file__).parents[2] / "specs")
    (tmp_path / "home/.local/share/bash-completion/completions").mkdir(parents=True)
    places = {"HOME": str(tmp_path / "home"), "IDCARD_MEMORY": str(tmp_path / "home" / "venue.idmemory")}
    if path in {("verify",), ("scan",), ("tally",), ("venue", "update"), ("venue", "status"), ("venue", "forget")}:
        assert idcard("venue", "install", demo.trust, "--in-person", env=places).code == ACCEPT
    fingerprint = trust_file.decode(demo.trust.read_bytes()).fingerprint.hex(" ", 2)
    line = re.sub("[0-9a-f]{4}( [0-9a-f]{4}){7}", fingerprint, example(path)).replace("1a2b3c4d", kid(founded))
    if any(each.name == "yes" for each in COMMANDS[path].params):
        line = f"{line.rstrip()} --yes\n"  # nobody is there to be asked
    done = subprocess.run(
        [shell, "-e", "-c", line],
        cwd=work,
        capture_output=True,
        text=True,
        env=environment({"PATH": f"{tools}:{os.environ['PATH']}", **places}),
        timeout=TIMEOUT,
        check=False,
    )
    expected = REJECT if path == ("doctor",) else ACCEPT  # the root keys are still with the city
    assert (done.returncode, "Traceback" in done.stderr) == (expected, False), done.stderr


@pytest.mark.parametrize("path", LEAVES, ids=named)
def test_every_option_is_explained(path: tuple[str, ...]) -> None:
    options = [each for each in COMMANDS[path].params if isinstance(each, click.Option)]
    assert all(each.help and each.help.endswith(".") for each in options)


# ---- usage ----


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check"], "no such command 'check'"),
        (["Verify"], "no such command"),
        (["city", "rotate"], "no such command 'rotate'"),
        (["--trust", "x"], "no such option"),
        (["verify", "--nope"], "no such option"),
        (["completion"], "missing argument"),
        (["trust", "show"], "missing argument 'FILE'"),
        (["trust", "show", "a", "b"], "unexpected extra argument"),
        (["demo", "here"], "unexpected extra argument"),
    ],
    ids=lambda value: named(value) if isinstance(value, list) else None,
)
def test_a_command_line_that_is_wrong_is_2_and_says_why(arguments: list[str], says: str) -> None:
    ended = idcard(*arguments)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert re.search(r"^idcard: see idcard\b.* --help$", ended.err, re.MULTILINE)


def test_what_a_message_names_is_readable() -> None:
    """Line ends inside a message are not shown as escapes."""
    ended = idcard("completion")
    assert "\\n" not in ended.err
    assert "\\t" not in ended.err


def test_control_characters_in_arguments_are_escaped() -> None:
    for arguments in (
        ["\x1b[31mred"],
        ["verify", "\x1b]0;x\x07.png", "--trust", "x", "--for", "x"],
        ["trust", "show", "\x1bx"],
    ):
        assert idcard(*arguments).code == USAGE


def test_the_version_is_that_of_the_package(tmp_path: Path, root: Path) -> None:
    """The package may not be installed where this runs, so its metadata is put on the path."""
    found = re.search(r'^version = "(.+)"$', (root / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert found
    metadata = tmp_path / f"municipal_idcard-{found[1]}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: municipal-idcard\nVersion: {found[1]}\n", "utf-8")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    ended = idcard("--version", env={"PYTHONPATH": path})
    assert (ended.code, ended.out, ended.err) == (ACCEPT, f"idcard {found[1]}\n", "")


def test_the_program_is_a_module_too() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "idcard_cli", "verify", "--trust", "nowhere", "--for", "library", "-"],
        capture_output=True, env=environment(), timeout=TIMEOUT, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "Traceback" not in done.stderr


# ---- when the program itself fails ----

SECRET = "IDC1:SECRET 1990-04-01"


def failing(exception: str) -> str:
    """A prelude after which judging a code raises."""
    return (
        "import idcard.verify.verifier as verifier\n"
        "import idcard.verify.decision as decision\n"
        f"def judge(*_): raise {exception}\n"
        "verifier.judge = decision.judge = judge\n"
    )


@pytest.mark.parametrize(
    ("exception", "says"),
    [
        (f"RuntimeError({SECRET!r})", "internal error (RuntimeError); this says nothing about a card"),
        (f"KeyError({SECRET!r})", "internal error (KeyError); this says nothing about a card"),
        (f"AssertionError({SECRET!r})", "internal error (AssertionError); this says nothing about a card"),
        ("RecursionError()", "internal error (RecursionError); this says nothing about a card"),
        ("MemoryError()", "out of memory"),
        ("KeyboardInterrupt()", "interrupted"),
    ],
    ids=lambda value: value.partition("(")[0] if value[0].isupper() else None,
)
def test_a_failure_of_the_program_is_no_rejected_card(trust: Path, exception: str, says: str) -> None:
    ended = idcard("verify", LIBRARY, "--trust", trust, "--for", "library", prelude=failing(exception))
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert ended.err.lstrip("\n") == f"idcard: {says}\n"


@pytest.mark.parametrize("exception", [f"RuntimeError({SECRET!r})", "MemoryError()"])
def test_a_program_is_told_of_a_failure_in_the_object_that_it_expects(trust: Path, exception: str) -> None:
    prelude = failing(exception)
    ended = idcard("verify", LIBRARY, "--trust", trust, "--for", "library", "--json", prelude=prelude)
    verdict = ended.json()
    assert ended.code == CANNOT_SAY
    assert SECRET not in ended.out + ended.err
    message, remedy = verdict.pop("message"), verdict.pop("remedy")
    assert verdict == {
        "schema": 1,
        "outcome": "cannot-say",
        "reason": "internal-error",
        "class": "library",
        "proven": [],
        "expires": None,
        "trust_age_days": None,
        "stale": None,
        "environment": None,
        "photo_check": False,
    }
    for sentence in (message, remedy):
        assert re.fullmatch(r"[A-Z].*\.", sentence)


@pytest.mark.parametrize("module", ["idcard.verify", "idcard.cose", "cbor2", "nacl.bindings", "idcard.errors", "click"])
def test_a_broken_installation_is_no_rejected_card(trust: Path, module: str) -> None:
    """Without `click` is how it is where the extra was forgotten."""
    prelude = f"import sys; sys.modules[{module!r}] = None"
    done = subprocess.run(
        program("verify", LIBRARY, "--trust", trust, "--for", "library", prelude=prelude),
        capture_output=True,
        env=environment(),
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == CANNOT_SAY
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("module", "code", "says"),
    [
        ("click", CANNOT_SAY, "the command is not completely installed (click is missing); it needs the extra 'cli'"),
        ("PIL", USAGE, "reading pictures needs the extra 'scan'"),
        ("zxingcpp", USAGE, "reading pictures needs the extra 'scan'"),
    ],
)
def test_without_an_extra_one_is_told_which_and_where_it_is_installed(
    demo: Demo, module: str, code: int, says: str
) -> None:
    """No package index is named: what is called idcard there is somebody else's."""
    picture, trust = demo.folder / "codes/library.png", demo.folder / "city.idtrust"
    without = f"import sys; sys.modules[{module!r}] = None"
    done = subprocess.run(
        program("verify", picture, "--trust", trust, "--for", "library", prelude=without),
        capture_output=True, env=environment(), timeout=TIMEOUT, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.splitlines()[0] == f'idcard: {says}: see "Install" in the README'


def test_ctrl_c_while_waiting_for_a_code_is_no_rejected_card(trust: Path) -> None:
    """The program says when it begins to wait, so that nobody has to guess how long it takes to start."""
    prelude = """
import sys
from idcard_cli import files
wait = files.read_stdin
def read_stdin(limit):
    sys.stderr.write("waiting\\n")
    sys.stderr.flush()
    return wait(limit)
files.read_stdin = read_stdin
"""
    command = program("verify", "-", "--trust", trust, "--for", "library", "--json", prelude=prelude)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == b"waiting\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=TIMEOUT)
    assert running.returncode == CANNOT_SAY
    assert err.strip() == b"idcard: interrupted"
    assert out == b""


# ---- nothing is loaded that is not needed ----

HEAVY = {
    "PIL", "zxingcpp", "zxcvbn", "idcard.issuing", "idcard.keys", "idcard.symbol.qr",
    "idcard.city.profile", "idcard.city.record", "idcard.credential.explain", "idcard_cli.counter",
    "idcard_cli.counter.slip", "idcard_cli.officer.city", "idcard_cli.demo", "socket", "ssl", "asyncio",
    "urllib.request", "http.client",
}  # fmt: skip


def loaded(tmp_path: Path, *arguments: object) -> set[str]:
    """The modules that a run of the command has in the end, and the packages they are in."""
    listing = tmp_path / "modules.json"
    prelude = (
        "import atexit, json, pathlib, sys\n"
        f"atexit.register(lambda: pathlib.Path({os.fspath(listing)!r}).write_text(json.dumps(sorted(sys.modules))))\n"
    )
    assert idcard(*arguments, prelude=prelude, stdin=json.dumps(ADULT).encode(), cold=True).code == ACCEPT
    return set(json.loads(listing.read_text("utf-8")))


def test_a_verdict_on_text_loads_no_drawing_no_minting_and_no_private_keys(tmp_path: Path, trust: Path) -> None:
    at = NOW.isoformat()
    modules = loaded(tmp_path, "verify", LIBRARY, "--trust", trust, "--for", "library", "--at", at)
    assert {"idcard.verify", "idcard_cli.venue.verify", "nacl.bindings", "cbor2"} <= modules
    assert not HEAVY & modules
    for_a_program = loaded(tmp_path, "verify", LIBRARY, "--trust", trust, "--for", "library", "--at", at, "--json")
    assert modules - for_a_program == {"idcard.credential.names"}
    assert not {name for name in modules if name.startswith(("idcard.keys", "idcard.issuing", "PIL."))}


def test_the_look_above_finds_what_is_heavy_where_it_is_needed(tmp_path: Path, founded: Founded, demo: Demo) -> None:
    minting = loaded(tmp_path, "mint", *founded.options, "--for", "library", "--terminal")
    assert {"zxingcpp", "idcard.issuing", "idcard.keys"} <= minting
    assert "zxcvbn" not in minting  # it judges a passphrase that is chosen, not one that opens a key
    reading = loaded(tmp_path, "verify", demo.folder / "codes/library.png", "--trust", demo.trust, "--for", "library")
    assert "idcard_cli.reader" in reading
    assert not {"PIL", "zxingcpp", "pypdfium2"} & reading  # what decodes has a process of its own
    assert "idcard.symbol.qr" not in reading
    assert not {"idcard.keys", "idcard.issuing"} & reading
