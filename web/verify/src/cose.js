/** COSE_Sign1 and COSE_Sign (RFC 9052 §4), in the one shape that the formats allow. */

import { beginsWith, joined } from "./bytes.js";
import * as cbor from "./cbor.js";
import { KID_SIZE, readKid } from "./digest.js";
import { Malformed } from "./errors.js";

/**
 * @typedef {object} Sign1
 * @property {Uint8Array} header the protected one
 * @property {number} kid
 * @property {Uint8Array} payload
 * @property {Uint8Array} signature
 */

/**
 * @typedef {object} Sign
 * @property {Uint8Array} payload
 * @property {{ header: Uint8Array, kid: number, signature: Uint8Array }[]} signatures sorted by kid
 */

/** `{1: -8, 4: kid}` up to the kid: alg EdDSA, the only one. */
const HEADER = Uint8Array.of(0xa2, 0x01, 0x27, 0x04, 0x44);
const SIGN1_TAG = Uint8Array.of(0xd2);
const SIGN_TAG = Uint8Array.of(0xd8, 0x62);
const SIGNATURE_SIZE = 64;
const MAX_SIGNATURES = 23;
const EMPTY = new Uint8Array(0);
/** `["Signature1", h'…` of a Sig_structure, up to the bytes of the header, of which there are nine. */
const BEFORE_HEADER = joined([Uint8Array.of(0x84), cbor.encode("Signature1"), Uint8Array.of(0x49)]);

/**
 * @param {Uint8Array} data
 * @returns {Sign1}
 * @throws {Malformed}
 */
export function decodeSign1(data) {
  const [header, unprotected, payload, signature] = fourParts(data, SIGN1_TAG);
  checkEmpty(unprotected);
  if (!(payload instanceof Uint8Array)) throw new Malformed("no payload");
  return { ...signed(header, signature), payload };
}

/**
 * @param {Uint8Array} data
 * @returns {Sign}
 * @throws {Malformed}
 */
export function decodeSign(data) {
  const [header, unprotected, payload, signatures] = fourParts(data, SIGN_TAG);
  if (!(header instanceof Uint8Array) || header.length) throw new Malformed("a header of the body");
  checkEmpty(unprotected);
  if (!(payload instanceof Uint8Array)) throw new Malformed("no payload");
  if (!Array.isArray(signatures) || !signatures.length || signatures.length > MAX_SIGNATURES) {
    throw new Malformed("not 1 to 23 signatures");
  }
  const read = signatures.map((each) => {
    if (!Array.isArray(each) || each.length !== 3) throw new Malformed("a signature has three parts");
    checkEmpty(each[1]);
    return signed(each[0], each[2]);
  });
  if (read.some((each, at) => at > 0 && read[at - 1].kid >= each.kid)) throw new Malformed("signatures are not sorted");
  return { payload, signatures: read };
}

/**
 * What is signed: the Sig_structure of a COSE_Sign1.
 * @param {Sign1} message
 * @param {Uint8Array} scope the external_aad, encoded: it is the same for all codes
 */
export function toBeSigned1({ header, payload }, scope) {
  return joined([BEFORE_HEADER, header, scope, cbor.head(2, payload.length), payload]);
}

/**
 * The Sig_structure of one signature of a COSE_Sign.
 * @param {Uint8Array} payload
 * @param {Uint8Array} header of the signature
 * @param {Uint8Array} scope the external_aad
 */
export function toBeSigned(payload, header, scope) {
  return cbor.encode(["Signature", EMPTY, header, scope, payload]);
}

/**
 * A document from its parts.
 * @param {Uint8Array} payload
 * @param {[header: Uint8Array, signature: Uint8Array][]} signatures sorted by kid
 */
export function encodeSign(payload, signatures) {
  const each = signatures.map(([header, signature]) => [header, new Map(), signature]);
  return joined([SIGN_TAG, cbor.encode([EMPTY, new Map(), payload, each])]);
}

/**
 * The protected header of a signature.
 * @param {Uint8Array} kid
 */
export function headerOf(kid) {
  return joined([HEADER, kid]);
}

/**
 * @param {Uint8Array} data
 * @param {Uint8Array} tag
 */
function fourParts(data, tag) {
  if (!beginsWith(data, tag)) throw new Malformed("another tag");
  const parts = cbor.decode(data.subarray(tag.length));
  if (!Array.isArray(parts) || parts.length !== 4) throw new Malformed("not four parts");
  return parts;
}

/**
 * @param {cbor.Value} header
 * @param {cbor.Value} signature
 */
function signed(header, signature) {
  if (
    !(header instanceof Uint8Array) ||
    header.length !== HEADER.length + KID_SIZE ||
    !beginsWith(header, HEADER)
  ) {
    throw new Malformed("another header");
  }
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_SIZE) throw new Malformed("no signature");
  return { header, kid: readKid(header, HEADER.length), signature };
}

/** @param {cbor.Value} unprotected */
function checkEmpty(unprotected) {
  if (!(unprotected instanceof Map) || unprotected.size) throw new Malformed("something stands outside the signature");
}
