/** What is invisible in a text: direction marks, control characters, keys without a letter. */

import { trimmed } from "../text.js";

/** Stands for anything that is no letter of a code. */
export const NO_LETTER = "\ufffd";

/** An arrow or a function key as terminals send it: CSI or SS3 (ECMA-48 §5.4), and `ESC [ [ A` of Linux's console. */
const KEY = /\x1b(?:\[\[?[0-?]*[ -/]*[@-~]|O[ -~])/g; // eslint-disable-line no-control-regex
const CONTROL_CHARACTER = /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/; // eslint-disable-line no-control-regex
const PRINTABLE = /^[ -~]*$/;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Invisible, though Unicode counts them among letters and marks. */
const FILLERS = /[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]/g;
const ASCII = /^[\0-\x7f]*$/; // eslint-disable-line no-control-regex
const BLANK = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const BEFORE = new RegExp(`^${BLANK}+`);
const BEHIND = new RegExp(`${BLANK}+$`);

/**
 * The visible text, with NO_LETTER for each special key; and whether it had control characters. Line ends, and blanks
 * and tabs around the text, do not count as control characters.
 * @param {string} text
 * @returns {[seen: string, hasControl: boolean]}
 */
export function seen(text) {
  const keyed = text.replace(KEY, NO_LETTER);
  return [visible(keyed), CONTROL_CHARACTER.test(trimmed(keyed))];
}

/**
 * The text without what nobody sees, line ends among it; blanks stay.
 * @param {string} text
 */
export function visible(text) {
  return PRINTABLE.test(text) ? text : text.replace(UNSEEN, "").replace(FILLERS, "");
}

/** @param {string} text */
export function isASCII(text) {
  return ASCII.test(text);
}

/**
 * Without the blanks of Unicode and the separators of ASCII around it.
 * @param {string} text
 */
export function stripped(text) {
  return withoutEnd(text.replace(BEFORE, ""));
}

/**
 * The same at its end alone.
 * @param {string} text
 */
export function withoutEnd(text) {
  return text.replace(BEHIND, "");
}

/**
 * How many characters of Unicode.
 * @param {string} text
 */
export function lengthOf(text) {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
