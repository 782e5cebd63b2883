/** What this verifier makes of a vector (specs/conformance.md), of each kind that a venue reads. */

import { Malformed, Refused } from "./errors.js";
import * as memories from "./memory.js";
import { apply, assemble, Missing, OtherBase } from "./paper.js";
import { judgeTyped } from "./repairs/scanner.js";
import * as trustFile from "./trustFile.js";
import { Verifier } from "./verifier.js";

/** @typedef {Record<string, any>} Given the fields of a vector, without `fault` and `expect` */

/** @type {Readonly<Record<string, (given: Given) => Promise<object>>>} */
const ANSWERS = { decision, typed, memory, paper };

/** @type {Map<string, Promise<import("./trustFile.js").Trust>>} */
const trusts = new Map();

/**
 * What the vector expects, but for its layer.
 * @param {string} kind
 * @param {Given} given
 * @returns {Promise<object | null>} null for a kind that no venue reads
 */
export async function answer(kind, given) {
  return Object.hasOwn(ANSWERS, kind) ? ANSWERS[kind](given) : null;
}

/** @param {Given} given */
async function decision(given) {
  return refusedOr(
    async () => {
      const verifier = new Verifier(await opened(given.trust_file), { lastDay: given.last_day ?? 0 });
      const card = await verifier.verify(given.text, given.class, { now: new Date(given.now) });
      const { outcome, reason, proven, expires, stale, trust_age_days, environment, photo_check } = card.asJSON();
      return { outcome, reason, proven, expires, stale, trust_age_days, environment, photo_check };
    },
    ({ outcome, reason }) => ({ outcome, reason }),
  );
}

/** @param {Given} given */
async function typed(given) {
  const verifier = new Verifier(await opened(given.trust_file));
  const now = new Date(given.now);
  const { undone, refused } = await judgeTyped(verifier, given.typed, given.class, { now });
  return { outcome: refused?.outcome ?? "accept", reason: refused?.reason ?? null, undone };
}

/**
 * Most vectors have one of a few trust files.
 * @param {string} file in base64
 */
function opened(file) {
  const trust = trusts.get(file) ?? trustFile.decode(bytesOf(file));
  trusts.set(file, trust);
  return trust;
}

/** @param {Given} given */
async function memory(given) {
  return refusedOr(
    async () => ({ reason: null, memory: base64Of(memories.encode(await changed(given, new Date(given.now)))) }),
    ({ reason }) => ({ reason, memory: null }),
  );
}

/**
 * @param {Given} given
 * @param {Date} now
 */
async function changed({ operation, memory, offer, fingerprint }, now) {
  if (operation === "install") {
    const digits = fingerprint?.match(/../g) ?? null;
    const words = digits && Uint8Array.from(digits, (/** @type {string} */ each) => parseInt(each, 16));
    return memories.install(bytesOf(offer), { now, fingerprint: words });
  }
  const before = await memories.decode(bytesOf(memory));
  if (operation === "kill") return memories.applyKillNote(before, bytesOf(offer), { now });
  if (operation === "update") return memories.update(before, bytesOf(offer), { now });
  throw new TypeError("no operation of a memory");
}

/** @param {Given} given */
async function paper(given) {
  try {
    if (!given.texts) return { reason: null, new: base64Of(apply(bytesOf(given.old), bytesOf(given.patch))) };
    const { prefix, data } = assemble(given.texts);
    return { reason: null, prefix, data: base64Of(data) };
  } catch (error) {
    if (error instanceof Missing) return { reason: "missing", missing: error.numbers };
    if (error instanceof OtherBase) return { reason: "other-base" };
    if (error instanceof Malformed) return { reason: "malformed" };
    if (error instanceof Refused) return { reason: error.reason };
    throw error;
  }
}

/**
 * @param {() => Promise<object>} judge
 * @param {(refused: Refused) => object} refusal
 */
async function refusedOr(judge, refusal) {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof Refused) return refusal(error);
    throw error;
  }
}

/** @param {string} text */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
function base64Of(bytes) {
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}
