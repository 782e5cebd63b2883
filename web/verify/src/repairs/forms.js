/** Turns the signs that input methods and text programs put in place of those of a code back into them. */

import { isASCII } from "./unseen.js";

export const INPUT_METHOD = "input-method";
export const TYPOGRAPHY = "typography";

const DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043";
const OTHERS = new Map([
  ["\u3002", "."], ["\u3001", "/"], ["\u30fb", "/"], ["\xa5", "$"], ["\xd7", "*"], ["\xf7", "/"], ["\u30fc", "-"],
  ["\xb7", "."], ["\u2236", ":"], ["\u2217", "*"], ["\u2044", "/"], ["\u2215", "/"], ["\u02d0", ":"], ["\ua789", ":"],
  ...[...DASHES].map((dash) => /** @type {const} */ ([dash, "-"])),
]);
const OF_TEXT_PROGRAMS = new Set([...DASHES, "\u2026", "\u2044"]);
const BLANK = /^(?!\u3000)\p{Zs}$/u;

/**
 * The text with ASCII letters and signs for their other forms, and what had changed them.
 * @param {string} text
 * @returns {[folded: string, names: string[]]}
 */
export function folded(text) {
  if (isASCII(text)) return [text, []];
  const changed = [...new Set(text)].filter((letter) => plain(letter) !== letter);
  if (!changed.length) return [text, []];
  const isByProgram = changed.every((letter) => OF_TEXT_PROGRAMS.has(letter) || BLANK.test(letter));
  return [Array.from(text, plain).join(""), [isByProgram ? TYPOGRAPHY : INPUT_METHOD]];
}

/** @param {string} letter */
function plain(letter) {
  if (isASCII(letter)) return letter;
  const normal = letter.normalize("NFKC");
  const form = OTHERS.get(normal) ?? normal;
  return isASCII(form) ? form : letter;
}
