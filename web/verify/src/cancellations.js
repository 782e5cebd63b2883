/** Cancellations (specs/trust.md, Cancellations): 10-byte values, sorted, in one byte string. */

import * as cbor from "./cbor.js";
import { blake2b } from "./digest.js";
import { DIGEST_SIZE } from "./document.js";
import { Malformed } from "./errors.js";

export const SIZE = 10;

/** A set of values that are searched where they stand. */
export class Cancellations {
  #values;

  /** @param {Uint8Array} values */
  constructor(values) {
    if (values.length % SIZE) throw new Malformed("a value of another size");
    for (let at = SIZE; at < values.length; at += SIZE) {
      if (order(values, at - SIZE, values, at) >= 0) throw new Malformed("values are not sorted");
    }
    this.#values = values;
  }

  get size() {
    return this.#values.length / SIZE;
  }

  /** @param {Uint8Array} value of 10 bytes */
  has(value) {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = order(this.#values, middle * SIZE, value, 0);
      if (found === 0) return true;
      if (found < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  }
}

/**
 * @param {Uint8Array} encoded a CBOR byte string
 * @throws {Malformed}
 */
export function decode(encoded) {
  return new Cancellations(valuesOf(encoded));
}

/**
 * @param {Uint8Array} encoded a CBOR byte string
 * @returns {Uint8Array} the values in a row
 */
export function valuesOf(encoded) {
  const values = cbor.decode(encoded);
  if (!(values instanceof Uint8Array)) throw new Malformed("no byte string");
  return values;
}

/** @param {Uint8Array} encoded */
export function digest(encoded) {
  return blake2b(encoded, "idcard.cancelled", DIGEST_SIZE);
}

/**
 * @param {Uint8Array} left
 * @param {number} leftAt
 * @param {Uint8Array} right
 * @param {number} rightAt
 */
function order(left, leftAt, right, rightAt) {
  for (let at = 0; at < SIZE; at++) {
    const difference = left[leftAt + at] - right[rightAt + at];
    if (difference) return difference;
  }
  return 0;
}
