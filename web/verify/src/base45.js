/** Base45 (RFC 9285). */

import { Malformed } from "./errors.js";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/**
 * @param {string} text
 * @returns {Uint8Array}
 * @throws {Malformed} for a length of 3n+1, another letter, or a value that is too large
 */
export function decode(text) {
  const left = text.length % 3;
  if (left === 1) throw new Malformed("a letter is left over");
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (left ? 1 : 0));
  let at = 0;
  for (let index = 0; index + 2 < text.length; index += 3) {
    const value = valueOf(text, index) + 45 * valueOf(text, index + 1) + 2025 * valueOf(text, index + 2);
    if (value > 0xffff) throw new Malformed("three letters are above 65535");
    bytes[at++] = value >> 8;
    bytes[at++] = value & 0xff;
  }
  if (left) {
    const value = valueOf(text, text.length - 2) + 45 * valueOf(text, text.length - 1);
    if (value > 0xff) throw new Malformed("two letters are above 255");
    bytes[at] = value;
  }
  return bytes;
}

/**
 * @param {string} text
 * @param {number} index
 */
function valueOf(text, index) {
  const code = text.charCodeAt(index);
  const value = code < 128 ? VALUES[code] : -1;
  if (value < 0) throw new Malformed("a letter that base45 does not have");
  return value;
}
