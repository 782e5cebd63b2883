"""Shuts this process in for good: it reads a few named paths, and connects to one port. Linux only.

Landlock (Documentation/userspace-api/landlock.rst of the kernel, and <linux/landlock.h>) takes every file but these
from it, and every port but that one. What Landlock leaves open, `seccomp` shuts: sockets that have a path, such as that
of a desktop's D-Bus, which would start programs for whoever asks.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from idcard.errors import IdcardError
from idcard_cli.counter import seccomp

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""The same on every machine."""
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH, _RULE_NET_PORT = 1, 2
_PR_SET_NO_NEW_PRIVS = 38

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_REFER, _IOCTL_DEV = 13, 15
_CONNECT_TCP = 1 << 1
_RIGHTS = {1: _REFER, 2: _REFER + 1, 3: _IOCTL_DEV, 4: _IOCTL_DEV, 5: _IOCTL_DEV + 1}
"""How many LANDLOCK_ACCESS_FS_* an ABI has: TRUNCATE came between REFER and IOCTL_DEV. A later ABI has those of 5."""
_ABI_OF_NET, _ABI_OF_SCOPES = 4, 6
_BOTH = 1 | 1 << 1
"""LANDLOCK_ACCESS_NET_BIND_TCP and CONNECT_TCP; LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and SIGNAL."""


class NotLocked(IdcardError):
    """This system cannot shut a process in."""


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr. An older kernel takes it as long as it is zero where that knows nothing."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


class _NetPort(ctypes.Structure):
    """struct landlock_net_port_attr."""

    _fields_ = (("allowed_access", ctypes.c_uint64), ("port", ctypes.c_uint64))


def restrict(read: Iterable[Path], connect_port: int) -> None:
    """For the rest of this process, which has one thread yet.

    read: files and folders that may be read, with all that is in them; those that do not exist are left out.
    connect_port: the only one that may be connected to, where the kernel is Linux 6.7 or later.
    Raises NotLocked, and then this process is to end.
    """
    if sys.platform != "linux":
        raise NotLocked("not Linux")
    # A thread that runs already would stay free, and what it has is what all have. Not every one is known to Python.
    assert len(os.listdir("/proc/self/task")) == 1
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = ctypes.c_uint32(_CREATE_RULESET_VERSION)
    abi = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), version)
    if abi < 1:
        raise NotLocked("no Landlock")
    rights = (1 << _RIGHTS.get(abi, _IOCTL_DEV + 1)) - 1
    has_net, has_scopes = abi >= _ABI_OF_NET, abi >= _ABI_OF_SCOPES
    wanted = _Ruleset(rights, _BOTH if has_net else 0, _BOTH if has_scopes else 0)
    size = ctypes.c_size_t(ctypes.sizeof(wanted))
    ruleset = _checked(libc.syscall(_CREATE_RULESET, ctypes.byref(wanted), size, ctypes.c_uint32(0)))

    def add(kind: int, rule: ctypes.Structure) -> None:
        _checked(libc.syscall(_ADD_RULE, ruleset, kind, ctypes.byref(rule), ctypes.c_uint32(0)))

    for path in read:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        add(_RULE_PATH_BENEATH, _PathBeneath(_READ_FILE | (_READ_DIR if path.is_dir() else 0), descriptor))
        os.close(descriptor)
    if has_net:
        add(_RULE_NET_PORT, _NetPort(_CONNECT_TCP, connect_port))
    _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))))
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)))
    os.close(ruleset)
    try:
        seccomp.restrict()
    except seccomp.NoFilter:
        raise NotLocked("no seccomp") from None


def _checked(answer: int) -> int:
    if answer < 0:
        raise NotLocked(os.strerror(ctypes.get_errno()))
    return answer
