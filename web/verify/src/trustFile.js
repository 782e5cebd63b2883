/** The trust file (specs/trust.md): everything in it is verified, its dates are not. */

import { hex, isAscending, isEqual } from "./bytes.js";
import { DAY } from "./calendar.js";
import * as cancellations from "./cancellations.js";
import * as cbor from "./cbor.js";
import { decodeSign } from "./cose.js";
import { kid } from "./digest.js";
import { check, digest, readArray, readBytes, readMap } from "./document.js";
import { Malformed, Reason, Refused } from "./errors.js";
import * as killNote from "./killNote.js";
import * as root from "./root.js";
import * as trustList from "./trustList.js";

/** @typedef {import("./root.js").Root} Root */
/** @typedef {import("./trustList.js").TrustList} TrustList */
/** @typedef {import("./cose.js").Sign} Sign */

/**
 * What a trust file says.
 * @typedef {object} Trust
 * @property {string} city its id
 * @property {string} name of the city, for people
 * @property {import("./text.js").Environment} environment
 * @property {readonly Root[]} roots from the first to the current one
 * @property {readonly Uint8Array[]} rootDigests
 * @property {Root} root the current one
 * @property {Uint8Array} fingerprint 16 bytes, of the current root
 * @property {TrustList} list
 * @property {Uint8Array} listDigest
 * @property {import("./cancellations.js").Cancellations} cancelled
 * @property {readonly { key: Uint8Array, note: Uint8Array }[]} killNotes
 */

export const MAX_SIZE = 2 << 20;
const MAX_ROOTS = 255;
const FINGERPRINT_SIZE = 16;

/**
 * Verifies a file whose first root is trusted: the caller must know where it comes from.
 * @param {Uint8Array} file
 * @returns {Promise<Trust>}
 * @throws {Refused} with the reasons of specs/trust.md, each of them *cannot say*
 */
export async function decode(file) {
  if (file.length > MAX_SIZE) throw new Refused(Reason.TRUST_TOO_LARGE);
  try {
    return await opened(file);
  } catch (error) {
    if (error instanceof Malformed) throw new Refused(Reason.TRUST_MALFORMED);
    throw error;
  }
}

/**
 * @param {Uint8Array} file
 * @returns {Promise<Trust>}
 */
async function opened(file) {
  const parts = readMap(cbor.decode(file));
  const messages = signedRoots(parts).map(decodeSign);
  const roots = messages.map((each) => root.decode(each.payload));
  const rootDigests = messages.map((each) => digest(each.payload, root.KIND));
  await checkChain(messages, roots, rootDigests);
  const last = roots[roots.length - 1];

  const message = decodeSign(readBytes(parts, 2));
  await check(message, trustList.KIND, last.scope, last.publishers);
  const list = trustList.decode(message.payload);
  if (!isEqual(list.root, rootDigests[roots.length - 1])) throw new Refused(Reason.TRUST_CHAIN);
  if (list.exp - list.issued > last.listDays * DAY || list.exp > last.exp) throw new Refused(Reason.TRUST_LIFETIME);
  checkRoles(roots, list);

  const encoded = parts.get(3);
  if (!(encoded instanceof Uint8Array) || !isEqual(cancellations.digest(encoded), list.cancellations)) {
    throw new Refused(Reason.TRUST_CANCELLATIONS);
  }
  return {
    ...last.scope,
    name: last.name,
    roots,
    rootDigests,
    root: last,
    fingerprint: rootDigests[roots.length - 1].slice(0, FINGERPRINT_SIZE),
    list,
    listDigest: digest(message.payload, trustList.KIND),
    cancelled: cancellations.decode(encoded),
    killNotes: await readKillNotes(parts, last.scope, list),
  };
}

/**
 * @param {cbor.Fields} parts
 * @returns {Uint8Array[]}
 */
export function signedRoots(parts) {
  const signed = readArray(parts, 1);
  if (!signed.length || signed.length > MAX_ROOTS) throw new Malformed("not 1 to 255 roots");
  return signed.map(bytesOf);
}

/**
 * Each root is the next version of the same city, names the one before, and is signed by that one and itself.
 * @param {readonly Sign[]} messages
 * @param {readonly Root[]} roots
 * @param {readonly Uint8Array[]} digests
 */
async function checkChain(messages, roots, digests) {
  for (const [at, current] of roots.entries()) {
    if (at > 0) {
      const before = roots[at - 1];
      const continues =
        current.version === before.version + 1 &&
        current.scope.city === before.scope.city &&
        current.scope.environment === before.scope.environment &&
        current.previous !== null &&
        isEqual(current.previous, digests[at - 1]);
      if (!continues) throw new Refused(Reason.TRUST_CHAIN);
      await check(messages[at], root.KIND, before.scope, before.roots);
    }
    await check(messages[at], root.KIND, current.scope, current.roots);
  }
}

/**
 * No key has two roles, retired roots included, and no two keys one kid.
 * @param {readonly Root[]} roots
 * @param {TrustList} list
 */
function checkRoles(roots, list) {
  const roles = [
    roots.flatMap((each) => each.roots.keys),
    roots.flatMap((each) => each.publishers.keys),
    list.keys.map((each) => each.key),
  ].map((keys) => new Map(keys.map((key) => [hex(key), key])));
  const all = new Map(roles.flatMap((keys) => [...keys]));
  const isOneRole = all.size === roles.reduce((count, keys) => count + keys.size, 0);
  const kids = new Set([...all.values()].map(kid));
  if (!isOneRole || kids.size !== all.size) throw new Refused(Reason.TRUST_ROLES);
}

/**
 * @param {cbor.Fields} parts
 * @param {import("./document.js").Scope} scope
 * @param {TrustList} list
 */
async function readKillNotes(parts, scope, list) {
  if (!parts.has(4)) return [];
  const notes = readArray(parts, 4).map(bytesOf);
  if (!notes.length || !isAscending(notes)) throw new Malformed("kill notes are not sorted");
  if (notes.length > list.keys.length) throw new Malformed("more kill notes than keys");
  const named = new Set(list.keys.map((each) => hex(each.key)));
  const read = [];
  for (const note of notes) read.push({ key: await killNote.decode(note, scope), note });
  for (const { key } of read) {
    if (!named.delete(hex(key))) throw new Malformed("a kill note of a key that the list does not name, or a second one");
  }
  return read;
}

/**
 * @param {cbor.Value} value
 * @returns {Uint8Array}
 */
function bytesOf(value) {
  if (!(value instanceof Uint8Array)) throw new Malformed("no byte string");
  return value;
}
