"""What a release hands out: the wheel and the source distribution, the same bytes wherever they are made."""

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from idcard.credential.calendar import DAY

pytestmark = pytest.mark.slow
RELATIVE_LINK = re.compile(r"\]\((?!https://)(?!#)")


def shipped(root: Path) -> set[str]:
    """All files of the repository, or of a source distribution in which this runs."""
    if not (root / ".git").exists():
        found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        return {name for name in found if "__pycache__" not in name and name != "PKG-INFO"}
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    names = subprocess.run(listed, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return {name for name in names if name and (root / name).exists()}


def copied(root: Path, to: Path, *, age: int) -> Path:
    """age: days for which no file has been touched."""
    for name in shipped(root):
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, path)
        then = path.stat().st_mtime - age * DAY
        os.utime(path, (then, then))
    return to


def built(source: Path, kind: str, zone: str = "UTC") -> Path:
    """kind: wheel or sdist."""
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", source.parent / "out", source]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "TZ": zone})
    [made] = (source.parent / "out").glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def source(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(root, tmp_path_factory.mktemp("here") / "idcard", age=0)


@pytest.fixture(scope="module")
def sdist(source: Path) -> Path:
    return built(source, "sdist")


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    return built(source, "wheel")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as tar:
        tar.extractall(folder, filter="data")
    [found] = folder.iterdir()
    return found


def test_both_are_the_same_bytes_in_another_folder_at_another_time_and_for_another_user(
    root: Path, source: Path, sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        other = copied(root, tmp_path / "elsewhere", age=400)
        assert built(other, "sdist", "Asia/Kathmandu").read_bytes() == sdist.read_bytes()
        assert built(other, "wheel", "Asia/Kathmandu").read_bytes() == wheel.read_bytes()
    finally:
        os.umask(before)


def test_the_source_distribution_is_the_repository(root: Path, unpacked: Path) -> None:
    found = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert found - {"PKG-INFO"} == shipped(root)
    assert {"specs/vectors/manifest.json", "docs/venue.md", "SECURITY.md", "tests/conftest.py", ".ci/run"} <= found


def test_what_somebody_tried_in_a_clone_is_not_shipped(root: Path, tmp_path: Path) -> None:
    clone = copied(root, tmp_path / "clone", age=0)
    key = clone / "springfield/keys/root-1.key"
    key.parent.mkdir(parents=True)
    key.write_text("a secret")
    (clone / "passphrase.txt").write_text("a long passphrase, for a test city")
    with tarfile.open(built(clone, "sdist")) as tar:
        names = tar.getnames()
    assert not [name for name in names if "springfield/" in name or "passphrase.txt" in name]


def test_the_built_page_is_in_both_though_git_does_not_keep_it(root: Path, tmp_path: Path) -> None:
    clone = copied(root, tmp_path / "clone", age=0)
    page = {"idcard/page/index.html": b"<!doctype html>", "idcard/page/decoder.wasm": b"\0asm"}
    for name, data in page.items():
        (clone / name).parent.mkdir(exist_ok=True)
        (clone / name).write_bytes(data)
    with tarfile.open(built(clone, "sdist")) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    assert {name: (unpacked / name).read_bytes() for name in page} == page
    with zipfile.ZipFile(built(unpacked, "wheel")) as wheel:
        assert {name: wheel.read(name) for name in page} == page


def test_the_wheel_from_it_is_the_wheel(unpacked: Path, wheel: Path) -> None:
    assert built(unpacked, "wheel").read_bytes() == wheel.read_bytes()


def test_its_tests_run(unpacked: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/test_name.py",
        "tests/test_cose.py",
    ]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_wheel_holds_what_runs_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in names} == {"idcard", "idcard_cli"}
    assert {Path(name).suffix for name in names} == {
        *(".py", ".typed", ".mo", ".typ", ".toml"),
        *(".html", ".css", ".js", ".svg"),
    }
    assert {"idcard/py.typed", "idcard/repairs/keyboards.toml", "idcard/languages/es/LC_MESSAGES/idcard.mo"} <= names


def test_a_new_users_first_test_passes_with_the_wheel_alone(root: Path, wheel: Path, tmp_path: Path) -> None:
    """The page is all that is followed: what it imports must be there without an extra."""
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel, "pytest"], check=True, capture_output=True)
    page = (root / "docs/developers.md").read_text("utf-8")
    for name in ("admission.py", "test_admission.py"):
        [program] = re.findall(rf"^```python\n# {name}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        (tmp_path / name).write_text(program, "utf-8")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["idcard.testing.fixtures"]\n', "utf-8")
    (tmp_path / "test_fixture.py").write_text("def test_it(idcard_trust_file): assert idcard_trust_file.exists()\n")
    command = [python, "-W", "error", "-m", "pytest", "-q", "test_admission.py", "test_fixture.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "10 passed" in done.stdout, done.stdout + done.stderr


def test_a_package_index_shows_no_link_that_leads_nowhere(unpacked: Path) -> None:
    shown = email.message_from_string((unpacked / "PKG-INFO").read_text("utf-8")).get_payload()
    assert isinstance(shown, str)
    assert RELATIVE_LINK.search((unpacked / "README.md").read_text("utf-8"))
    assert not RELATIVE_LINK.search(shown)
    assert "command (`specs/command.md`)" in shown
