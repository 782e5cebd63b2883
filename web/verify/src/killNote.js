/** Kill notes (specs/trust.md, Kill notes). */

import * as cbor from "./cbor.js";
import { decodeSign } from "./cose.js";
import { check, KEY_SIZE, readBytes, readMap } from "./document.js";
import { Malformed, Reason, Refused } from "./errors.js";

export const KIND = "idcard.kill";
export const MAX_SIZE = 512;

/**
 * The public key that a note ends. Whether it is an issuing key of the city is for a trust list to say.
 * @param {Uint8Array} note
 * @param {import("./document.js").Scope} scope
 * @returns {Promise<Uint8Array>}
 * @throws {Malformed}
 * @throws {Refused} newer-program; trust-unsigned where not this key alone signed it, for this city
 */
export async function decode(note, scope) {
  if (note.length > MAX_SIZE) throw new Malformed("larger than any kill note");
  const message = decodeSign(note);
  const key = readBytes(readMap(cbor.decode(message.payload)), 1, KEY_SIZE);
  if (message.signatures.length !== 1) throw new Refused(Reason.TRUST_UNSIGNED);
  await check(message, KIND, scope, { threshold: 1, keys: [key] });
  return key;
}
