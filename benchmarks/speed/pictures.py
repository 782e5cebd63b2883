"""What a picture without a code costs, beside one bare attempt of zxing-cpp: all that verify makes, and memory.

And what a desk's camera costs while nothing changes before it, beside its JPEG decoded and one bare attempt.
"""

import io
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import shake_256
from pathlib import Path
from tempfile import TemporaryDirectory

import zxingcpp
from PIL import Image, ImageFilter

from idcard.pictures import Camera, NoCode, attempts
from speed.beside import on_one_processor
from speed.timing import BRIEF, one_round

ROUNDS = 1 if BRIEF else 3
QR = zxingcpp.BarcodeFormat.QRCode
PEAK = """
import resource, subprocess, sys
search = "import sys; from idcard import pictures; pictures.read(open(sys.argv[1], 'rb').read())"
subprocess.run([sys.executable, "-c", search, sys.argv[1]], stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)
"""
"""A small program of its own: a child is said to have had what its parent had."""


def finders(side: int, module: int, pitch: int) -> Image.Image:
    """As many finder patterns as have room. pitch: pixels from one to the next."""
    picture = Image.new("L", (side, side), 255)
    row = Image.new("L", (side, 7 * module), 255)
    for left in range(1, side - 7 * module, pitch):
        for inset, ink in ((0, 0), (1, 255), (2, 0)):
            row.paste(ink, (left + inset * module, inset * module, left + (7 - inset) * module, (7 - inset) * module))
    for top in range(1, side - 7 * module, pitch):
        picture.paste(row, (0, top))
    return picture


def like_a_photo(width: int, height: int) -> Image.Image:
    """Soft shapes with the noise of a camera."""
    chance = Image.frombytes("L", (width // 8, height // 8), shake_256(b"photo").digest((width // 8) * (height // 8)))
    soft = chance.filter(ImageFilter.GaussianBlur(2)).resize((width, height))
    noise = Image.frombytes("L", (width, height), shake_256(b"noise").digest(width * height))
    return Image.blend(soft, noise, 0.03)


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "78,400 finder patterns, 2,800 x 2,800": lambda: finders(2800, 1, 10),
    "13,600, of three pixels a module": lambda: finders(2800, 3, 24),
    "19,600, 1,400 x 1,400": lambda: finders(1400, 1, 10),
    "12 megapixels, flat": lambda: Image.new("L", (4000, 3000), 200),
    "12 megapixels, like a photo": lambda: like_a_photo(4000, 3000),
    "50 megapixels, flat": lambda: Image.new("L", (8160, 6120), 200),
    "50 megapixels, like a photo": lambda: like_a_photo(8160, 6120),
    "640 x 480, like a photo": lambda: like_a_photo(640, 480),
}


IDLE: dict[str, Callable[[], Image.Image]] = {
    "640 x 480, flat": lambda: Image.new("L", (640, 480), 128),
    "640 x 480, like a photo": lambda: like_a_photo(640, 480),
    "1280 x 720, flat": lambda: Image.new("L", (1280, 720), 128),
    "1280 x 720, like a photo": lambda: like_a_photo(1280, 720),
}


def idle() -> None:
    print(f"\na camera's picture that has not changed: median of {ROUNDS}, processor time")
    print(f"{'':38}  {'one bare':>9}  {'decoded':>9}  {'unchanged':>9}  {'ratio':>6}  {'of both':>7}  {'changed':>9}")
    for name, make in list(IDLE.items())[-1 if BRIEF else 0 :]:
        data = io.BytesIO()
        make().convert("RGB").save(data, "JPEG", quality=85)
        sent, seen = data.getvalue(), Image.open(data).convert("L")
        camera = Camera()
        calls = {
            "one": lambda seen=seen: zxingcpp.read_barcodes(seen, formats=QR),
            "decoded": lambda sent=sent: Image.open(io.BytesIO(sent)).convert("L"),
            "unchanged": lambda sent=sent, camera=camera: empty(camera, sent),
        }
        empty(camera, sent)
        rounds = [one_round(calls, 20, time.process_time) for _ in range(ROUNDS)]
        one, decoded, unchanged = (statistics.median(each[what] for each in rounds) * 1e3 for what in calls)
        changed = statistics.median(
            one_round({"": lambda sent=sent: empty(Camera(), sent)}, 1, time.process_time)[""] for _ in range(ROUNDS)
        )
        print(
            f"{name:38}  {one:6.2f} ms  {decoded:6.2f} ms  {unchanged:6.2f} ms  {unchanged / one:6.2f}  "
            f"{unchanged / (one + decoded):7.2f}  {changed * 1e3:6.1f} ms",
            flush=True,
        )


def empty(camera: Camera, sent: bytes) -> None:
    with suppress(NoCode):
        camera.search(sent)


def peak(path: Path) -> int:
    """The most memory that a program has that searches a picture, in MiB."""
    return int(subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, check=True).stdout)


def main() -> None:
    on_one_processor()
    print(f"a picture without a code: median of {ROUNDS}, processor time")
    print(f"{'':38}  {'one bare':>9}  {'all':>9}  {'ratio':>6}  {'memory':>8}")
    with TemporaryDirectory() as folder:
        for name, make in list(PICTURES.items())[-1 if BRIEF else 0 :]:
            picture, path = make(), Path(folder, "picture.png")
            data = io.BytesIO()
            picture.save(data, "PNG", compress_level=1)
            path.write_bytes(data.getvalue())
            calls = {
                "one": lambda picture=picture: zxingcpp.read_barcodes(picture, formats=QR),
                "all": lambda picture=picture: list(attempts.search(picture)),
            }
            rounds = [one_round(calls, 1, time.process_time) for _ in range(ROUNDS)]
            one, every = (statistics.median(each[what] for each in rounds) * 1e3 for what in calls)
            print(f"{name:38}  {one:6,.0f} ms  {every:6,.0f} ms  {every / one:6.2f}  {peak(path):4} MiB", flush=True)
    idle()


if __name__ == "__main__":
    main()
