"""System calls that Landlock lets pass, taken from this process for good (`landlock`).

A filter of <linux/seccomp.h> (Documentation/userspace-api/seccomp_filter.rst): sockets are of TCP, no process is
started, none of the others is touched, no file is cut, opened to everybody or given to another.
"""

import ctypes
import errno
import os
import platform
import socket
import struct

from idcard.errors import IdcardError

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_DENY = _ERRNO | errno.EPERM
_UNKNOWN = _ERRNO | errno.ENOSYS
_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
"""BPF_LD | BPF_W | BPF_ABS, BPF_ALU | BPF_AND, BPF_JMP | BPF_JEQ, BPF_JGE and BPF_JSET, BPF_RET, each with BPF_K."""
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
"""Where they lie in struct seccomp_data."""
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column of the tables below, and AUDIT_ARCH_*."""
_X32 = 0x40000000
"""Numbers from here on are those of another ABI of x86_64. No other machine has so high ones."""
_MSG_FASTOPEN = 0x20000000
_CLONE_THREAD = 0x00010000
_SOCK_TYPE_MASK = 0xF

_Code = list[tuple[int, int, int, int]]

_DENIED = {
    # It starts nothing, and makes nothing by another way.
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "io_uring_setup": (425, 425), "bpf": (321, 280), "unshare": (272, 97), "setns": (308, 268),
    # A pair of sockets can become one that is connected elsewhere.
    "socketpair": (53, 199), "listen": (50, 201),
    # Of other processes: signals, memory, limits.
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "perf_event_open": (298, 241), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186), "msgrcv": (70, 188),
    "msgsnd": (69, 189), "msgctl": (71, 187), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # Of files. openat2 has its flags where no filter can look.
    "truncate": (76, 45), "openat2": (437, 437), "creat": (85, None), "open_by_handle_at": (304, 265),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "removexattrat": (466, 466),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "inotify_add_watch": (254, 27), "fanotify_mark": (301, 263), "file_setattr": (469, 469),
}  # fmt: skip


class NoFilter(IdcardError):
    """This system takes no filter, or has a machine whose numbers of system calls are not known here."""


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def restrict() -> None:
    """This thread, which can get no new privileges, and all that it starts. Raises NoFilter."""
    if platform.machine() not in _MACHINES:
        raise NoFilter(platform.machine())
    code = _code(*_MACHINES[platform.machine()])
    program = _Program(len(code), b"".join(struct.pack("=HBBI", *each) for each in code))
    libc = ctypes.CDLL(None, use_errno=True)
    mode = ctypes.c_ulong(_MODE_FILTER)
    if libc.prctl(_PR_SET_SECCOMP, mode, ctypes.byref(program), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise NoFilter(os.strerror(ctypes.get_errno()))


def _code(column: int, machine: int) -> _Code:
    """Each step is an operation, how many to skip if its condition holds and if not, and a number."""
    looked_at = {
        (41, 198): _socket(),
        # It would connect without asking Landlock.
        (44, 206): _without(3, _MSG_FASTOPEN),
        (46, 211): _without(2, _MSG_FASTOPEN),
        (307, 269): _without(3, _MSG_FASTOPEN),
        # To open for reading can cut a file off, too.
        (2, None): _without(1, os.O_TRUNC),
        (257, 56): _without(2, os.O_TRUNC),
        # A thread is started, a process is not. What clone3 is asked for cannot be seen; glibc then does without it.
        (56, 220): [_argument(0), (_ANY_BIT, 1, 0, _CLONE_THREAD), _answer(_DENY), _answer(_ALLOW)],
        (435, 435): [_answer(_UNKNOWN)],
        # prlimit64: of this process.
        (302, 261): [_argument(0), (_EQUAL, 1, 0, 0), _answer(_DENY), _answer(_ALLOW)],
    }
    code = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine), _answer(_KILL_PROCESS)]
    code += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), _answer(_KILL_PROCESS)]
    for numbers, steps in [*((each, [_answer(_DENY)]) for each in _DENIED.values()), *looked_at.items()]:
        number = numbers[column]
        if number is not None:
            code += [(_EQUAL, 0, len(steps), number), *steps]
    return [*code, _answer(_ALLOW)]


def _socket() -> _Code:
    """Of TCP: neither of UDP nor of MPTCP, which Landlock knows nothing of."""
    return [
        _argument(0),
        (_EQUAL, 2, 0, socket.AF_INET),
        (_EQUAL, 1, 0, socket.AF_INET6),
        _answer(_DENY),
        _argument(1),
        (_AND, 0, 0, _SOCK_TYPE_MASK),
        (_EQUAL, 1, 0, socket.SOCK_STREAM),
        _answer(_DENY),
        _argument(2),
        (_EQUAL, 2, 0, 0),
        (_EQUAL, 1, 0, socket.IPPROTO_TCP),
        _answer(_DENY),
        _answer(_ALLOW),
    ]


def _without(position: int, flag: int) -> _Code:
    return [_argument(position), (_ANY_BIT, 0, 1, flag), _answer(_DENY), _answer(_ALLOW)]


def _argument(position: int) -> tuple[int, int, int, int]:
    """Its lower half. Both machines have the lower one first."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * position)


def _answer(value: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, value)
