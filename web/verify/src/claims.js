/** The claims of a credential (specs/credential.md, Claims). */

import { isNoonOfFirst, monthsBefore } from "./calendar.js";
import * as cbor from "./cbor.js";
import { Malformed } from "./errors.js";

/**
 * @typedef {object} Claims
 * @property {number} exp seconds since 1970
 * @property {Uint8Array | null} handle the cti
 * @property {ReadonlySet<number>} flags keys of the holder's map that are true
 * @property {number} age the highest threshold reached; 0 where none is claimed
 * @property {readonly [age: number, months: number] | null} ageFrom
 * @property {boolean} asksForNewer an unknown negative key is among them
 */

export const EXP = 4;
export const CTI = 7;
const HOLDER = -65537;
export const AGE = 2;
export const AGE_FROM = 3;
const HANDLE_SIZE = 10;
export const MAX_AGE = 150;
const MAX_MONTHS = 255;

/** @type {ReadonlyMap<number, string>} names of the flags by their keys */
export const FLAGS = new Map([
  [1, "resident"],
  [4, "student"],
  [5, "senior"],
  [6, "veteran"],
  [7, "disability"],
  [8, "caregiver"],
  .../** @type {[number, string][]} */ ([16, 17, 18, 19, 20, 21, 22, 23].map((key) => [key, `city_${key}`])),
]);

/**
 * @param {Uint8Array} payload
 * @returns {Claims}
 * @throws {Malformed}
 */
export function decode(payload) {
  const fields = cbor.decode(payload);
  if (!(fields instanceof Map)) throw new Malformed("claims are a map");
  for (const key of fields.keys()) {
    if (key !== EXP && key !== CTI && key !== HOLDER) throw new Malformed("another claim");
  }
  const exp = fields.get(EXP);
  if (!isWhole(exp, 0, 0xffff_ffff) || !isNoonOfFirst(exp)) throw new Malformed("exp is not noon on the first");
  const handle = fields.get(CTI) ?? null;
  if (handle !== null && (!(handle instanceof Uint8Array) || handle.length !== HANDLE_SIZE)) {
    throw new Malformed("a cti of another size");
  }
  const holder = fields.get(HOLDER);
  if (!(holder instanceof Map) || holder.size === 0) throw new Malformed("nothing is claimed");
  return { exp, handle, ...readHolder(holder) };
}

/** @param {cbor.Fields} holder */
function readHolder(holder) {
  const flags = new Set();
  let age = 0;
  /** @type {readonly [number, number] | null} */
  let ageFrom = null;
  let asksForNewer = false;
  for (const [key, value] of holder) {
    if (FLAGS.has(/** @type {number} */ (key))) {
      if (value !== true) throw new Malformed("a flag is true or absent");
      flags.add(/** @type {number} */ (key));
    } else if (key === AGE) {
      if (!isWhole(value, 1, MAX_AGE)) throw new Malformed("no age");
      age = value;
    } else if (key === AGE_FROM) {
      ageFrom = readAgeFrom(value);
    } else if (key < 0) {
      asksForNewer = true;
    }
  }
  return { flags, age, ageFrom, asksForNewer };
}

/**
 * @param {cbor.Value} value
 * @returns {readonly [number, number]}
 */
function readAgeFrom(value) {
  if (!Array.isArray(value) || value.length !== 2) throw new Malformed("age_from has two parts");
  const [age, months] = value;
  if (!isWhole(age, 1, MAX_AGE) || !isWhole(months, 1, MAX_MONTHS)) throw new Malformed("age_from out of range");
  return [age, months];
}

/**
 * Whether the holder is proven to be of that age.
 * @param {Claims} claims
 * @param {number} age
 * @param {number} now
 */
export function isOver(claims, age, now) {
  if (claims.age >= age) return true;
  if (claims.ageFrom === null) return false;
  const [reached, months] = claims.ageFrom;
  return reached >= age && now >= monthsBefore(claims.exp, months);
}

/**
 * Whether it is an integer from the least to the most.
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 * @returns {value is number}
 */
export function isWhole(value, least, most) {
  return typeof value === "number" && value >= least && value <= most;
}
