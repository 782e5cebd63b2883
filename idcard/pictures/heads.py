"""What decoding would cost, from the head of a file alone: the decoders find out when it is too late."""

import re
import struct
from collections.abc import Iterator

MAX_COEFFICIENTS = 400_000_000
"""Bytes that a JPEG in several scans holds until it is decoded: two for each sample."""
MAX_SCANNED = 1_200_000_000
"""Pixels times scans of a JPEG, each of which goes over the whole picture: ten scans of 120 million."""
MAX_TAGS = 1_000
"""Entries in the directories of a TIFF."""
_MARKER = re.compile(rb"\xff([^\xff\0\xd0-\xd7])", re.DOTALL)
_END, _SCAN, _TEM = 0xD9, 0xDA, 0x01
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}


def is_costly_jpeg(data: bytes) -> bool:
    """Whether it is built of so many scans, or so large ones, that decoding takes seconds for each.

    Photos have one scan, and what is made for the web has ten at most.
    """
    if data.count(b"\xff\xda") < 2:  # as a camera's have, and nothing more is to be found out
        return False
    scans, pixels, samples = 0, 0, 0.0
    for marker, at in _segments(data):
        if marker == _SCAN:
            scans += 1
        elif marker in _FRAMES and len(data) >= at + 8:
            height, width, parts = struct.unpack_from(">HHB", data, at + 3)
            pixels = max(pixels, width * height)
            factors = [(each >> 4, each & 15) for each in data[at + 9 : at + 8 + 3 * parts : 3]]
            largest = max((across for across, _ in factors), default=1) * max((down for _, down in factors), default=1)
            samples = sum(across * down for across, down in factors) / max(1, largest)
        if scans * pixels > MAX_SCANNED:
            return True
    return scans > 1 and 2 * pixels * samples > MAX_COEFFICIENTS


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Markers up to the end of the picture, and where the length after each is (ITU-T T.81, B.1.1)."""
    at = 2
    while (found := _MARKER.search(data, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker == _END:
            return
        if marker == _TEM:
            continue
        yield marker, at
        at += max(2, int.from_bytes(data[at : at + 2], "big"))


def is_costly_tiff(data: bytes, pages: int) -> bool:
    """Whether its first directories have more entries, or larger ones, than any scanner writes."""
    order = "<" if data[:2] == b"II" else ">"
    tags = held = 0
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        for _ in range(pages):
            if not at:
                break
            (count,) = struct.unpack_from(f"{order}H", data, at)
            tags += count
            if tags > MAX_TAGS:
                return True
            for entry in range(at + 2, at + 2 + 12 * count, 12):
                kind, number = struct.unpack_from(f"{order}HI", data, entry + 2)
                held += _SIZES.get(kind, 1) * number
            (at,) = struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)
    except struct.error:
        pass  # the decoder says what is missing
    return held > len(data)
