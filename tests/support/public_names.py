"""The list of public names (docs/developers.md, What is public), from the modules themselves; a test compares."""

import importlib
import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

MODULES = (
    "idcard.languages",
    "idcard.pictures",
    "idcard.testing",
    "idcard.testing.fixtures",
    "idcard.verify",
    "idcard.verify.choice",
    "idcard.verify.memory",
    "idcard.verify.scanner",
    "idcard.verify.trust_source",
    "idcard.verify.verdict",
)
FILE = Path("docs/public-names.txt")


def listed() -> str:
    """One name in each line, with the names of parameters."""
    lines = ["idcard.__version__"]
    for module in MODULES:
        public = importlib.import_module(module)
        for name in sorted(public.__all__):
            lines += _of(f"{module}.{name}", _value(public, name))
    return "".join(f"{line}\n" for line in lines)


def documented() -> Iterator[tuple[str, Any]]:
    """Every public function, class, method and property, by its name."""
    for module in MODULES:
        public = importlib.import_module(module)
        yield module, public
        for name in public.__all__:
            value = _value(public, name)
            if inspect.isfunction(value) or inspect.isclass(value):
                yield f"{module}.{name}", value
            if inspect.isclass(value):
                coded = ((each, member) for each, member in _members(value) if _has_code(member))
                yield from ((f"{module}.{name}.{each}", member) for each, member in coded)


def _value(module: Any, name: str) -> Any:
    """What the name stands for, without a cache around it."""
    value = getattr(module, name)
    return getattr(value, "__wrapped__", value)


def _of(name: str, value: Any) -> Iterator[str]:
    if not inspect.isclass(value):
        yield name + (_parameters(value) if inspect.isfunction(value) else "")
        return
    is_enum = issubclass(value, Enum)
    yield name + ("" if is_enum or issubclass(value, Exception) else _parameters(value))
    if is_enum:
        yield from (f"{name}.{each.name} = {each.value}" for each in value)
    for member, found in _members(value):
        function = found.__func__ if isinstance(found, classmethod) else found
        yield f"{name}.{member}" + (_parameters(function) if inspect.isfunction(function) else "")


def _members(value: type) -> Iterator[tuple[str, Any]]:
    """Methods, properties and fields that a class of ours says itself."""
    for each in sorted(vars(value)):
        member = vars(value)[each]
        if not each.startswith("_") and not isinstance(member, Enum):
            yield each, member


def _has_code(member: object) -> bool:
    return isinstance(member, (property, classmethod)) or inspect.isfunction(member)


def _parameters(function: Any) -> str:
    shown = []
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        if each.name != "self" and not each.name.startswith("_"):
            shown.append(each.name + ("" if each.default is each.empty else "=…"))
    return f"({', '.join(each for each in shown if each != 'cls')})"


if __name__ == "__main__":
    FILE.write_text(listed(), "utf-8")
