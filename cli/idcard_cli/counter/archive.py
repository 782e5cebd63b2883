"""A tar stream (POSIX.1-1988) that is the same whoever makes it, and when."""

import tarfile


def end(size: int) -> bytes:
    """What follows an archive of so many bytes."""
    rest = size + 2 * tarfile.BLOCKSIZE
    return bytes(2 * tarfile.BLOCKSIZE + -rest % tarfile.RECORDSIZE)


def member(name: str, data: bytes) -> bytes:
    """A file, for its owner alone."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict") + data + bytes(-len(data) % tarfile.BLOCKSIZE)
