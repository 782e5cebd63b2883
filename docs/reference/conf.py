"""The HTML reference, made from docstrings and from the pages for developers: `make docs`."""

import re
from importlib import metadata
from typing import Any

project = "idcard"
project_copyright = "the idcard developers"
release = version = metadata.version("municipal-idcard")
extensions = ["sphinx.ext.autodoc", "myst_parser"]
html_theme = "furo"
html_title = f"idcard {release}"
exclude_patterns = ["_build"]
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"


def show_example(app: Any, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """The example at the end of a module's docstring, which begins with an import, as code."""
    begins = [at for at, line in enumerate(lines) if re.match(r"from \S+ import |import ", line)]
    if what == "module" and begins:
        lines[begins[0] :] = ["::", "", *(f"    {line}" for line in lines[begins[0] :]), ""]


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", show_example)
