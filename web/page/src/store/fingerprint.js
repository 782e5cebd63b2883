/** A city's fingerprint as hexadecimal digits or as twelve words (specs/paper.md, as `idcard venue install` reads it). */

import { sha256 } from "@noble/hashes/sha2.js";
import { WORDS } from "./fingerprintWords.js";

const SIZE = 16;
const COUNT = 12;
const WORD_BITS = 11;
const CHECK_BITS = 4;

/**
 * Twelve words with blanks between them.
 * @param {Uint8Array} fingerprint 16 bytes
 */
export function fingerprintWords(fingerprint) {
  const bits = binary(fingerprint) + binary(sha256(fingerprint)).slice(0, CHECK_BITS);
  const numbers = Array.from({ length: COUNT }, (_, at) => bits.slice(at * WORD_BITS, (at + 1) * WORD_BITS));
  return numbers.map((each) => WORDS[parseInt(each, 2)]).join(" ");
}

/**
 * Hexadecimal digits in groups of four.
 * @param {Uint8Array} fingerprint
 */
export function fingerprintGroups(fingerprint) {
  const digits = Array.from(fingerprint, (each) => each.toString(16).padStart(2, "0")).join("");
  return (digits.match(/.{4}/g) ?? []).join(" ");
}

/**
 * The 16 bytes of 32 digits or of twelve words, whatever numbers, signs and blanks are between them; null for anything
 * else.
 * @param {string} text
 * @returns {Uint8Array | null}
 */
export function parseFingerprint(text) {
  const plain = text.normalize("NFKC").toLowerCase().replace(/\p{Cf}/gu, "");
  const digits = plain.replace(/\b0x/g, "").replace(/[\p{P}\p{S}\p{Z}\s]/gu, "");
  if (/^[0-9a-f]{32}$/.test(digits)) {
    return Uint8Array.from({ length: SIZE }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  }
  const numbers = (plain.match(/[a-z]+/g) ?? []).map((word) => WORDS.indexOf(word));
  if (numbers.length !== COUNT || numbers.includes(-1)) return null;
  const bits = numbers.map((each) => each.toString(2).padStart(WORD_BITS, "0")).join("");
  const found = Uint8Array.from({ length: SIZE }, (_, at) => parseInt(bits.slice(8 * at, 8 * at + 8), 2));
  return fingerprintWords(found) === numbers.map((each) => WORDS[each]).join(" ") ? found : null;
}

/** @param {Uint8Array} bytes */
function binary(bytes) {
  return Array.from(bytes, (each) => each.toString(2).padStart(8, "0")).join("");
}
