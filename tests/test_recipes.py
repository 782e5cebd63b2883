"""The programs of docs/recipes.md, in the frameworks for which they are."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from idcard.testing import MadeUpCity
from idcard.verify.trust_source import TrustSource

BLOCK = re.compile(r"^```python\n# ([a-z_]+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CITY = MadeUpCity()
Ask = Callable[[str, str], Any]


def wanted(package: str) -> str:
    return f"needs {package} (make recipes)"


def programs(root: Path) -> dict[str, str]:
    return dict(BLOCK.findall((root / "docs/recipes.md").read_text("utf-8")))


@pytest.fixture
def program(root: Path, tmp_path: Path) -> Callable[[str], Any]:
    """A module of the page, imported."""

    def load(name: str) -> Any:
        path = tmp_path / name
        path.write_text(programs(root)[name], "utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module  # FastAPI looks there for annotations
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def trust(tmp_path: Path) -> TrustSource:
    (tmp_path / "city.idtrust").write_bytes(CITY.trust_file())
    return TrustSource(tmp_path / "city.idtrust", tmp_path / "venue.idmemory", now=CITY.now, city="made-up")


def check(ask: Ask) -> None:
    """ask: what a client is answered with for a class and a text; an object, or a status where there is none."""
    assert ask("pharmacy", CITY.code("pharmacy"))["outcome"] == "accept"
    for reason, code in CITY.refused("pharmacy").items():
        assert ask("pharmacy", code)["reason"] == reason
    assert ask("zoo", CITY.code("pharmacy"))["reason"] == "unknown-class"
    assert ask("pharmacy", "ä\x00")["reason"] == "not-a-code"
    assert ask("pharmacy", "x" * 5000) in {400, 413, 422}


def test_flask(program: Callable[[str], Any], trust: TrustSource) -> None:
    pytest.importorskip("flask", reason=wanted("flask"))
    client = program("flask_app.py").create_app(trust).test_client()

    def ask(venue_class: str, text: str) -> Any:
        answer = client.post(f"/verify/{venue_class}", data=text.encode())
        return answer.json if answer.status_code == 200 else answer.status_code

    check(ask)


def test_fastapi(program: Callable[[str], Any], trust: TrustSource) -> None:
    pytest.importorskip("fastapi", reason=wanted("fastapi"))
    httpx = pytest.importorskip("httpx", reason=wanted("httpx"))
    import asyncio

    transport = httpx.ASGITransport(program("fastapi_app.py").create_app(trust))

    def ask(venue_class: str, text: str) -> Any:
        async def post() -> Any:
            async with httpx.AsyncClient(transport=transport, base_url="http://till") as client:
                return await client.post(f"/verify/{venue_class}", json={"text": text})

        answer = asyncio.run(post())
        return answer.json() if answer.status_code == 200 else answer.status_code

    check(ask)


@pytest.fixture
def django_client(program: Callable[[str], Any], trust: TrustSource) -> Iterator[Any]:
    pytest.importorskip("django", reason=wanted("django"))
    import types

    from django.conf import settings
    from django.test import Client
    from django.urls import path

    urls: Any = types.ModuleType("urls_of_recipe")
    settings.configure(
        ROOT_URLCONF=urls, ALLOWED_HOSTS=["testserver"], DATA_UPLOAD_MAX_MEMORY_SIZE=4096, LOGGING_CONFIG=None
    )
    view = program("django_views.py").verifying(trust)
    urls.urlpatterns = [path("verify/<slug:venue_class>", view)]
    return Client(enforce_csrf_checks=True)


def test_django(django_client: Any) -> None:
    def ask(venue_class: str, text: str) -> Any:
        answer = django_client.post(f"/verify/{venue_class}", text.encode(), content_type="text/plain")
        return answer.json() if answer.status_code == 200 else answer.status_code

    check(ask)


def test_the_library_desk(root: Path, tmp_path: Path) -> None:
    (tmp_path / "city.idtrust").write_bytes(CITY.trust_file())
    (tmp_path / "lending.py").write_text(programs(root)["lending.py"], "utf-8")
    command = [sys.executable, "-W", "error::ResourceWarning", "lending.py", "--trust", "city.idtrust"]
    scans = f"{CITY.code('library')}\r\n\n{CITY.expired('library')}\n]Q1{CITY.code('library')}\n"
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        command, cwd=tmp_path, input=scans, capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    assert done.returncode == 0, done.stderr
    good, expired, repaired = done.stdout.splitlines()
    assert (good, expired) == ("register", "Do not accept it; the city can renew the card.")
    assert repaired.startswith("register The scanner sends something before each code")
