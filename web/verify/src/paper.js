/** Codes on paper, and patches (specs/paper.md). What they give is not checked: that is for the memory. */

import * as base45 from "./base45.js";
import { compare, hex, isAscending, isEqual, joined } from "./bytes.js";
import * as cancellations from "./cancellations.js";
import * as cbor from "./cbor.js";
import { isWhole } from "./claims.js";
import { decodeSign, encodeSign, headerOf } from "./cose.js";
import { blake2b, kid, KID_SIZE, readKid } from "./digest.js";
import { digest, KEY_SIZE, readArray, readBytes, readMap } from "./document.js";
import { Malformed, Reason, Refused } from "./errors.js";
import { trimmed } from "./text.js";
import { MAX_SIZE, signedRoots } from "./trustFile.js";
import { KIND as LIST } from "./trustList.js";

/** @typedef {"IDF1:" | "IDP1:" | "IDK1:"} Prefix of a trust file, a patch, a kill note */

export const MAX_CODES = 99;
const PREFIX = /^ID[FPK]1:/;
const OTHER_VERSION = /^ID[FPK][0-9]{1,2}:/;
const MAX_LETTERS = 4296;
const ID_SIZE = 8;
const HALF_DIGEST = 16;
const KEYS_FIELD = 7;
const MAX_LEAVING = 255;

/** Codes of a poster are still to be read. */
export class Missing extends Error {
  /** @param {number[]} numbers */
  constructor(numbers) {
    super("codes are missing");
    this.name = "Missing";
    this.numbers = numbers;
  }
}

/** The patch starts from another trust list: the venue needs another poster. */
export class OtherBase extends Error {
  constructor() {
    super("the patch starts from another trust list");
    this.name = "OtherBase";
  }
}

/**
 * What the codes of a poster hold together, in any order and repeatedly.
 * @param {Iterable<string>} texts
 * @returns {{ prefix: Prefix, data: Uint8Array }}
 * @throws {Missing} where numbers are not there yet
 * @throws {Malformed} for what is no poster, or two of them
 * @throws {Refused} newer-program
 */
export function assemble(texts) {
  const different = new Set([...texts].map(trimmed));
  if (!different.size || different.size > MAX_CODES) throw new Malformed("not 1 to 99 codes");
  /** @type {Map<number, Uint8Array>} */
  const chunks = new Map();
  let first = null;
  for (const text of different) {
    const code = readCode(text);
    first ??= code;
    if (code.prefix !== first.prefix || code.count !== first.count || !isEqual(code.id, first.id)) {
      throw new Malformed("codes of two posters");
    }
    const before = chunks.get(code.number);
    if (before && !isEqual(before, code.chunk)) throw new Malformed("two codes of one number");
    chunks.set(code.number, code.chunk);
  }
  const { prefix, count, id } = /** @type {ReturnType<typeof readCode>} */ (first);
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  const missing = numbers.filter((number) => !chunks.has(number));
  if (missing.length) throw new Missing(missing);
  const parts = numbers.map((number) => /** @type {Uint8Array} */ (chunks.get(number)));
  const isEven = parts.every((each, at) => (at < count - 1 ? each.length === parts[0].length : each.length <= parts[0].length));
  const data = joined(parts);
  if (!isEven || !isEqual(blake2b(data, "idcard.paper", 64).subarray(0, ID_SIZE), id)) throw new Malformed("other data");
  return { prefix, data };
}

/**
 * @param {string} text trimmed
 */
function readCode(text) {
  if (!PREFIX.test(text)) {
    if (OTHER_VERSION.test(text)) throw new Refused(Reason.NEWER_PROGRAM);
    throw new Malformed("no code of a poster");
  }
  const letters = text.slice(5);
  if (letters.length > MAX_LETTERS) throw new Malformed("longer than any code");
  const parts = cbor.decode(base45.decode(letters));
  if (!Array.isArray(parts) || parts.length !== 4) throw new Malformed("not four parts");
  const [number, count, id, chunk] = parts;
  if (!isWhole(count, 1, MAX_CODES) || !isWhole(number, 1, count)) throw new Malformed("another number");
  if (!(id instanceof Uint8Array) || id.length !== ID_SIZE) throw new Malformed("no id");
  if (!(chunk instanceof Uint8Array) || !chunk.length) throw new Malformed("no chunk");
  return { prefix: /** @type {Prefix} */ (text.slice(0, 5)), number, count, id, chunk };
}

/**
 * The trust file that a patch makes of the one that a venue holds.
 * @param {Uint8Array} file that was verified
 * @param {Uint8Array} patch
 * @returns {Uint8Array}
 * @throws {OtherBase}
 * @throws {Malformed}
 * @throws {Refused} newer-program, trust-too-large
 */
export function apply(file, patch) {
  if (patch.length > MAX_SIZE) throw new Refused(Reason.TRUST_TOO_LARGE);
  const change = readPatch(patch);
  const parts = readMap(cbor.decode(file));
  const list = decodeSign(readBytes(parts, 2));
  const held = digest(list.payload, LIST).subarray(0, HALF_DIGEST);
  /** @type {cbor.Fields} */
  const made = new Map();
  if (isEqual(held, change.target)) {
    for (const key of [1, 2, 3]) made.set(key, /** @type {cbor.Value} */ (parts.get(key)));
    const notes = change.notes ?? parts.get(4);
    if (notes !== undefined) made.set(4, notes);
  } else {
    if (!isEqual(held, change.base)) throw new OtherBase();
    made.set(1, withRoots(signedRoots(parts), change.roots));
    made.set(2, withFields(list.payload, change));
    made.set(3, withCancellations(readBytes(parts, 3), change.leave, change.join));
    if (change.notes !== undefined) made.set(4, change.notes);
  }
  const whole = cbor.encode(made);
  if (whole.length > MAX_SIZE) throw new Refused(Reason.TRUST_TOO_LARGE);
  return whole;
}

/** @param {Uint8Array} patch */
function readPatch(patch) {
  const fields = readMap(cbor.decode(patch));
  const joining = fields.has(2) ? fields.get(2) : new Map();
  if (!(joining instanceof Map) || [...joining.keys()].some((key) => key < 0 || key === KEYS_FIELD)) {
    throw new Malformed("fields of the list");
  }
  const leaving = fields.has(3) ? readArray(fields, 3) : [];
  const isSorted = leaving.every(
    (key, at) => isWhole(key, 0, Number.MAX_SAFE_INTEGER) && (at === 0 || /** @type {number} */ (leaving[at - 1]) < key),
  );
  if (!isSorted || leaving.length > MAX_LEAVING || leaving.includes(KEYS_FIELD)) throw new Malformed("fields that leave");
  const [leave, join] = fields.has(8) ? readPair(fields, 8) : [new Uint8Array(0), new Uint8Array(0)];
  return {
    base: readBytes(fields, 1, HALF_DIGEST),
    fields: /** @type {cbor.Fields} */ (joining),
    leaving: /** @type {number[]} */ (leaving),
    keysLeaving: fields.has(4) ? readKids(fields) : [],
    keys: fields.has(5) ? readArray(fields, 5).map(readKey) : [],
    signatures: readSignatures(fields),
    roots: fields.has(7) ? readArray(fields, 7).map(bytesOf) : [],
    leave: sortedValues(leave),
    join: sortedValues(join),
    notes: fields.get(9),
    target: readBytes(fields, 10, HALF_DIGEST),
  };
}

/**
 * @param {cbor.Fields} fields
 * @param {number} key
 * @returns {[Uint8Array, Uint8Array]}
 */
function readPair(fields, key) {
  const pair = readArray(fields, key);
  if (pair.length !== 2) throw new Malformed("not two parts");
  return [bytesOf(pair[0]), bytesOf(pair[1])];
}

/** @param {cbor.Fields} fields */
function readKids(fields) {
  const kids = readArray(fields, 4).map(bytesOf);
  if (kids.some((each) => each.length !== KID_SIZE) || !isAscending(kids)) throw new Malformed("kids are not sorted");
  return kids.map((each) => readKid(each));
}

/** @param {cbor.Fields} fields */
function readSignatures(fields) {
  /** @type {[Uint8Array, Uint8Array][]} */
  const read = readArray(fields, 6).map((each) => {
    if (!Array.isArray(each) || each.length !== 2) throw new Malformed("a signature has two parts");
    return [bytesOf(each[0]), bytesOf(each[1])];
  });
  if (read.some(([signer, signature]) => signer.length !== KID_SIZE || signature.length !== 64)) {
    throw new Malformed("a signature of another size");
  }
  return read;
}

/** @param {cbor.Value} value */
function readKey(value) {
  if (!(value instanceof Map)) throw new Malformed("an issuing key is a map");
  return { key: readBytes(value, 1, KEY_SIZE), value };
}

/**
 * @param {readonly Uint8Array[]} roots
 * @param {readonly Uint8Array[]} following
 */
function withRoots(roots, following) {
  const payloads = new Set(roots.map((each) => hex(decodeSign(each).payload)));
  return [...roots, ...following.filter((each) => !payloads.has(hex(decodeSign(each).payload)))];
}

/**
 * The new list, encoded anew.
 * @param {Uint8Array} payload
 * @param {ReturnType<typeof readPatch>} change
 */
function withFields(payload, change) {
  /** @type {cbor.Fields} */
  const fields = new Map(readMap(cbor.decode(payload)));
  const keys = new Map(readArray(fields, KEYS_FIELD).map(readKey).map((each) => [hex(each.key), each]));
  const leaving = new Set(change.keysLeaving);
  for (const [name, { key }] of keys) {
    if (leaving.has(kid(key))) keys.delete(name);
  }
  for (const each of change.keys) keys.set(hex(each.key), each);
  for (const key of change.leaving) fields.delete(key);
  for (const [key, value] of change.fields) fields.set(key, value);
  const sorted = [...keys.values()].sort((left, right) => compare(left.key, right.key));
  fields.set(KEYS_FIELD, sorted.map((each) => each.value));
  const changed = cbor.encode(fields);
  if (!isEqual(digest(changed, LIST).subarray(0, HALF_DIGEST), change.target)) throw new Malformed("another target");
  return encodeSign(changed, change.signatures.map(([signer, signature]) => [headerOf(signer), signature]));
}

/**
 * @param {Uint8Array} encoded
 * @param {readonly string[]} leave
 * @param {readonly string[]} join
 */
function withCancellations(encoded, leave, join) {
  const values = new Set(split(cancellations.valuesOf(encoded)));
  for (const each of leave) values.delete(each);
  for (const each of join) values.add(each);
  const digits = [...values].sort().join("");
  return cbor.encode(Uint8Array.from({ length: digits.length / 2 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16)));
}

/** @param {Uint8Array} values */
function sortedValues(values) {
  new cancellations.Cancellations(values); // checks
  return split(values);
}

/** @param {Uint8Array} values */
function split(values) {
  const size = cancellations.SIZE;
  return Array.from({ length: values.length / size }, (_, at) => hex(values.subarray(at * size, (at + 1) * size)));
}

/**
 * @param {cbor.Value} value
 * @returns {Uint8Array}
 */
function bytesOf(value) {
  if (!(value instanceof Uint8Array)) throw new Malformed("no byte string");
  return value;
}
