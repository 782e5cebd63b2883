/** The text of a code (specs/credential.md, QR text). */

import * as base45 from "./base45.js";
import { Malformed, Reason, Refused } from "./errors.js";

/** @typedef {"production" | "test"} Environment */

const MAX_LETTERS = 512;
const BLANKS = "\r\n\t ";
const OTHER_VERSION = /^ID[CT][0-9]{1,2}:/;

/**
 * Blanks, tabs and line ends around a text do not matter.
 * @param {string} text
 */
export function trimmed(text) {
  // Not by /[\r\n\t ]+$/: many blanks within a text would take the square of their number.
  let [begin, end] = [0, text.length];
  while (begin < end && BLANKS.includes(text[begin])) begin += 1;
  while (end > begin && BLANKS.includes(text[end - 1])) end -= 1;
  return text.slice(begin, end);
}

/**
 * @param {string} text
 * @returns {{ environment: Environment, letters: string }} of a text with a prefix of this version: the base45 behind
 * @throws {Refused} newer-program, not-a-code; malformed for one that is too long
 */
export function split(text) {
  const code = trimmed(text);
  const prefix = code.slice(0, 5);
  if (prefix !== "IDC1:" && prefix !== "IDT1:") {
    throw new Refused(OTHER_VERSION.test(code) ? Reason.NEWER_PROGRAM : Reason.NOT_A_CODE);
  }
  if (code.length > MAX_LETTERS) throw new Refused(Reason.MALFORMED);
  return { environment: prefix === "IDC1:" ? "production" : "test", letters: code.slice(5) };
}

/**
 * @param {string} text
 * @returns {{ environment: Environment, data: Uint8Array }}
 * @throws {Refused} as `split`, and malformed for what is no base45
 */
export function decode(text) {
  const { environment, letters } = split(text);
  try {
    return { environment, data: base45.decode(letters) };
  } catch (error) {
    if (error instanceof Malformed) throw new Refused(Reason.MALFORMED);
    throw error;
  }
}
