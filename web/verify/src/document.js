/** Documents (specs/trust.md, Documents): their scope, signatures and digests, and the fields of their maps. */

import { ascii, isAscending } from "./bytes.js";
import * as cbor from "./cbor.js";
import { isWhole } from "./claims.js";
import { toBeSigned } from "./cose.js";
import { blake2b, kid } from "./digest.js";
import { verifierOf } from "./ed25519/index.js";
import { Malformed, Reason, Refused } from "./errors.js";

/** @typedef {import("./text.js").Environment} Environment */
/** @typedef {{ city: string, environment: Environment }} Scope */
/** @typedef {{ threshold: number, keys: Uint8Array[] }} Role */

export const KEY_SIZE = 32;
export const DIGEST_SIZE = 32;
const IDENTIFIER = /^[a-z][a-z0-9-]{0,31}$/;
const NO_CONTROLS = /^[^\u0000-\u001f\u007f-\u009f]+$/u;
/** `40`, the protected header of a document's body, in the array of two that its digest is made of. */
const BEFORE_PAYLOAD = new Uint8Array(0);

/**
 * The external_aad.
 * @param {string} kind
 * @param {Scope} scope
 */
export function externalAad(kind, { city, environment }) {
  return ascii(`${kind} ${environment} ${city}`);
}

/**
 * The identity of a document.
 * @param {Uint8Array} payload
 * @param {string} kind
 */
export function digest(payload, kind) {
  return blake2b(cbor.encode([BEFORE_PAYLOAD, payload]), kind, DIGEST_SIZE);
}

/**
 * Whether the document is signed by as many keys of a role as it needs.
 * @param {import("./cose.js").Sign} message
 * @param {string} kind
 * @param {Scope} scope
 * @param {Role} role
 * @throws {Refused} trust-unsigned for fewer, or for a wrong signature of one of them
 */
export async function check(message, kind, scope, role) {
  const named = new Map(role.keys.map((key) => [kid(key), key]));
  let signers = 0;
  for (const { header, kid: signer, signature } of message.signatures) {
    const key = named.get(signer);
    if (!key) continue;
    const signed = toBeSigned(message.payload, header, externalAad(kind, scope));
    if (!(await verifierOf(key)(signature, signed))) throw new Refused(Reason.TRUST_UNSIGNED);
    signers += 1;
  }
  if (signers < role.threshold) throw new Refused(Reason.TRUST_UNSIGNED);
}

/**
 * A map in which unknown keys of 0 and above prove nothing.
 * @param {cbor.Value} value
 * @returns {cbor.Fields}
 * @throws {Refused} newer-program for a negative key
 */
export function readMap(value) {
  if (!(value instanceof Map)) throw new Malformed("no map");
  for (const key of value.keys()) {
    if (key < 0) throw new Refused(Reason.NEWER_PROGRAM);
  }
  return value;
}

/**
 * @param {cbor.Fields} fields
 * @param {number} key
 * @param {number} least
 * @param {number} most
 */
export function readWhole(fields, key, least, most) {
  const value = fields.get(key);
  if (!isWhole(value, least, most)) throw new Malformed(`field ${key} is no integer of its range`);
  return value;
}

/**
 * Seconds since 1970.
 * @param {cbor.Fields} fields
 * @param {number} key
 */
export function readInstant(fields, key) {
  return readWhole(fields, key, 0, 0xffff_ffff);
}

/**
 * @param {cbor.Fields} fields
 * @param {number} key
 * @param {number} [size]
 */
export function readBytes(fields, key, size) {
  const value = fields.get(key);
  if (!(value instanceof Uint8Array) || (size !== undefined && value.length !== size)) {
    throw new Malformed(`field ${key} is no byte string of its size`);
  }
  return value;
}

/**
 * @param {cbor.Fields} fields
 * @param {number} key
 */
export function readArray(fields, key) {
  const value = fields.get(key);
  if (!Array.isArray(value)) throw new Malformed(`field ${key} is no array`);
  return value;
}

/**
 * `true`, or absent.
 * @param {cbor.Fields} fields
 * @param {number} key
 */
export function readFlag(fields, key) {
  const value = fields.get(key);
  if (value !== undefined && value !== true) throw new Malformed(`field ${key} is neither true nor absent`);
  return value === true;
}

/**
 * @param {cbor.Fields} fields
 * @param {number} key
 */
export function readIdentifier(fields, key) {
  const value = fields.get(key);
  if (typeof value !== "string" || !IDENTIFIER.test(value)) throw new Malformed(`field ${key} is no name`);
  return value;
}

/**
 * Text without control characters; letters count, not the units of JavaScript.
 * @param {cbor.Fields} fields
 * @param {number} key
 * @param {number} most
 */
export function readText(fields, key, most) {
  const value = fields.get(key);
  if (typeof value !== "string" || !NO_CONTROLS.test(value) || [...value].length > most) {
    throw new Malformed(`field ${key} is no text of its length`);
  }
  return value;
}

/**
 * Whole numbers, sorted, none twice.
 * @param {cbor.Fields} fields
 * @param {number} key
 * @param {number} most
 */
export function readNumbers(fields, key, most) {
  return readArray(fields, key).map((value, at, all) => {
    if (!isWhole(value, 1, most)) throw new Malformed(`field ${key} has another number`);
    if (at > 0 && /** @type {number} */ (all[at - 1]) >= value) throw new Malformed(`field ${key} is not sorted`);
    return value;
  });
}

/**
 * @param {cbor.Fields} fields
 * @param {number} key
 * @param {number} most keys
 * @returns {Role}
 */
export function readRole(fields, key, most) {
  const parts = readArray(fields, key);
  if (parts.length !== 2) throw new Malformed("a role has two parts");
  const [threshold, keys] = parts;
  if (!Array.isArray(keys) || !keys.length || keys.length > most || !keys.every(isKey) || !isAscending(keys)) {
    throw new Malformed("keys are not sorted, or not of 32 bytes");
  }
  if (!isWhole(threshold, 1, keys.length)) throw new Malformed("a threshold that keys cannot reach");
  return { threshold, keys };
}

/**
 * @param {cbor.Value} value
 * @returns {value is Uint8Array}
 */
function isKey(value) {
  return value instanceof Uint8Array && value.length === KEY_SIZE;
}
