/** The bytes of a code (specs/credential.md): a COSE_Sign1 of claims. */

import { decode as decodeClaims } from "./claims.js";
import { decodeSign1 } from "./cose.js";

/** @typedef {{ message: import("./cose.js").Sign1, claims: import("./claims.js").Claims }} Credential */

/**
 * @param {Uint8Array} data
 * @returns {Credential}
 * @throws {import("./errors.js").Malformed}
 */
export function decode(data) {
  const message = decodeSign1(data);
  return { message, claims: decodeClaims(message.payload) };
}
