/** The vectors of specs/vectors through this verifier: what it answers to one of each kind, as the vector has it. */

import { Missing, OtherBase, apply, assemble } from "../src/paper.js";
import { Malformed, Refused } from "../src/errors.js";
import * as memories from "../src/memory.js";
import { Verifier } from "../src/verifier.js";
import * as trustFile from "../src/trustFile.js";

/** The answer to each kind of vector. */
export const ANSWERS = { decision, memory, paper };

/** @param {string} text */
export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
export function base64Of(bytes) {
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}

async function decision(vector) {
  try {
    const trust = await trustFile.decode(bytesOf(vector.trust_file));
    const verifier = new Verifier(trust, { lastDay: vector.last_day ?? 0 });
    const card = await verifier.verify(vector.text, vector.class, { now: new Date(vector.now) });
    const { outcome, reason, proven, expires, stale, trust_age_days, environment, photo_check } = card.asJSON();
    return { outcome, reason, layer: null, proven, expires, stale, trust_age_days, environment, photo_check };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { outcome: error.outcome, reason: error.reason, layer: vector.expect.layer };
  }
}

async function memory(vector) {
  const now = new Date(vector.now);
  const offer = bytesOf(vector.offer);
  try {
    const before = vector.memory === null ? null : await memories.decode(bytesOf(vector.memory));
    const after = await changed(vector, before, offer, now);
    return { reason: null, memory: base64Of(memories.encode(after)) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { reason: error.reason, memory: null };
  }
}

function changed(vector, before, offer, now) {
  if (vector.operation === "update") return memories.update(before, offer, { now });
  if (vector.operation === "kill") return memories.applyKillNote(before, offer, { now });
  const digits = vector.fingerprint?.match(/../g);
  const fingerprint = digits ? Uint8Array.from(digits, (each) => parseInt(each, 16)) : null;
  return memories.install(offer, { now, fingerprint });
}

async function paper(vector) {
  try {
    if (vector.patch) return { reason: null, new: base64Of(apply(bytesOf(vector.old), bytesOf(vector.patch))) };
    const { prefix, data } = assemble(vector.texts);
    return { reason: null, prefix, data: base64Of(data) };
  } catch (error) {
    if (error instanceof Missing) return { reason: "missing", missing: error.numbers };
    if (error instanceof OtherBase) return { reason: "other-base" };
    if (error instanceof Malformed) return { reason: "malformed" };
    if (error instanceof Refused) return { reason: error.reason };
    throw error;
  }
}
