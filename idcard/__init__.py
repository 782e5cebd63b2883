"""A municipal identity card without a database of its residents.

Embedders need one package, `idcard.verify`. The formats are in `specs/`.
"""

__version__: str
"""That of the installed package, looked up when it is asked for: a venue's program starts without it."""


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("municipal-idcard")
