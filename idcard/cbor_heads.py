"""Checks the heads of CBOR (RFC 8949 §3) before a decoder reads it, so that no input costs it too much."""

from idcard.errors import Malformed

MAX_DEPTH = 8
"""Most levels of nested arrays and maps."""
MAX_ENTRIES = 255
"""Most entries of one map."""
MAX_ITEMS = 1 << 19
"""Most items in all, with keys: more than those of all issuing keys that fit a trust file."""

_BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(2, 7)
_BOOLEANS = b"\xf4\xf5"
_IN_1_BYTE, _IN_8_BYTES = 24, 27
"""How a head says that its argument follows."""


def check(data: bytes) -> None:
    """Raises Malformed unless the heads are those of one item of integers, strings, booleans, arrays, and maps with
    integers as keys, with definite lengths. One step for each head, at most 2 * MAX_ITEMS; strings are skipped.

    After this check, decoding takes time in proportion to the length. Without it, somebody could choose map keys that
    collide in the hash table of the decoder, whose time then grows with the square of their number.
    Whether heads are the shortest, keys sorted and texts UTF-8 is left to `cose.decode`.
    """
    at, end = 0, len(data)
    items, in_map = 1, False  # items still missing in the innermost container
    around: list[tuple[int, bool]] = []
    room = MAX_ITEMS
    while items or around:
        if not items:
            items, in_map = around.pop()
            continue
        if at >= end:
            raise Malformed("cut short")
        kind, argument = data[at] >> 5, data[at] & 0x1F
        if kind >= _TAG and data[at] not in _BOOLEANS:
            raise Malformed("a tag, a float or another value that this format does not have")
        if in_map and not items & 1 and kind >= _BYTES:
            raise Malformed("a map key is not an integer")
        at += 1
        if argument >= _IN_1_BYTE:
            if argument > _IN_8_BYTES:
                raise Malformed("an indefinite length, or a head that is reserved")
            begin, at = at, at + (1 << argument - _IN_1_BYTE)
            argument = int.from_bytes(data[begin:at], "big")
        items -= 1
        if kind in (_BYTES, _TEXT):
            at += argument
        elif kind in (_ARRAY, _MAP):
            around.append((items, in_map))
            items, in_map = argument << (kind == _MAP), kind == _MAP
            room -= items
            if len(around) > MAX_DEPTH or (in_map and argument > MAX_ENTRIES) or room < 0 or items > end - at:
                raise Malformed("nested too deeply, or more items than there are bytes or than there may be")
    if at != end:
        raise Malformed("cut short, or bytes are left over")
