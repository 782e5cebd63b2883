// The greys in which a picture that somebody chose is searched: as it is shown, then as a code may show that is hidden in
// these (idcard/pictures/views.py).

import { fromColours, made, reduced } from "./greys.js";

const [WHITE, BLACK] = [255, 0];
const APART_PIXELS = 5_000_000; // to which a picture is reduced before its colours are searched one by one
const COLOURFUL = 16; // greys by which a colour differs somewhere from the grey of all three

// Of ImageData: greys, and whether they are one of the further views.
export function* views(picture) {
  const isClear = hasTransparency(picture.data);
  if (isClear) {
    // A code in black shows on white, and one in white on black: nothing tells which was meant.
    yield [onPaper(picture, WHITE), false];
    yield [onPaper(picture, BLACK), true];
  } else {
    yield [fromColours(picture), false];
  }
  const greys = fromColours(picture);
  for (const channel of [0, 1, 2]) {
    const seen = made(picture.width, picture.height);
    let [lowest, highest] = [255, 0];
    for (let at = 0, from = channel; at < seen.data.length; at += 1, from += 4) {
      seen.data[at] = picture.data[from];
      const apart = Math.abs(seen.data[at] - greys.data[at]);
      if (apart < lowest) lowest = apart;
      if (apart > highest) highest = apart;
    }
    if (highest - lowest > COLOURFUL) yield [apart(seen), true];
  }
}

function hasTransparency(data) {
  for (let at = 3; at < data.length; at += 4) if (data[at] < 255) return true;
  return false;
}

function onPaper({ width, height, data }, paper) {
  const shown = new Uint8ClampedArray(data.length);
  for (let at = 0; at < data.length; at += 1) {
    const alpha = data[at | 3];
    shown[at] = (data[at] * alpha + paper * (255 - alpha)) / 255;
  }
  return fromColours({ width, height, data: shown });
}

function apart(greys) {
  const pixels = greys.width * greys.height;
  if (pixels <= APART_PIXELS) return greys;
  const share = Math.sqrt(APART_PIXELS / pixels);
  return reduced(greys, Math.trunc(greys.width * share), Math.trunc(greys.height * share));
}
