/** What a venue keeps, and what changes it (specs/trust.md, The venue's memory). All values are new ones. */

import { hex, isEqual } from "./bytes.js";
import { DAY } from "./calendar.js";
import * as cbor from "./cbor.js";
import { isWhole } from "./claims.js";
import { readMap } from "./document.js";
import { Malformed, Reason, Refused } from "./errors.js";
import * as killNote from "./killNote.js";
import * as trustFile from "./trustFile.js";
import { seconds } from "./verifier.js";

/** @typedef {import("./trustFile.js").Trust} Trust */

/**
 * @typedef {object} Memory
 * @property {number} lastDay the last day seen, in days since 1970
 * @property {Uint8Array} file the trust file that was accepted last
 * @property {readonly HeldNote[]} notes in the order in which they came
 * @property {Trust} trust what the file says
 */

/**
 * @typedef {object} HeldNote
 * @property {Uint8Array} key that it ends
 * @property {Uint8Array} note
 * @property {number} until it is kept, in seconds since 1970
 * @property {boolean} person a person brought it
 */

const MAX_NOTES = 500;
export const MAX_SIZE = trustFile.MAX_SIZE + (256 << 10);
const LONGEST_LIFE = 3000 * DAY;
const FINGERPRINT_SIZE = 16;
const LAST_DAY = Math.floor(0xffff_ffff / DAY);

/**
 * The memory that begins with a file.
 * @param {Uint8Array} file
 * @param {{ now: Date, fingerprint?: Uint8Array | null }} given fingerprint: that a person compared; null where the
 *   file was handed over in person
 * @returns {Promise<Memory>}
 * @throws {Refused} trust-anchor, root-expired, or what a trust file is refused for
 */
export async function install(file, { now, fingerprint = null }) {
  const trust = await trustFile.decode(file);
  const isCompared = fingerprint === null || trust.rootDigests.some((each) => isEqual(fingerprint, anchorOf(each)));
  if (!isCompared) throw new Refused(Reason.TRUST_ANCHOR);
  const instant = seconds(now);
  checkRootInDate(trust, instant);
  return withFile({ lastDay: 0, file, notes: [], trust }, file, trust, instant);
}

/**
 * The memory with a newer file, or the same one.
 * @param {Memory} memory
 * @param {Uint8Array} file
 * @param {{ now: Date }} clock
 * @returns {Promise<Memory>}
 * @throws {Refused} with the reasons of specs/trust.md (Update), or what a trust file is refused for
 */
export async function update(memory, file, { now }) {
  const trust = await trustFile.decode(file);
  const instant = seconds(now);
  checkContinues(memory.trust, trust);
  checkRootInDate(trust, Math.max(instant, memory.lastDay * DAY));
  if (isSameRoot(memory.trust, trust)) checkTakesNothingBack(memory.trust, trust);
  return withFile(memory, file, trust, instant);
}

/**
 * The memory with a kill note that a person brought.
 * @param {Memory} memory
 * @param {Uint8Array} note
 * @param {{ now: Date }} clock
 * @returns {Promise<Memory>}
 * @throws {Refused} kill-note; newer-program
 */
export async function applyKillNote(memory, note, { now }) {
  const key = await keyOf(memory.trust, note);
  const named = memory.trust.list.keys.find((each) => isEqual(each.key, key));
  if (!named) throw new Refused(Reason.KILL_NOTE, memory.trust.list);
  const until = endOf(named, memory.trust);
  const before = seen(memory, { now });
  const held = before.notes.find((each) => isEqual(each.key, key));
  if (held) {
    return { ...before, notes: before.notes.map((each) => (each === held ? { ...each, person: true } : each)) };
  }
  const notes = before.notes.length < MAX_NOTES ? before.notes : withOneLess(before.notes, memory.trust);
  return lasting({ ...before, notes: [...notes, { key, note, until, person: true }] });
}

/**
 * The memory on that day: what a program writes at most once a day.
 * @param {Memory} memory
 * @param {{ now: Date }} clock
 * @returns {Memory}
 */
export function seen(memory, { now }) {
  const day = Math.min(Math.floor(seconds(now) / DAY), lastValidDay(memory.trust));
  return lasting({ ...memory, lastDay: Math.max(memory.lastDay, day) });
}

/**
 * The memory with the kill notes of both, of two of a key the first, and the later last day.
 * @param {Memory} memory
 * @param {Memory} other of the same city
 * @returns {Memory}
 */
export function joined(memory, other) {
  const notes = new Map(memory.notes.map((each) => [hex(each.key), each]));
  for (const each of other.notes) {
    const first = notes.get(hex(each.key)) ?? each;
    const [until, person] = [Math.max(first.until, each.until), first.person || each.person];
    notes.set(hex(each.key), { ...first, until, person });
  }
  const lastDay = Math.max(memory.lastDay, other.lastDay);
  const after = lasting({ ...memory, lastDay, notes: [...notes.values()] });
  return { ...after, notes: fitting(after.notes, memory.trust) };
}

/**
 * @param {Memory} memory
 * @returns {Uint8Array}
 */
export function encode({ lastDay, file, notes }) {
  /** @type {cbor.Fields} */
  const fields = new Map([
    [1, /** @type {cbor.Value} */ (lastDay)],
    [2, file],
  ]);
  if (notes.length) fields.set(3, notes.map(({ note, until, person }) => [note, until, person]));
  return cbor.encode(fields);
}

/**
 * What `encode` wrote; the file and the notes in it are verified again.
 * @param {Uint8Array} bytes
 * @returns {Promise<Memory>}
 * @throws {Refused} memory-damaged; newer-program
 */
export async function decode(bytes) {
  try {
    return await opened(bytes);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Malformed)) throw error;
    throw isNewer(error) ? error : new Refused(Reason.MEMORY_DAMAGED);
  }
}

/** @param {Uint8Array} bytes */
async function opened(bytes) {
  if (bytes.length > MAX_SIZE) throw new Malformed("larger than any memory");
  const fields = readMap(cbor.decode(bytes));
  if (fields.size !== (fields.has(3) ? 3 : 2)) throw new Malformed("another map");
  const lastDay = fields.get(1);
  const file = fields.get(2);
  if (!isWhole(lastDay, 0, LAST_DAY) || !(file instanceof Uint8Array)) throw new Malformed("another map");
  const trust = await trustFile.decode(file);
  return { lastDay, file, trust, notes: fields.has(3) ? await readNotes(fields.get(3), trust) : [] };
}

/**
 * @param {cbor.Value | undefined} value
 * @param {Trust} trust
 */
async function readNotes(value, trust) {
  if (!Array.isArray(value) || !value.length || value.length > MAX_NOTES) throw new Malformed("not 1 to 500 notes");
  /** @type {HeldNote[]} */
  const notes = [];
  const keys = new Set();
  for (const each of value) {
    if (!Array.isArray(each) || each.length !== 3) throw new Malformed("a note has three parts");
    const [note, until, person] = each;
    if (!(note instanceof Uint8Array) || !isWhole(until, 0, 0xffff_ffff) || typeof person !== "boolean") {
      throw new Malformed("another note");
    }
    const key = await killNote.decode(note, trust);
    if (keys.has(hex(key))) throw new Malformed("two notes of one key");
    keys.add(hex(key));
    notes.push({ key, note, until, person });
  }
  return notes;
}

/**
 * @param {Memory} memory
 * @param {Uint8Array} file
 * @param {Trust} trust
 * @param {number} now
 */
function withFile(memory, file, trust, now) {
  const lastValid = lastValidDay(trust);
  // The day of a thief's list ends with the root under which it was published.
  const before = isSameRoot(memory.trust, trust) ? memory.lastDay : Math.min(memory.lastDay, lastValid);
  const lastDay = Math.max(before, Math.min(Math.floor(now / DAY), lastValid));
  const named = new Map(trust.list.keys.map((each) => [hex(each.key), endOf(each, trust)]));
  const held = memory.notes.map((each) => ({ ...each, until: Math.max(each.until, named.get(hex(each.key)) ?? 0) }));
  const known = new Set(held.map((each) => hex(each.key)));
  const joining = trust.killNotes
    .filter(({ key }) => !known.has(hex(key)))
    .map(({ key, note }) => ({ key, note, until: named.get(hex(key)) ?? 0, person: false }));
  const after = lasting({ lastDay, file, trust, notes: [...held, ...joining] });
  return { ...after, notes: fitting(after.notes, trust) };
}

/**
 * Without the notes whose keys have ended, by the last day seen and by the time of issue.
 * @param {Memory} memory
 * @returns {Memory}
 */
function lasting(memory) {
  const past = Math.min(memory.lastDay * DAY, memory.trust.list.issued);
  return { ...memory, notes: memory.notes.filter((each) => past < each.until) };
}

/**
 * As many as there is room for; within each kind those that came first.
 * @param {readonly HeldNote[]} notes
 * @param {Trust} trust
 */
function fitting(notes, trust) {
  if (notes.length <= MAX_NOTES) return notes;
  const rank = rankOf(trust);
  const staying = new Set([...notes].sort((left, right) => rank(left) - rank(right)).slice(0, MAX_NOTES));
  return notes.filter((each) => staying.has(each));
}

/**
 * Room for a note of a person.
 * @param {readonly HeldNote[]} notes
 * @param {Trust} trust
 */
function withOneLess(notes, trust) {
  const rank = rankOf(trust);
  const leaving = notes.reduce((last, each) => {
    const difference = rank(each) - rank(last) || each.until - last.until;
    return difference >= 0 ? each : last;
  });
  return notes.filter((each) => each !== leaving);
}

/**
 * Which kind of note gets a place first.
 * @param {Trust} trust
 * @returns {(note: HeldNote) => number}
 */
function rankOf(trust) {
  const named = new Set(trust.list.keys.map((each) => hex(each.key)));
  return ({ person, key }) => (person ? 0 : named.has(hex(key)) ? 1 : 2);
}

/**
 * Until when a note of the key is kept, by this list.
 * @param {import("./trustList.js").IssuingKey} key
 * @param {Trust} trust
 */
function endOf(key, trust) {
  return Math.min(key.verifyUntil, trust.list.issued + LONGEST_LIFE);
}

/**
 * @param {Trust} trust
 * @param {Uint8Array} note
 */
async function keyOf(trust, note) {
  try {
    return await killNote.decode(note, trust);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Malformed)) throw error;
    throw new Refused(isNewer(error) ? Reason.NEWER_PROGRAM : Reason.KILL_NOTE, trust.list);
  }
}

/**
 * The anchor is among the new roots.
 * @param {Trust} held
 * @param {Trust} offered
 */
function checkContinues(held, offered) {
  const anchor = held.rootDigests[held.rootDigests.length - 1];
  if (offered.rootDigests.some((each) => isEqual(each, anchor))) return;
  const last = offered.rootDigests[offered.rootDigests.length - 1];
  if (held.rootDigests.some((each) => isEqual(each, last))) throw new Refused(Reason.TRUST_ROLLBACK);
  const isOfCity = offered.city === held.city && offered.environment === held.environment;
  const isNewer = offered.roots[0].version > held.root.version;
  throw new Refused(isOfCity && isNewer ? Reason.TRUST_GAP : Reason.TRUST_FOREIGN);
}

/**
 * @param {Trust} trust
 * @param {number} now
 */
function checkRootInDate(trust, now) {
  if (now >= trust.root.exp) throw new Refused(Reason.ROOT_EXPIRED, trust.list);
}

/** @param {Error} error */
function isNewer(error) {
  return error instanceof Refused && error.reason === Reason.NEWER_PROGRAM;
}

/**
 * Of two lists under one root.
 * @param {Trust} held
 * @param {Trust} offered
 */
function checkTakesNothingBack(held, offered) {
  if (offered.list.version < held.list.version) throw new Refused(Reason.TRUST_ROLLBACK);
  if (offered.list.version === held.list.version && !isEqual(offered.listDigest, held.listDigest)) {
    throw new Refused(Reason.TRUST_EQUIVOCATION);
  }
  const keys = new Map(offered.list.keys.map((each) => [hex(each.key), each]));
  for (const before of held.list.keys) {
    const after = keys.get(hex(before.key));
    const isTakenBack = after
      ? after.verifyUntil !== before.verifyUntil || (before.compromised && !after.compromised)
      : before.verifyUntil > offered.list.issued;
    if (isTakenBack) throw new Refused(Reason.TRUST_TAKES_BACK);
  }
}

/**
 * @param {Trust} left
 * @param {Trust} right
 */
function isSameRoot(left, right) {
  return isEqual(left.rootDigests[left.rootDigests.length - 1], right.rootDigests[right.rootDigests.length - 1]);
}

/** @param {Trust} trust */
function lastValidDay(trust) {
  return Math.floor((trust.list.exp - 1) / DAY);
}

/** @param {Uint8Array} digest of a root */
function anchorOf(digest) {
  return digest.subarray(0, FINGERPRINT_SIZE);
}
