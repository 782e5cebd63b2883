/** The trust list (specs/trust.md, Trust list). */

import { isAscending } from "./bytes.js";
import { isNoonOfFirst } from "./calendar.js";
import * as cbor from "./cbor.js";
import { AGE, AGE_FROM, FLAGS, MAX_AGE } from "./claims.js";
import {
  DIGEST_SIZE,
  KEY_SIZE,
  readArray,
  readBytes,
  readFlag,
  readIdentifier,
  readInstant,
  readMap,
  readNumbers,
  readText,
  readWhole,
} from "./document.js";
import { Malformed, Reason, Refused } from "./errors.js";

/**
 * @typedef {object} VenueClass
 * @property {number} number
 * @property {string} name
 * @property {number[]} required keys of the holder's map
 * @property {number} leastAge 0 where none is asked for
 * @property {boolean} handle a handle is required
 * @property {number} tolerance age in days of the oldest trust file
 * @property {boolean} photoCheck
 */

/**
 * @typedef {object} IssuingKey
 * @property {Uint8Array} key
 * @property {number[]} classes numbers of those that it serves
 * @property {number} verifyUntil
 * @property {boolean} compromised
 */

/**
 * @typedef {object} TrustList
 * @property {number} version
 * @property {number} issued
 * @property {number} nextUpdate
 * @property {number} exp
 * @property {string} contact
 * @property {VenueClass[]} classes
 * @property {IssuingKey[]} keys
 * @property {Uint8Array} cancellations their digest
 * @property {Uint8Array} root its digest
 */

export const KIND = "idcard.list";
const MAX_NUMBER = 0xffff;

/**
 * @param {Uint8Array} payload
 * @returns {TrustList}
 * @throws {import("./errors.js").Malformed}
 * @throws {import("./errors.js").Refused} newer-program
 */
export function decode(payload) {
  const fields = readMap(cbor.decode(payload));
  const list = {
    version: readWhole(fields, 1, 1, 0xffff_ffff),
    issued: readInstant(fields, 2),
    nextUpdate: readInstant(fields, 3),
    exp: readInstant(fields, 4),
    contact: readText(fields, 5, 200),
    classes: readArray(fields, 6).map(readClass),
    keys: readArray(fields, 7).map(readKey),
    cancellations: readBytes(fields, 8, DIGEST_SIZE),
    root: readBytes(fields, 9, DIGEST_SIZE),
  };
  checkTogether(list);
  return list;
}

/**
 * What its fields have to do with each other.
 * @param {TrustList} list
 */
function checkTogether({ issued, nextUpdate, exp, classes, keys }) {
  if (!(issued < nextUpdate && nextUpdate <= exp)) throw new Malformed("the times are not in their order");
  if (classes.some((each, at) => at > 0 && classes[at - 1].number >= each.number)) throw new Malformed("not sorted");
  if (new Set(classes.map((each) => each.name)).size !== classes.length) throw new Malformed("a name stands twice");
  if (!isAscending(keys.map((each) => each.key))) throw new Malformed("keys are not sorted");
}

/**
 * @param {cbor.Value} value
 * @returns {VenueClass}
 */
function readClass(value) {
  const fields = readMap(value);
  const required = readNumbers(fields, 3, MAX_NUMBER);
  const leastAge = fields.has(4) ? readWhole(fields, 4, 1, MAX_AGE) : 0;
  if (required.includes(AGE) || required.includes(AGE_FROM)) throw new Malformed("2 and 3 are no flags");
  if (!required.length && !leastAge) throw new Malformed("a class that requires nothing");
  const read = {
    number: readWhole(fields, 1, 1, MAX_NUMBER),
    name: readIdentifier(fields, 2),
    required,
    leastAge,
    handle: readFlag(fields, 5),
    tolerance: readWhole(fields, 6, 1, 400),
    photoCheck: readFlag(fields, 7),
  };
  if (!required.every((key) => FLAGS.has(key))) throw new Refused(Reason.NEWER_PROGRAM);
  return read;
}

/**
 * @param {cbor.Value} value
 * @returns {IssuingKey}
 */
function readKey(value) {
  const fields = readMap(value);
  const verifyUntil = readInstant(fields, 3);
  if (!isNoonOfFirst(verifyUntil)) throw new Malformed("verify_until is not noon on the first");
  return {
    key: readBytes(fields, 1, KEY_SIZE),
    classes: readNumbers(fields, 2, MAX_NUMBER),
    verifyUntil,
    compromised: readFlag(fields, 4),
  };
}
