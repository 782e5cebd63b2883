"""The system calls of a program and of all that it starts, as strace writes them down.

Whatever a program gives away or leaves behind goes through a call. Those that write nothing are named here; a call that
is not named, such as a way to write that nobody thought of, is told by `Trace.unknown`.
"""

import ast
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_READS = _names("read pread64 readv preadv preadv2 readlink readlinkat getcwd getdents getdents64")
"""What strings they have came from outside."""
WRITES = _names("write pwrite64 writev pwritev pwritev2")
_OPENS = _names("open openat openat2 creat")
_CHANGES = _names(
    "truncate ftruncate fallocate rename renameat renameat2 link linkat symlink symlinkat mkdir mkdirat mknod mknodat "
    "unlink unlinkat rmdir chmod fchmod fchmodat chown fchown fchownat lchown utime utimes utimensat futimesat"
)
"""Of names and files, which they call by name or by descriptor."""
_QUIET = _names(
    "close close_range lseek fstat stat lstat newfstatat fstatat64 statx statfs fstatfs access faccessat faccessat2 "
    "fcntl flock dup dup2 dup3 pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait "
    "epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd4 pidfd_open fsync fdatasync fadvise64 chdir fchdir "
    "execve execveat prctl prlimit64 setrlimit getrlimit inotify_init1"
)
"""Beyond their strings, which are searched, they tell nobody anything."""
_ASKS = ("TCGETS", "TIOCGWINSZ", "TIOCGPGRP", "FIOCLEX", "FIONCLEX", "FIONREAD", "FIONBIO")
"""Requests of ioctl that change nothing for others."""
_WATCHED = "%desc,%file,%network,%ipc,prctl,prlimit64,setrlimit,add_key,keyctl,ptrace,process_vm_writev,syslog"
_WHOLE = "--abbrev=!execve,execveat,writev,pwritev,pwritev2"

_CALL = re.compile(r"(\w+)\((.*)\)\s+= (.*)", re.DOTALL)
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"(\.\.\.)?')
_DESCRIPTOR = re.compile(r"^-?\d+<(.*?)>(?:\(deleted\))?(?:,|$)")
_FOLDER = re.compile(r"(?:AT_FDCWD|\b\d+)<([^>]*)>, (?=\")")


@dataclass(frozen=True, slots=True)
class Call:
    """arguments, result: as strace writes them, with strings in quotes and the paths of descriptors in `<>`."""

    name: str
    arguments: str
    result: str

    @property
    def failed(self) -> bool:
        return self.result.startswith("-1")

    @property
    def target(self) -> str:
        """The path of its first argument, which is a descriptor."""
        found = _DESCRIPTOR.match(self.arguments)
        return found[1] if found else ""

    def strings(self) -> list[bytes]:
        """Whole ones: it is an error where strace has cut one off, or could not read it."""
        found = list(_STRING.finditer(self.arguments))
        assert not any(each[2] for each in found), f"a string of {self.name} is cut off"
        if self.name in WRITES and not self.failed:
            assert found, f"strace could not read what {self.name} writes"
        return [ast.literal_eval(f'b"{each[1]}"') for each in found]

    def paths(self) -> Iterator[str]:
        """Of the files that it opens for writing or changes; none where it does not, or fails."""
        if self.failed:
            return
        if self.name in _OPENS:
            if self.name == "creat" or re.search(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|TMPFILE)\b", self.arguments):
                opened = re.match(r"\d+<(.*?)>", self.result)
                yield opened[1] if opened else self.result
        elif self.name in _CHANGES:
            if self.target and self.name.startswith("f") and not self.name.endswith("at"):
                yield self.target
                return
            folders = _FOLDER.findall(self.arguments)
            for number, name in enumerate(self.strings()):
                folder = folders[number] if number < len(folders) else ""
                yield os.path.join(folder, os.fsdecode(name))

    def is_known(self) -> bool:
        """Whether everything that it gives away is in its strings, or in `paths`."""
        if self.name == "ioctl":
            return any(f", {request}" in self.arguments for request in _ASKS)
        if self.name == "mmap":
            # What is written to a shared mapping of a file is no call.
            if "MAP_SHARED" not in self.arguments or "PROT_WRITE" not in self.arguments:
                return True
            path = re.search(r"<(.*?)>", self.arguments)
            return path is None
        return self.name in _READS | WRITES | _OPENS | _CHANGES | _QUIET


@dataclass(frozen=True)
class Trace:
    """threads: the calls of each, in their order."""

    code: int
    out: bytes
    err: bytes
    threads: Sequence[Sequence[Call]]

    def calls(self) -> Iterator[Call]:
        for thread in self.threads:
            yield from thread

    def unknown(self) -> set[str]:
        """Calls in which something may leave that nobody can search, a socket among them."""
        return {f"{call.name}({call.arguments})"[:200] for call in self.calls() if not call.is_known()}

    def changed(self) -> set[str]:
        """Paths of all files that are opened for writing, made, renamed, changed or removed."""
        return {path for call in self.calls() for path in call.paths()}

    def given_away(self) -> Iterator[tuple[str, bytes]]:
        """Every string of every call but those that read, and where it went: what is written to one place in a row."""
        for thread in self.threads:
            written: dict[str, list[bytes]] = defaultdict(list)
            for call in thread:
                if call.name not in _READS:
                    written[call.target if call.name in WRITES else call.name].extend(call.strings())
            for target, strings in written.items():
                yield target, (b"" if target.startswith(("/", "pipe:")) else b"\n").join(strings)


def traced(command: Sequence[str], folder: Path, **how: Any) -> Trace:
    """Runs a program. folder: a new one, for what strace writes. how: as of `subprocess.run`.

    prctl does nothing: a program that is closed to debuggers would be closed to strace, too, where that is not root's.
    """
    folder.mkdir()
    strace = ["strace", "--output-separately", "--quiet=all", "--decode-fds=path", "--string-limit=1000000000"]
    chosen = [f"--trace={_WATCHED}", "--signal=none", _WHOLE, "--inject=prctl:retval=0"]
    done = subprocess.run(
        [*strace, *chosen, f"--output={folder}/thread", "--follow-forks", "--", *command],
        capture_output=True,
        check=False,
        **how,
    )
    threads = [list(_parsed(path.read_text("latin-1"))) for path in sorted(folder.iterdir())]
    return Trace(done.returncode, done.stdout, done.stderr, threads)


def _parsed(text: str) -> Iterator[Call]:
    for line in text.split("\n")[:-1]:
        found = _CALL.fullmatch(line)
        assert found is not None, f"not a line of strace: {line[:200]}"
        yield Call(found[1], found[2], found[3])
