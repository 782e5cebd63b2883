"""Turns off core dumps, which would write keys and records to a disk."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def off() -> None:
    """Turn off core dumps of this process; on Linux, also stop other processes of the user from reading its memory."""
    try:
        import resource
    except ImportError:  # Windows writes no dump unless its administrator asks for it
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Otherwise a debugger of the same user could read the keys, and a pipe in core_pattern would get a dump.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
