/** Digests: BLAKE2b with a person (RFC 7693), and the kid of a key (RFC 9679). */

import { blake2b as hash } from "@noble/hashes/blake2.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, joined } from "./bytes.js";

const PERSON_SIZE = 16;
/** The COSE_Key `{1: 1, -1: 6, -2: key}` up to the key. */
const COSE_KEY = Uint8Array.of(0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20);
export const KID_SIZE = 4;

/**
 * @param {Uint8Array} data
 * @param {string} person padded with zeros
 * @param {number} size of the digest, in bytes
 * @returns {Uint8Array}
 */
export function blake2b(data, person, size) {
  const personalization = new Uint8Array(PERSON_SIZE);
  personalization.set(ascii(person));
  return hash(data, { dkLen: size, personalization });
}

/**
 * The beginning of the thumbprint of a public key.
 * @param {Uint8Array} key
 * @returns {number} the 4 bytes as an integer, big end first
 */
export function kid(key) {
  return readKid(sha256(joined([COSE_KEY, key])));
}

/**
 * @param {Uint8Array} bytes that begin with the kid
 * @param {number} [at]
 * @returns {number}
 */
export function readKid(bytes, at = 0) {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
