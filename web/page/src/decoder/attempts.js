// How a picture is searched for QR codes: as it is, and then in ways that undo what hides a code: those of
// idcard/pictures/attempts.py, in their order. The work is bounded, not the time.

import { exceed, inBlackAndWhite } from "./finders.js";
import { contrast, enlarged, equalized, reduced, soft, withoutLightLines } from "./greys.js";

// attempts: how many at most, beside those at the full size of a large picture. pixels: to which a picture is enlarged at
// most, and above which there is one at full size.
export const STILL = { attempts: 8, pixels: 16_000_000 };
export const MOVING = { attempts: 5, pixels: 5_000_000 };
export const SIDE = { attempts: 2, pixels: 5_000_000 };
const LARGE = 1_250_000; // pixels above which a picture is reduced first
const HARMLESS = 640 * 480; // pixels up to which finder patterns are not counted
const [MOST_ROWS, MOST_PAIRS] = [30_000, 3_000];
const CONTRASTS = [24, 8];
const MAX_SIDE = 65_535;

const pixelsOf = ({ width, height }) => width * height;

// Attempts, {picture, fixed}: each is made when it is asked for. fixed: whether it is black and white already.
export function* attempts(greys, effort) {
  const small = withoutDetail(greys);
  yield { picture: small, fixed: false };
  if (small !== greys) yield* atFullSize(greys, effort.pixels);
  yield* further(greys, small, effort);
}

function* further(greys, small, effort) {
  const pixels = pixelsOf(small);
  let room = Math.floor(Math.sqrt(Math.floor((small === greys ? effort.pixels : MOVING.pixels) / pixels)));
  room = Math.max(1, Math.min(room, Math.floor(MAX_SIDE / Math.max(small.width, small.height))));
  let left = effort.attempts - 1;
  for (const [prepare, times] of WAYS) {
    if (!left) return;
    left -= 1;
    const prepared = prepare(small);
    if (pixels <= HARMLESS || !exceed(inBlackAndWhite(prepared, CONTRASTS[0]), MOST_PAIRS, 2)) {
      yield { picture: enlarged(prepared, Math.min(times, room)), fixed: false };
    }
  }
}

// Once for a picture of more than `most` pixels; else also for faded ink, and without noise where that is much.
function* atFullSize(greys, most) {
  const thorough = pixelsOf(greys) <= most;
  for (const sigma of thorough ? [0, 1] : [0]) {
    const seen = sigma ? soft(greys, sigma) : greys;
    let ended = true;
    for (const least of thorough ? CONTRASTS : CONTRASTS.slice(0, 1)) {
      const bits = inBlackAndWhite(seen, least);
      if (exceed(bits, MOST_ROWS, 1)) {
        ended = false;
        break;
      }
      yield { picture: bits, fixed: true };
    }
    if (ended) return;
  }
}

const sideOf = ({ width, height }) => Math.max(width, height);
const WAYS = [
  [(greys) => greys, 2],
  [(greys) => contrast(greys, sideOf(greys) / 64), 4],
  [equalized, 3],
  [(greys) => withoutLightLines(contrast(greys, sideOf(greys) / 128), Math.round(sideOf(greys) / 213)), 3],
  [(greys) => contrast(soft(greys, 0.7), sideOf(greys) / 128), 3],
  [(greys) => contrast(soft(greys, 1), sideOf(greys) / 32), 3],
  [(greys) => withoutLightLines(contrast(greys, sideOf(greys) / 64), Math.round(sideOf(greys) / 160)), 2],
];

function withoutDetail(greys) {
  const pixels = pixelsOf(greys);
  if (pixels <= LARGE) return greys;
  const share = Math.sqrt(LARGE / pixels);
  return reduced(greys, Math.max(1, Math.trunc(greys.width * share)), Math.max(1, Math.trunc(greys.height * share)));
}
