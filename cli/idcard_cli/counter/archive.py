"""Writes a tar stream (POSIX.1-1988) with equal bytes, whoever makes it and when."""

import tarfile


def end(size: int) -> bytes:
    """The end of an archive whose members have `size` bytes."""
    rest = size + 2 * tarfile.BLOCKSIZE
    return bytes(2 * tarfile.BLOCKSIZE + -rest % tarfile.RECORDSIZE)


def member(name: str, data: bytes) -> bytes:
    """A file that only its owner may read."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict") + data + bytes(-len(data) % tarfile.BLOCKSIZE)
