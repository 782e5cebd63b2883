"""What the workers of a cluster run. A task and its answer are plain bytes, which Dask only carries."""

import pickle
from functools import cache
from importlib import metadata

from idcard.errors import IdcardError

GOOD, FAILED = b"+", b"-"


class OtherVersion(IdcardError):
    """A worker has another idcard than the process that signs, and would read its task in another way."""


@cache
def version() -> str:
    return metadata.version("municipal-idcard")


def pack(function: object, arguments: tuple[object, ...]) -> bytes:
    return pickle.dumps((function, arguments))


def run(of_version: str, task: bytes) -> bytes:
    """GOOD and the bytes that the function returned, or FAILED and the kind of the error.

    Raises nothing: of a task that fails, Dask writes the arguments into logs, and here these are codes.
    """
    try:
        if version() != of_version:
            raise OtherVersion(version())
        function, arguments = pickle.loads(task)  # noqa: S301  # whoever gives a worker tasks runs code in it anyway
        answer = function(*arguments)
        if type(answer) is not bytes:
            raise TypeError("a task gives bytes")
    except Exception as problem:
        return FAILED + kind(problem)
    return GOOD + answer


def kind(problem: BaseException) -> bytes:
    """All that is told of an error: its text may hold anything."""
    return type(problem).__name__.encode("ascii", "replace")
