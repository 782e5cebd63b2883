"""No core dump, in which keys and records would lie on a disk."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def off() -> None:
    """For the rest of this process; on Linux, other processes of the same user cannot read its memory either."""
    try:
        import resource
    except ImportError:  # Windows writes no dump unless its administrator asks for it
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Without it a debugger of the same user reads the keys of this process, and a pipe in core_pattern gets a dump.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
