/** Draws the icons of the page: `node icons.js` writes them into icons/. No picture that somebody else made. */

import { writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

const BACKGROUND = [0x1d, 0x35, 0x57];
const TICK = [0xff, 0xff, 0xff];
/** Corners of the tick and half its width, in parts of the side: within the circle that every system shows. */
const CORNERS = [[0.3, 0.51], [0.45, 0.66], [0.71, 0.36]];
const HALF_WIDTH = 0.055;

for (const [name, side] of [["icon-192", 192], ["icon-512", 512], ["icon-180", 180]]) {
  writeFileSync(new URL(`icons/${name}.png`, import.meta.url), png(side));
}

/** RFC 2083, colour type 2, without a filter. */
function png(side) {
  const rows = Buffer.concat(Array.from({ length: side }, (_, y) => row(y, side)));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

function row(y, side) {
  const pixels = Array.from({ length: side }, (_, x) => {
    const edge = (HALF_WIDTH - distance([(x + 0.5) / side, (y + 0.5) / side])) * side;
    const part = Math.min(1, Math.max(0, edge + 0.5));
    return BACKGROUND.map((dark, at) => Math.round(dark + part * (TICK[at] - dark)));
  });
  return Buffer.from([0, ...pixels.flat()]);
}

/** From a point to the tick. */
function distance(point) {
  return Math.min(...CORNERS.slice(1).map((end, at) => toLine(point, CORNERS[at], end)));
}

function toLine([x, y], [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(sumOf(body));
  return Buffer.concat([length, body, sum]);
}

/** CRC-32. Node has one only from 22.2 on. */
function sumOf(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
