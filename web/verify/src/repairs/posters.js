/** What scanners and keyboards did to the codes of a poster, undone; the name of the data in them decides. */

import { Malformed, Refused } from "../errors.js";
import { assemble, MAX_CODES, Missing } from "../paper.js";
import { trimmed } from "../text.js";
import { POSTER } from "./extent.js";
import { begins, readings } from "./readings.js";
import { stripped } from "./unseen.js";

const OF_CARD = /^ID[CT][0-9]{1,2}:/;
const OF_POSTER = /^ID[FPK][0-9]{1,2}:/;

/**
 * Whether a code of a poster, of whichever version, begins in this text, however it was typed or copied. A card's may
 * have letters that on some keyboard are a poster's beginning; so where both begin, a poster is whole.
 * @param {string} text
 */
export function isPosterCode(text) {
  const plain = trimmed(text);
  if (OF_POSTER.test(plain)) return true;
  if (OF_CARD.test(plain) || !begins(plain, POSTER)) return false;
  return !begins(plain) || isWhole(repairedPoster(plain));
}

/**
 * A text for `assemble`, after what was done to it is undone, if that makes it a code.
 * @param {string} text
 */
export function repairedPoster(text) {
  const plain = trimmed(text);
  if (OF_CARD.test(plain) || isWhole(plain)) return plain;
  const found = readings(plain, POSTER).slice(1).map((each) => each.text);
  return found.find(isWhole) ?? found[0] ?? plain;
}

/**
 * Such texts, one a line, up to the first that stays damaged: `assemble` refuses that. Blank lines do not count.
 * @param {Iterable<string>} lines
 * @returns {string[]}
 * @throws {Malformed} for more than a poster has, before any is repaired
 */
export function repairedLines(lines) {
  const different = [...new Set([...lines].filter((line) => stripped(line)).map(trimmed))];
  if (different.length > MAX_CODES) throw new Malformed("more codes than a poster has");
  const found = [];
  for (const line of different) {
    found.push(repairedPoster(line));
    if (!isWhole(found[found.length - 1])) break;
  }
  return found;
}

/** Whether this is one code of a poster, as it came. @param {string} text */
function isWhole(text) {
  try {
    assemble([text]);
    return true;
  } catch (error) {
    if (error instanceof Missing) return true;
    if (error instanceof Malformed || error instanceof Refused) return false;
    throw error;
  }
}
