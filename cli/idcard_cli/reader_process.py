"""The process in which pictures and PDFs are decoded, of `reader`; it imports nothing else of the command.

It has no environment, no file but the two pipes, and can open neither file nor socket: a decoder that somebody else has
taken over reads no key from a file and sends none away. What needs no open file stays possible to it, with the rights
of this user (specs/command.md, Pictures and PDFs). What Linux does not limit for root, as processes, and what other
systems do not have, it lacks.
"""

import codecs
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO

HEAD = struct.Struct(">BBII")
"""Of a request: whether the picture is one of a camera's many, seconds of processor, most pixels (0: no limit of its
own), bytes. Then these."""
LIST, ERROR, EXTRA, END = b"LEX."
MORE, ENOUGH = b"+", b"."
FOUND = struct.Struct(">BH")
"""Of a code: the number of its place, bytes of its text in UTF-8. Then these. A list begins with their number."""
PLACES = (
    *("top-left", "top", "top-right", "left", "middle", "right"),
    *("bottom-left", "bottom", "bottom-right"),
)
MEMORY = 1 << 30
"""Bytes of address space: three times what the largest picture takes."""


def main() -> None:
    _load()
    limit()
    answer(sys.stdin.buffer, sys.stdout.buffer)


def _load() -> None:
    """All that is imported late, by us or by Pillow, for afterwards no file is opened."""
    for name in ("ascii", "latin-1", "utf-8", "utf-16", "cp1252"):
        codecs.lookup(name)
    for load in (_load_pictures, _load_pdf):
        try:
            load()
        except ImportError as problem:
            sys.modules[problem.name or ""] = None  # type: ignore[assignment]  # is said where it is asked for


def _load_pictures() -> None:
    import copy  # noqa: F401

    from PIL import (  # noqa: F401
        AvifImagePlugin,
        ExifTags,
        Image,
        ImageColor,
        ImageMode,
        ImageOps,
        ImagePalette,
        MpoImagePlugin,
        TiffImagePlugin,
    )

    from idcard.pictures import attempts, camera, picture  # noqa: F401

    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.MAX_IMAGE_PIXELS = None  # we count them, and this program is nobody else's


def _load_pdf() -> None:
    import pypdfium2  # type: ignore[import-untyped]

    from idcard.pictures import pdf  # noqa: F401

    pypdfium2.PdfDocument.new().close()


def limit() -> None:
    """For ever: no file or socket that is not open yet, none in the place of one that it closes, no byte written to a
    file, no process or thread, no core dump, and so much memory.

    Not limited are calls that name a path or a process: unlink, rename, truncate, chmod, kill, execve.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in (
        (resource.RLIMIT_NOFILE, 0),  # 3 would allow another file under the number of a closed one
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
        *([] if sys.platform == "darwin" else [(resource.RLIMIT_AS, MEMORY)]),  # macOS refuses to set it
    ):
        _, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))


def _limit_processor(seconds: int) -> None:
    """From now on; the process dies of it."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


def answer(requests: BinaryIO, answers: BinaryIO) -> None:
    """Until nobody asks any more."""
    from idcard.pictures import Camera

    camera = Camera()
    while len(head := requests.read(HEAD.size)) == HEAD.size:
        moving, seconds, pixels, size = HEAD.unpack(head)
        data = requests.read(size)
        if len(data) < size:
            return
        _limit_processor(seconds)
        for each in _answers(camera, data, pixels or None, moving=bool(moving)):
            answers.write(each)
            answers.flush()
            if each[0] != LIST or requests.read(1) != MORE:
                break


def _answers(camera: object, data: bytes, max_pixels: int | None, *, moving: bool) -> Iterator[bytes]:
    from idcard import pictures
    from idcard.errors import NeedsExtra
    from idcard.pictures import Camera, PictureError

    assert isinstance(camera, Camera)
    try:
        found = camera.search(data, max_pixels=max_pixels) if moving else pictures.search(data, max_pixels=max_pixels)
        for each in found:
            texts = ((PLACES.index(place), text.encode("utf-8", "replace")) for text, place in each)
            listed = b"".join(FOUND.pack(place, len(text)) + text for place, text in texts)
            yield bytes((LIST, len(each))) + listed
    except PictureError as problem:
        name = problem.why.value.encode("ascii")
        yield bytes((ERROR, len(name))) + name
    except NeedsExtra:
        yield bytes((EXTRA,))
    else:
        yield bytes((END,))
