// How many finder patterns, the corners of codes, a picture may have: what a search costs grows with their square
// (idcard/pictures/finders.py).

import { blurred, made } from "./greys.js";

const BLOCK = 8;
const BLOCKS_AROUND = 2;
const FEW_PIXELS = 400_000;
// Dark and light in the ratio 1:1:3:1:1, as loosely as zxing-cpp takes it, with modules of up to two and a half pixels.
const RUNS = [
  /\xff\0\0{0,2}\xff{1,3}\0{2,8}\xff{1,3}(?=\0{1,3}\xff)/g,
  /\0\xff\xff{0,2}\0{1,3}\xff{2,8}\0{1,3}(?=\xff{1,3}\0)/g,
];
const letters = new TextDecoder("latin1");

// Each pixel black or white, beside the middle of the darkest and the lightest around it. least: greys by which these two
// differ in a block; flatter ones are white.
export function inBlackAndWhite(greys, least) {
  const { width, height, data } = greys;
  const limits = made(Math.ceil(width / BLOCK), Math.ceil(height / BLOCK));
  for (let row = 0; row < limits.height; row += 1) {
    for (let column = 0; column < limits.width; column += 1) {
      const [right, bottom] = [(column + 1) * BLOCK, (row + 1) * BLOCK];
      // Beyond the edges it is black, as on a larger canvas.
      let darkest = right > width || bottom > height ? 0 : 255;
      let lightest = 0;
      for (let y = row * BLOCK; y < Math.min(bottom, height); y += 1) {
        for (let at = y * width + column * BLOCK; at < y * width + Math.min(right, width); at += 1) {
          if (data[at] < darkest) darkest = data[at];
          if (data[at] > lightest) lightest = data[at];
        }
      }
      const middle = (darkest + lightest) >> 1;
      const limit = lightest - darkest >= least ? middle : Math.max(0, middle - (least >> 1));
      limits.data[row * limits.width + column] = limit;
    }
  }
  const limit = blurred(limits, BLOCKS_AROUND);
  const bits = made(width, height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = (y >> 3) * limit.width;
    for (let x = 0; x < width; x += 1, at += 1) bits.data[at] = data[at] >= limit.data[row + (x >> 3)] ? 255 : 0;
  }
  return bits;
}

// Whether more than `most` runs of pixels are like a row across a finder pattern. agreeing: rows, one or two, that must show
// a run alike for it to count.
export function exceed(bits, most, agreeing) {
  let found = 0;
  for (let seen = bits; ; seen = halved(seen)) {
    const rows = letters.decode(agreeing === 1 ? seen.data : agreed(seen));
    for (const run of RUNS) {
      run.lastIndex = 0;
      while (run.test(rows)) {
        found += 1;
        if (found > most) return true;
      }
    }
    if (seen.width * seen.height <= FEW_PIXELS || Math.min(seen.width, seen.height) < 2) return false;
  }
}

// Two rows in one: where they differ it is neither black nor white.
function agreed({ width, height, data }) {
  const out = new Uint8Array(width * Math.ceil(height / 2));
  for (let at = 0; at < out.length; at += 1) {
    const from = (at - (at % width)) * 2 + (at % width);
    const below = from + width < data.length ? data[from + width] : data[from];
    out[at] = data[from] === below ? below : 1;
  }
  return out;
}

function halved({ width, height, data }) {
  const out = made(width >> 1, height >> 1);
  for (let y = 0, at = 0; y < out.height; y += 1) {
    for (let x = 0; x < out.width; x += 1, at += 1) out.data[at] = data[(2 * y + 1) * width + 2 * x + 1];
  }
  return out;
}
