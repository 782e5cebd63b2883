"""What is public is a list that a reviewer sees change, and each name in it says what it is."""

import inspect
import re
from pathlib import Path

import pytest
from support import public_names


def test_the_list_is_that_of_the_modules(root: Path) -> None:
    listed = (root / public_names.FILE).read_text("utf-8")
    assert listed == public_names.listed(), "make names writes it anew; a name that goes is a change for somebody"


def test_the_reference_has_every_public_module(root: Path) -> None:
    pages = "".join(page.read_text("utf-8") for page in (root / "docs/reference").glob("*.md"))
    assert sorted(re.findall(r"^\.\. automodule:: (\S+)$", pages, re.MULTILINE)) == sorted(public_names.MODULES)


NAMES = dict(public_names.documented())


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_a_docstring(name: str) -> None:
    value = NAMES[name]
    told = (value.__func__ if isinstance(value, classmethod) else value).__doc__ or ""
    assert inspect.cleandoc(told), name
    assert not told.startswith(f"{name.rpartition('.')[2]}("), f"{name}: that of a dataclass, which says nothing"
