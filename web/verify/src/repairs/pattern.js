/**
 * Recognises the code of a card typed with a keyboard that nobody knows: every letter replaced by another. The first
 * letters of each code are the same, so the same of them are equal to one another, whatever they have become.
 */

import { lengthOf } from "./unseen.js";

/** With which every code begins: base45 of a COSE_Sign1 and its protected header up to the kid. */
const BEGINNINGS = ["IDC1:RRQ+D9P60CO0", "IDT1:RRQ+D9P60CO0"];
const LENGTH = BEGINNINGS[0].length;
/** Letters, fewer than those of any code; a few may have been lost. */
const SHORTEST = 120;
const LONGEST = 512;
const MAX_PREFIX = 24;
const PATTERNS = new Set(BEGINNINGS.map((each) => pattern([...each])));

/**
 * Whether a code may have so many letters, a few of which were lost.
 * @param {string} text
 */
export function hasLength(text) {
  const length = lengthOf(text);
  return length >= SHORTEST && length <= LONGEST + MAX_PREFIX;
}

/**
 * Whether the text has the length and the pattern of a code.
 * @param {string} text
 */
export function isOfCard(text) {
  if (!hasLength(text)) return false;
  const letters = [...text];
  return Array.from({ length: MAX_PREFIX + 1 }, (_, at) => pattern(letters.slice(at, at + LENGTH))).some((each) =>
    PATTERNS.has(each),
  );
}

/** For each letter, where it came first. @param {string[]} letters */
function pattern(letters) {
  return letters.map((letter) => letters.indexOf(letter)).join();
}
