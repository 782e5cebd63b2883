/** Finds the end of a code in a text, from what its first letters state. What the codes of each kind begin with. */

import * as base45 from "../base45.js";
import { Malformed } from "../errors.js";

/** Letters that contain the heads before the payload, at their longest. */
const HEADS = 27;
const PREFIX = /^ID[A-Z][0-9]{1,2}:/;
const LETTERS = /^[0-9A-Z $%*+\-./:]*/;
const SLIP_CODE = /^IDS[0-9]{1,2}:(?:-?[0-9A-Z]){35}/;
const SIGNATURE_SIZE = 64;
/** Longest payload whose size is told before it is there, in bytes. */
const MAX_SIZED = 4096;

/**
 * Codes of one use.
 * @typedef {object} Kind
 * @property {string} letters each may be the third of their prefix
 * @property {(text: string) => [length: number, isTold: boolean]} end number of letters, of a text that begins with a
 *   prefix, that belong to the code; and whether the code states it. If it does not, or states more than there are, all
 *   letters of base45 belong to it.
 */

/** @type {Kind} */
export const CARD = { letters: "CT", end: (text) => endBy(sign1Size, text) };
/** @type {Kind} */
export const POSTER = { letters: "FPK", end: (text) => endBy(frameSize, text) };
/** @type {Kind} */
const SLIP = { letters: "S", end: endOfSlip };
export const KINDS = [CARD, POSTER, SLIP];

/**
 * @param {(beginning: Uint8Array) => number} size of the data of a code in bytes, from its first ones
 * @param {string} text
 * @returns {[length: number, isTold: boolean]}
 */
function endBy(size, text) {
  const length = lettersOf(text);
  const prefix = PREFIX.exec(text)?.[0].length;
  if (prefix === undefined) return [length, false];
  try {
    const told = prefix + lettersFor(size(base45.decode(text.slice(prefix, prefix + HEADS))));
    return told <= length ? [told, true] : [length, false];
  } catch (error) {
    if (error instanceof Malformed) return [length, false];
    throw error;
  }
}

/** @param {string} text @returns {[length: number, isTold: boolean]} */
function endOfSlip(text) {
  const found = SLIP_CODE.exec(text);
  return found ? [found[0].length, true] : [lettersOf(text), false];
}

/** @param {string} text */
function lettersOf(text) {
  return /** @type {RegExpExecArray} */ (LETTERS.exec(text))[0].length;
}

/** How many letters of base45 hold so many bytes. @param {number} size */
function lettersFor(size) {
  return Math.floor(size / 2) * 3 + (size % 2) * 2;
}

/**
 * The size of a COSE_Sign1, read from the heads up to its payload.
 * @param {Uint8Array} beginning
 */
function sign1Size(beginning) {
  // Zeros stand for bytes that are still missing: no head can be read from them.
  const data = new Uint8Array(beginning.length + MAX_SIZED);
  data.set(beginning);
  if (data[0] !== 0xd2 || data[1] !== 0x84) throw new Malformed("not a tagged COSE_Sign1");
  const payload = endOfBytes(data, 2);
  if (data[payload] !== 0xa0) throw new Malformed("the unprotected header is not empty");
  return endOfBytes(data, payload + 1) + 2 + SIGNATURE_SIZE;
}

/**
 * Where the byte string that begins at `at` ends.
 * @param {Uint8Array} data
 * @param {number} at
 */
function endOfBytes(data, at) {
  const head = data[at];
  if (head >= 0x40 && head < 0x58) return within(data, at + 1 + head - 0x40);
  if (!(head >= 0x58 && head <= 0x5a)) throw new Malformed("a byte string is missing");
  const start = at + 1 + (1 << (head - 0x58));
  const length = data.subarray(at + 1, start).reduce((number, byte) => number * 256 + byte, 0);
  if (length < [24, 0x100, 0x10000][head - 0x58]) throw new Malformed("a head is longer than it need be");
  return within(data, start + length);
}

/**
 * @param {Uint8Array} data
 * @param {number} end
 */
function within(data, end) {
  if (end > data.length) throw new Malformed("a byte string is cut short");
  return end;
}

/**
 * Of the array of a poster's code: number, count, name of 8 bytes, chunk (specs/paper.md).
 * @param {Uint8Array} beginning
 */
function frameSize(beginning) {
  const data = new Uint8Array(HEADS);
  data.set(beginning.subarray(0, HEADS));
  if (data[0] !== 0x84) throw new Malformed("not a code of a poster");
  let at = 1;
  for (let number = 0; number < 2; number++) at += data[at] === 0x18 ? 2 : 1;
  at += 9;
  const head = data[at];
  if (head === 0x59) return at + 3 + data[at + 1] * 256 + data[at + 2];
  if (head === 0x58) return at + 2 + data[at + 1];
  if (head > 0x40 && head < 0x58) return at + 1 + head - 0x40;
  throw new Malformed("not a code of a poster");
}
