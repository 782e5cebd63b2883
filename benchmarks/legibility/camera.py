"""A VGA webcam: from what reflects light to the grey picture that a decoder is given."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from legibility import card
from legibility.card import Image, Surface
from legibility.codes import Kind
from legibility.conditions import Draw

Picture = NDArray[np.uint8]
Frame = tuple[int, int, int, int]
"""Left, top, width and height in pixels of the picture."""

WIDTH, HEIGHT = 640, 480
WHOLE: Frame = (0, 0, WIDTH, HEIGHT)
FIELD_OF_VIEW = 60
FOCAL_PX = WIDTH / 2 / math.tan(math.radians(FIELD_OF_VIEW / 2))
LENS_SIGMA = 0.5
"""Softness of a sharp cheap lens and of the colour mosaic, in pixels."""
WHITE_LEVEL = 0.55
"""Where the automatic exposure puts the light of the brighter half of the picture, of full scale."""
SHARPENING, SHARPENING_SIGMA = 0.6, 1.0
"""Every webcam sharpens."""
GAMMA = 2.2
MAX_STEPS = 4
"""Finest sampling, per pixel of the camera."""
OFF_CENTRE = 0.07
"""How far from the picture's middle the code may lie, as a share of the picture."""


@dataclass(frozen=True)
class Scene:
    """One lot, seen by the webcam: any kind of code can be put where the card leaves room for it.

    dark: the card is dark all around the code, instead of one of the usual designs.
    """

    draw: Draw
    width_mm: float
    dark: bool = False

    def picture(self, kind: Kind) -> Picture:
        """What the webcam sends."""
        return self._sent(self.light(kind))

    def light(self, kind: Kind) -> Image:
        """What falls on the sensor, before noise. Light adds up: it is the bare card's less what the ink takes."""
        light = self._bare.copy()
        ink = card.ink(kind, self.draw, self.width_mm)
        taken = replace(ink, image=(card.WHITE - self.draw["ink"]) * ink.image * self._wear.over_ink)
        left, top, width, height = self.around
        part = light[top : top + height, left : left + width]
        part -= self._seen(taken, self.around) * self._lamp[top : top + height, left : left + width]
        return light

    # ---- where things lie ----

    @cached_property
    def _plane(self) -> NDArray[np.float64]:
        """From mm on the card to pixels."""
        lots = self.draw.of_frame("pose")
        tilt, turn = math.radians(self.draw["tilt"]), math.radians(self.draw["turn"]) * lots.choice((-1, 1))
        about = lots.uniform(0, 2 * math.pi)
        axis = np.array([math.cos(about), math.sin(about), 0.0])
        rotation = cv2.Rodrigues(axis * tilt)[0] @ cv2.Rodrigues(np.array([0.0, 0.0, turn]))[0]
        away = self.draw["distance"] * FOCAL_PX / WIDTH
        shift = lots.uniform(-OFF_CENTRE, OFF_CENTRE, 2) * (WIDTH, HEIGHT) * away / FOCAL_PX
        if self.draw.hard == "nothing":
            shift *= 0
        lens = np.array([[FOCAL_PX, 0, WIDTH / 2], [0, FOCAL_PX, HEIGHT / 2], [0, 0, 1]])
        return lens @ np.column_stack([rotation[:, 0], rotation[:, 1], (*shift, away)])

    @cached_property
    def around(self) -> Frame:
        """The part of the picture that the code's light reaches."""
        half = self.width_mm / 2 + 0.5
        corners = np.array([[[x, y] for x, y in ((-half, -half), (half, -half), (half, half), (-half, half))]])
        x, y = cv2.perspectiveTransform(corners, self._plane)[0].T
        reach = self.draw["focus"] + self.draw["motion"] * self._px_per_mm + 3
        left, top = (max(0, math.floor(each.min() - reach)) for each in (x, y))
        right, bottom = (min(limit, math.ceil(each.max() + reach)) for each, limit in ((x, WIDTH), (y, HEIGHT)))
        return left, top, right - left, bottom - top

    @property
    def _px_per_mm(self) -> float:
        return WIDTH / self.draw["distance"]

    def _seen(self, surface: Surface, frame: Frame) -> Image:
        """Its light through lens and shutter, on the pixels of a part of the picture."""
        left, top, width, height = frame
        # As fine as the surface, so that nothing is lost or made up before each pixel takes the mean over its area.
        steps = max(1, min(MAX_STEPS, round(surface.px_per_mm / self._px_per_mm)))
        scale = surface.px_per_mm
        half = 0.5 / scale
        to_mm = np.array([[1 / scale, 0, surface.left + half], [0, 1 / scale, surface.top + half], [0, 0, 1]])
        to_steps = np.array([[steps, 0, -left * steps - 0.5], [0, steps, -top * steps - 0.5], [0, 0, 1.0]])
        fine = cv2.warpPerspective(
            surface.image, to_steps @ self._plane @ to_mm, (width * steps, height * steps), flags=cv2.INTER_LINEAR
        )
        blurred = cv2.filter2D(fine, -1, self._point(steps), borderType=cv2.BORDER_REPLICATE)
        return cv2.resize(blurred, (width, height), interpolation=cv2.INTER_AREA)

    def _point(self, steps: int) -> Image:
        """What lens and shutter make of a point: a disk, drawn along the hand's way, softened."""
        focus, way = self.draw["focus"] * steps, self.draw["motion"] * self._px_per_mm * steps
        half = math.ceil(focus / 2 + way / 2 + 3 * LENS_SIGMA * steps)
        x, y = np.meshgrid(*[np.arange(-half, half + 1)] * 2)
        about = self.draw.of_frame("motion").uniform(0, math.pi)
        along = x * math.cos(about) + y * math.sin(about)
        across = y * math.cos(about) - x * math.sin(about)
        beside = np.maximum(np.abs(along) - way / 2, 0)
        if focus > 1:
            point = np.clip(focus / 2 - np.hypot(beside, across) + 0.5, 0, 1)
        else:
            point = np.clip(0.5 + way / 2 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
            point[half, half] += 1e-6
        point = cv2.GaussianBlur(point.astype(np.float32), (0, 0), LENS_SIGMA * steps, borderType=cv2.BORDER_CONSTANT)
        return point / point.sum()

    # ---- light ----

    @cached_property
    def _wear(self) -> card.Wear:
        return card.wear(self.draw, self.width_mm)

    @cached_property
    def _bare(self) -> Image:
        """The light of the card without its code, worn, with the lamp's highlight."""
        design = int(self.draw.of_card("design").integers(card.DESIGNS))
        table = card.table(card.DARK_ALL_AROUND if self.dark else design, self.width_mm)
        worn = table.image.copy()
        # Wear is finer than the table.
        wear = self._wear
        side = round(len(wear.passing.image) / wear.passing.px_per_mm * table.px_per_mm)
        y, x = ((each - side) // 2 for each in worn.shape)
        passing, added = (
            cv2.resize(each.image, (side, side), interpolation=cv2.INTER_AREA) for each in (wear.passing, wear.added)
        )
        worn[y : y + side, x : x + side] = worn[y : y + side, x : x + side] * passing + added
        seen = self._seen(Surface(worn, table.px_per_mm, table.left, table.top), WHOLE)
        return np.asarray(seen * self._lamp + self._highlight, np.float32)

    @cached_property
    def _mm(self) -> tuple[Image, Image]:
        """Where on the card's plane each pixel looks."""
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
        back = np.linalg.inv(self._plane)
        far = back[2, 0] * x + back[2, 1] * y + back[2, 2]
        return tuple(np.asarray((row[0] * x + row[1] * y + row[2]) / far, np.float32) for row in back[:2])  # type: ignore[return-value]

    @cached_property
    def _lamp(self) -> Image:
        """Light that arrives: a little stronger at one side, and a shadow with a soft edge through the code."""
        lots = self.draw.of_frame("shadow")
        x, y = self._mm
        about, soft = lots.uniform(0, 2 * math.pi), lots.uniform(0.5, 4)
        edge_at = lots.uniform(-0.3, 0.3) * self.width_mm
        along = x * math.cos(about) + y * math.sin(about)
        shadow = 1 / (1 + np.exp(np.clip(-(along - edge_at) / soft, -30, 30)))
        slope = 1 + self.draw["shadow"] * np.clip(-along / 150, -0.4, 0.4)
        return np.asarray(slope * (1 - self.draw["shadow"] * shadow), np.float32)

    @cached_property
    def _highlight(self) -> Image:
        lots = self.draw.of_frame("glare")
        x, y = self._mm
        at = lots.uniform(-0.5, 0.5, 2) * self.width_mm
        wide, long, about = lots.uniform(1, 3), lots.uniform(1, 2), lots.uniform(0, math.pi)
        along = (x - at[0]) * math.cos(about) + (y - at[1]) * math.sin(about)
        across = (y - at[1]) * math.cos(about) - (x - at[0]) * math.sin(about)
        spot = np.exp(-((along / wide / long) ** 2 + (across / wide) ** 2) / 2)
        return np.asarray(self.draw["glare"] * spot, np.float32)

    # ---- electronics ----

    @cached_property
    def _exposure(self) -> float:
        """Set by the bare card, so that it is the same for every kind."""
        return WHITE_LEVEL / max(0.01, float(np.percentile(self._bare[::8, ::8], 75)))

    @cached_property
    def _chance(self) -> Image:
        return self.draw.of_frame("noise").standard_normal((HEIGHT, WIDTH), np.float32)

    def _sent(self, light: Image) -> Picture:
        exposed = np.clip(light * self._exposure, 0, None)
        # Half of the noise is the camera's own, half comes with the light.
        noise = self.draw["noise"] * np.sqrt(0.5 + 0.5 * exposed / 0.2)
        exposed = exposed + noise * self._chance
        shown = np.clip(exposed, 0, 1) ** (1 / GAMMA)
        soft = cv2.GaussianBlur(shown, (0, 0), SHARPENING_SIGMA)
        sharp = np.clip(shown + SHARPENING * (shown - soft), 0, 1)
        grey = np.round(sharp * 255).astype(np.uint8)
        _, jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, round(self.draw["JPEG"])])
        return cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
