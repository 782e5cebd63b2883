"""A municipal identity card without a database of its residents.

Programs that check codes need one package, `idcard.verify`. The formats are in `specs/`.
"""

__version__: str
"""`__version__`: that of the installed package, looked up only when it is used."""


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("municipal-idcard")
