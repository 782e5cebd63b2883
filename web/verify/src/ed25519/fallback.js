/** Ed25519 for runtimes whose WebCrypto has none. Some milliseconds a signature. */

import { Point } from "@noble/ed25519";
import { isEqual, joined } from "../bytes.js";

const ORDER = Point.CURVE().n;

/**
 * [S]B - [k]A must be R, byte for byte: `verify` of noble multiplies by the cofactor, libsodium and WebCrypto do not.
 * @param {Uint8Array} key
 * @param {Uint8Array} signature whose encodings are sound
 * @param {Uint8Array} message
 * @returns {Promise<boolean>}
 */
export async function verify(key, signature, message) {
  let point;
  try {
    point = Point.fromBytes(key);
  } catch {
    return false; // not on the curve
  }
  const r = signature.subarray(0, 32);
  const s = integer(signature.subarray(32));
  const hash = await crypto.subtle.digest("SHA-512", /** @type {BufferSource} */ (joined([r, key, message])));
  const k = integer(new Uint8Array(hash)) % ORDER;
  const sum = Point.BASE.multiply(s, false).subtract(point.multiply(k, false));
  return isEqual(sum.toBytes(), r);
}

/**
 * The little end comes first.
 * @param {Uint8Array} bytes
 */
function integer(bytes) {
  return bytes.reduceRight((value, each) => (value << 8n) | BigInt(each), 0n);
}
