/** The root (specs/trust.md, Root). */

import * as cbor from "./cbor.js";
import { DIGEST_SIZE, readBytes, readIdentifier, readInstant, readMap, readRole, readText, readWhole } from "./document.js";
import { Malformed } from "./errors.js";

/**
 * @typedef {object} Root
 * @property {number} version
 * @property {import("./document.js").Scope} scope
 * @property {string} name of the city
 * @property {number} exp
 * @property {number} listDays longest life of a trust list
 * @property {import("./document.js").Role} roots
 * @property {import("./document.js").Role} publishers
 * @property {Uint8Array | null} previous digest of the root before
 */

export const KIND = "idcard.root";
const MAX_KEYS = 15;

/**
 * @param {Uint8Array} payload
 * @returns {Root}
 * @throws {import("./errors.js").Malformed}
 * @throws {import("./errors.js").Refused} newer-program
 */
export function decode(payload) {
  const fields = readMap(cbor.decode(payload));
  const version = readWhole(fields, 1, 1, 0xffff_ffff);
  if ((version === 1) === fields.has(9)) throw new Malformed("version 1 names no root before it, and all others do");
  return {
    version,
    scope: {
      city: readIdentifier(fields, 2),
      environment: readWhole(fields, 4, 0, 1) === 0 ? "production" : "test",
    },
    name: readText(fields, 3, 64),
    exp: readInstant(fields, 5),
    listDays: readWhole(fields, 6, 1, 400),
    roots: readRole(fields, 7, MAX_KEYS),
    publishers: readRole(fields, 8, MAX_KEYS),
    previous: version === 1 ? null : readBytes(fields, 9, DIGEST_SIZE),
  };
}
