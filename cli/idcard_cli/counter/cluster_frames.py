"""What passes between the process that signs and the one that holds the cluster: numbered pieces of plain bytes."""

import struct
from dataclasses import dataclass, field
from typing import BinaryIO

from idcard.errors import Malformed

MAX_SIZE = 256 << 20
"""Bytes of a payload. A PDF file of a thousand sheets has a tenth of it."""
HELLO = 0
"""Number of the first frame, which no task asked for: how many threads the cluster has, or why there is none."""
_HEAD = struct.Struct(">Q?I")


@dataclass(frozen=True, slots=True)
class Frame:
    """number: of the task. good: whether the payload is what was asked for, or the kind of an error."""

    number: int
    good: bool
    payload: bytes = field(repr=False)


def encode(frame: Frame) -> bytes:
    """Raises Malformed for a payload that is too long."""
    if len(frame.payload) > MAX_SIZE:
        raise Malformed(f"more than {MAX_SIZE} bytes")
    return _HEAD.pack(frame.number, frame.good, len(frame.payload)) + frame.payload


def read(stream: BinaryIO) -> Frame | None:
    """The next one; None at the end. Raises Malformed, OSError."""
    head = stream.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise Malformed("the end comes too early")
    number, good, size = _HEAD.unpack(head)
    if size > MAX_SIZE:
        raise Malformed(f"more than {MAX_SIZE} bytes")
    payload = stream.read(size)
    if len(payload) < size:
        raise Malformed("the end comes too early")
    return Frame(number, good, payload)
