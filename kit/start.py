"""Starts idcard at a desk, from the wheels beside this file: no network, no administrator, Python 3.11 or later.

The first time it makes an environment in this user's folder, and asks whose trust file it is to believe. What stands
behind the name of this file goes to `idcard desk`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parent
WHEELS = KIT / "wheels"
TRUST_FILE = KIT / "city.idtrust"
IN_PERSON = "by hand"


def main(arguments):
    if sys.version_info < (3, 11):  # noqa: UP036  Whatever Python there is reads this.
        return _stop("Python 3.11 or later is needed; this is Python {}.{}.".format(*sys.version_info[:2]))
    try:
        idcard = _environment()
    except (OSError, subprocess.CalledProcessError, ImportError) as problem:
        hint = " On Debian, install python3-venv first." if sys.platform == "linux" else ""
        return _stop(f"The program could not be installed ({type(problem).__name__}). Ask the card office.{hint}")
    if not _has_trust_file(idcard):
        if not TRUST_FILE.exists():
            return _stop("There is no trust file yet. Put the city's file city.idtrust into this folder.")
        if not _install_trust_file(idcard):
            return _stop("The trust file was not taken.")
    return _run([*idcard, "desk", *arguments])


def _run(command):
    with subprocess.Popen(command) as desk:
        while True:
            try:
                return desk.wait()
            except KeyboardInterrupt:
                continue  # the desk got Ctrl-C too, and ends by itself


def _environment():
    """The command, in an environment that is made once for this kit and this Python."""
    version = ".".join(map(str, sys.version_info[:2]))
    names = "\n".join(sorted(path.name for path in WHEELS.glob("*.whl")))
    mark = hashlib.sha256(f"{sys.executable}\n{names}".encode()).hexdigest()[:12]
    folder = _data_folder() / f"kit-{version}-{mark}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / "ready").exists():
        print("Installing, once; this takes a minute.", flush=True)
        import venv

        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        venv.create(folder, with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--no-index", "--find-links", str(WHEELS)]
        options = ["--disable-pip-version-check", "--no-cache-dir", "idcard[cli,scan,desk]"]
        subprocess.run([str(python), *install, *options], check=True)
        (folder / "ready").touch()
    return [str(python), "-P", "-c", "from idcard_cli.main import run; run()"]


def _data_folder():
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "idcard"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "idcard"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "idcard"


def _has_trust_file(idcard):
    return subprocess.run([*idcard, "venue", "status"], capture_output=True, check=False).returncode == 0


def _install_trust_file(idcard):
    print("This computer does not know the city yet.")
    print("Type the twelve words that the city says on its website, by telephone or on a board.")
    print(f"If somebody of the city gave you this folder by hand, type: {IN_PERSON}")
    said = input("> ").strip()
    whose = ["--in-person"] if said.lower() == IN_PERSON else ["--fingerprint", said]
    return subprocess.run([*idcard, "venue", "install", str(TRUST_FILE), *whose], check=False).returncode == 0


def _stop(sentence):
    print(sentence)
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
