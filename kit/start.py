"""Starts idcard from the wheels beside this file: no network, no administrator, Python 3.11 or later.

    start.py [OPTIONS OF IDCARD DESK]
    start.py COMMAND ...                such as: tally, venue status, venue forget

The first time it makes an environment in this user's folder, and asks whose trust file it is to believe; where there is
no city.idtrust beside this file, the desk's page asks for it. A newer one is taken at each start.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parent
WHEELS = KIT / "wheels"
TRUST_FILE = KIT / "city.idtrust"
IN_PERSON = "by hand"
DESK, SCAN = "desk", "scan"
NOT_INSTALLED = 2
"""How `idcard venue status` ends where there is no trust file."""
OWN = ("--trust", "--memory", "--help", "-h")
"""Options after which the trust file of this computer does not matter."""


def main(arguments):
    if sys.version_info < (3, 11):  # noqa: UP036  Whatever Python there is reads this.
        return _stop("Python 3.11 or later is needed; this is Python {}.{}.".format(*sys.version_info[:2]))
    if not arguments or arguments[0].startswith("-"):
        arguments = [DESK, *arguments]
    try:
        try:
            idcard = _environment()
        except (OSError, subprocess.CalledProcessError, ImportError) as problem:
            hint = " On Debian, install python3-venv first." if sys.platform == "linux" else ""
            return _stop(f"The program could not be installed ({type(problem).__name__}). Ask the card office.{hint}")
        if arguments[0] in (DESK, SCAN) and not any(each.split("=")[0] in OWN for each in arguments):
            problem = _prepare(idcard, arguments[0] == DESK)
            if problem:
                return _stop(problem)
    except KeyboardInterrupt:
        return _stop("\nInterrupted.")
    return _run([*idcard, *arguments])


def _prepare(idcard, on_page):
    """A trust file on this computer, the newest that there is; or a sentence that says why there is none.

    on_page: whether a page opens that can ask for the city's file.
    """
    status = _ask(idcard, "venue", "status", "--json")
    if status.returncode == NOT_INSTALLED:
        return _begin(idcard, on_page)
    if TRUST_FILE.exists():
        _update(idcard, status.stdout)
    return ""


def _update(idcard, status):
    """Whatever is wrong with the file beside this program, the desk opens with what it has."""
    taken = _ask(idcard, "venue", "update", str(TRUST_FILE))
    now = _ask(idcard, "venue", "status", "--json").stdout
    if taken.returncode != 0:
        if not _is_older(_ask(idcard, "trust", "show", "--json", str(TRUST_FILE)).stdout, now):
            _say(f"The file {TRUST_FILE.name} beside this program was not taken:")
            _say_words(taken)
    elif _list_of(now) != _list_of(status):
        _say(f"A newer {TRUST_FILE.name} was taken:")
        _say(taken.stdout.strip())


def _is_older(file, status):
    """Whether the file is an older one of the same city. Both are what idcard says of a trust file, in JSON."""
    offered, held = _list_of(file), _list_of(status)
    return bool(offered and held) and offered[0] == held[0] and offered[1] < held[1]


def _list_of(said):
    """Fingerprint and number of a trust list; None where idcard said nothing."""
    if not said:
        return None
    told = json.loads(said)
    return told["fingerprint"], told["list"]["version"]


def _begin(idcard, on_page):
    if not TRUST_FILE.exists():
        missing = f"There is no trust file yet. Put the city's file {TRUST_FILE.name} into this folder: {KIT}"
        return "" if on_page else missing
    shown = _ask(idcard, "trust", "show", str(TRUST_FILE))
    if shown.returncode != 0:
        _say_words(shown)
        damaged = f"The file {TRUST_FILE.name} beside this program cannot be used. Get it again from the city."
        if on_page:
            _say(damaged)
        return "" if on_page else damaged
    _say("This computer does not know the city yet.")
    _say("Type the twelve words that the city says on its website, by telephone or on a board.")
    _say(f"If somebody of the city gave you this folder by hand, type: {IN_PERSON}")
    while True:
        said = _typed()
        if not said:
            return "The trust file was not taken."
        whose = ["--in-person"] if said.lower() == IN_PERSON else ["--fingerprint", said]
        installed = _ask(idcard, "venue", "install", str(TRUST_FILE), *whose)
        _say_words(installed)
        if installed.returncode == 0:
            _say(installed.stdout.strip())
            return ""
        _say("Type the words again, or press Enter alone to end.")


def _typed():
    """A line; nothing where the input has ended."""
    sys.stderr.write("> ")
    sys.stderr.flush()
    try:
        return input().strip()
    except EOFError:
        return ""


def _ask(idcard, *arguments):
    return subprocess.run(
        [*idcard, *arguments], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"}, check=False,
    )  # fmt: skip


def _say_words(asked):
    """What idcard said, without the commands that it names: nobody can type them here."""
    for line in asked.stderr.splitlines():
        if not line.startswith("idcard: see "):
            _say("  " + (line[len("idcard: ") :] if line.startswith("idcard: ") else line))


def _run(command):
    with subprocess.Popen(command) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                continue  # it got Ctrl-C too, and ends by itself


def _environment():
    """The command, in an environment that is made once for this kit and this Python."""
    version = ".".join(map(str, sys.version_info[:2]))
    names = "\n".join(sorted(path.name for path in WHEELS.glob("*.whl")))
    mark = hashlib.sha256(f"{sys.executable}\n{names}".encode()).hexdigest()[:12]
    folder = _data_folder() / f"kit-{version}-{mark}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / "ready").exists():
        _say("Installing, once; this takes a minute.")
        import venv

        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        venv.create(folder, with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--no-index", "--find-links", str(WHEELS)]
        options = ["--disable-pip-version-check", "--no-cache-dir", "municipal-idcard[venue]"]
        subprocess.run([str(python), *install, *options], check=True)
        (folder / "ready").touch()
    return [str(python), "-P", "-c", "from idcard_cli.main import run; run()"]


def _data_folder():
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "idcard"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "idcard"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "idcard"


def _say(sentence):
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _stop(sentence):
    _say(sentence)
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
