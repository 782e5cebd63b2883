/**
 * Deterministic CBOR (RFC 8949 §4.2.1) as the formats have it: integers, byte and text strings, true and false, arrays
 * and maps with integer keys. Whatever decodes encodes to the same bytes again.
 */

import { compare, joined } from "./bytes.js";
import { Malformed } from "./errors.js";

/** @typedef {number | bigint} Int a number where it is exact, else a bigint: so each integer has one value here */
/** @typedef {Int | Uint8Array | string | boolean | Value[] | Fields} Value */
/** @typedef {Map<Int, Value>} FieldMap */
/** @typedef {FieldMap} Fields */

const MAX_DEPTH = 8;
const MAX_ENTRIES = 255;
const MAX_ITEMS = 524_288;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TO_UTF8 = new TextEncoder();

const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const SIMPLE = 7;

/** Reads one item after another, each head as soon as it comes: nothing is built behind the first that breaks a rule. */
export class Reader {
  #data;
  #items = 0;
  #at = 0;

  /** @param {Uint8Array} data */
  constructor(data) {
    this.#data = data;
  }

  /** The next item. Byte strings are views of the data. @returns {Value} */
  item() {
    return this.#item(0);
  }

  /** Raises Malformed where bytes are left over. */
  end() {
    if (this.#at !== this.#data.length) throw new Malformed("bytes follow");
  }

  /**
   * @param {number} depth
   * @returns {Value}
   */
  #item(depth) {
    if (++this.#items > MAX_ITEMS) throw new Malformed("too many items");
    const first = this.#byte();
    const major = first >> 5;
    const argument = this.#argument(first & 31, major);
    if (major === 0) return argument;
    if (major === 1) return typeof argument === "number" ? negative(argument) : -1n - argument;
    if (major === SIMPLE) return argument === 21;
    // A length that is no exact number is beyond any data.
    const length = Number(argument);
    if (major === BYTES) return this.#string(length);
    if (major === TEXT) return this.#text(length);
    if (depth === MAX_DEPTH) throw new Malformed("nested too deep");
    return major === ARRAY ? this.#array(length, depth + 1) : this.#map(length, depth + 1);
  }

  #byte() {
    if (this.#at >= this.#data.length) throw new Malformed("cut short");
    return this.#data[this.#at++];
  }

  /**
   * What a head carries, in the shortest form that there is for it.
   * @param {number} info
   * @param {number} major
   * @returns {Int}
   */
  #argument(info, major) {
    if (major === SIMPLE) {
      if (info !== 20 && info !== 21) throw new Malformed("neither true nor false");
      return info;
    }
    if (major > MAP) throw new Malformed("a tag");
    if (info < 24) return info;
    if (info > 27) throw new Malformed("an indefinite length");
    const size = 1 << (info - 24);
    let value = 0n;
    let small = 0;
    if (size === 8) {
      for (let count = 0; count < size; count++) value = (value << 8n) | BigInt(this.#byte());
      if (value < 1n << 32n) throw new Malformed("not the shortest form");
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
    }
    for (let count = 0; count < size; count++) small = small * 256 + this.#byte();
    if (small < (size === 1 ? 24 : 256 ** (size / 2))) throw new Malformed("not the shortest form");
    return small;
  }

  /** @param {number} length */
  #string(length) {
    if (length > this.#data.length - this.#at) throw new Malformed("cut short");
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }

  /** @param {number} length */
  #text(length) {
    try {
      return UTF8.decode(this.#string(length));
    } catch (error) {
      if (error instanceof TypeError) throw new Malformed("text that is not UTF-8");
      throw error;
    }
  }

  /**
   * @param {number} length
   * @param {number} depth
   */
  #array(length, depth) {
    // Each item takes a byte at least, so no array is longer than what is left.
    if (length > this.#data.length - this.#at) throw new Malformed("cut short");
    /** @type {Value[]} */
    const items = [];
    for (let count = 0; count < length; count++) items.push(this.#item(depth));
    return items;
  }

  /**
   * @param {number} length
   * @param {number} depth
   */
  #map(length, depth) {
    if (length > MAX_ENTRIES) throw new Malformed("a map of too many entries");
    /** @type {Fields} */
    const entries = new Map();
    /** @type {Int | null} */
    let before = null;
    for (let count = 0; count < length; count++) {
      if (this.#at < this.#data.length && this.#data[this.#at] >> 5 > 1) throw new Malformed("a key that is no integer");
      const key = /** @type {Int} */ (this.#item(depth));
      if (before !== null && !isBehind(before, key)) throw new Malformed("keys are not sorted");
      before = key;
      entries.set(key, this.#item(depth));
    }
    return entries;
  }
}

/**
 * Whether a key comes after the one before in the order of their encodings: 0, 1, … then -1, -2, …
 * @param {Int} before
 * @param {Int} key
 */
function isBehind(before, key) {
  return before >= 0 ? key < 0 || key > before : key < before;
}

/**
 * @param {number} argument
 * @returns {Int}
 */
function negative(argument) {
  return argument < Number.MAX_SAFE_INTEGER ? -1 - argument : -1n - BigInt(argument);
}

/**
 * @param {Uint8Array} data
 * @returns {Value}
 * @throws {Malformed}
 */
export function decode(data) {
  const reader = new Reader(data);
  const value = reader.item();
  reader.end();
  return value;
}

/**
 * The one encoding of a value.
 * @param {Value} value
 * @returns {Uint8Array}
 */
export function encode(value) {
  if (typeof value === "number" || typeof value === "bigint") {
    return value < 0 ? head(1, -1n - BigInt(value)) : head(0, value);
  }
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (typeof value === "string") {
    const bytes = TO_UTF8.encode(value);
    return joined([head(TEXT, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) return joined([head(BYTES, value.length), value]);
  if (Array.isArray(value)) return joined([head(ARRAY, value.length), ...value.map(encode)]);
  const entries = [...value].map(([key, each]) => /** @type {const} */ ([encode(key), encode(each)]));
  entries.sort(([left], [right]) => compare(left, right));
  return joined([head(MAP, entries.length), ...entries.flat()]);
}

/**
 * The shortest head.
 * @param {number} major
 * @param {number | bigint} argument
 * @returns {Uint8Array}
 */
export function head(major, argument) {
  const top = major << 5;
  if (argument < 24) return Uint8Array.of(top | Number(argument));
  const size = argument < 0x100 ? 1 : argument < 0x1_0000 ? 2 : argument < 0x1_0000_0000 ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = top | (24 + Math.log2(size));
  const view = new DataView(bytes.buffer);
  if (size === 8) view.setBigUint64(1, BigInt(argument));
  else if (size === 4) view.setUint32(1, Number(argument));
  else if (size === 2) view.setUint16(1, Number(argument));
  else bytes[1] = Number(argument);
  return bytes;
}
