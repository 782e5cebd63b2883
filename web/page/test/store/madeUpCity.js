/** Trust files of a few letters, and the rules of a memory for them: what the store adds can be seen in these. */

import { Reason, Refused } from "@municipal-idcard/verify";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A trust file.
 * @param {string[]} roots from the first to the current one
 * @param {number} version of the list
 * @param {string} [list] what it says
 */
export function file(roots, version, list = "") {
  return encoder.encode(JSON.stringify({ roots, version, list }));
}

/** @param {Uint8Array} note */
const named = (note) => decoder.decode(note);

/** @param {Uint8Array} bytes */
function read(bytes) {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new Refused(Reason.TRUST_MALFORMED);
  }
}

/** What waits for WebCrypto: other tabs act meanwhile. */
const check = () => new Promise((resolve) => setImmediate(resolve));

const day = (now) => Math.floor(now.getTime() / 86_400_000);

export const rules = {
  async install(bytes, { now, fingerprint = null }) {
    await check();
    const { roots } = read(bytes);
    if (fingerprint && !roots.some((each) => each.startsWith(String(fingerprint[0])))) throw new Refused(Reason.TRUST_ANCHOR);
    return { lastDay: day(now), file: bytes, notes: [] };
  },
  async update(memory, bytes, { now }) {
    await check();
    const [old, found] = [read(memory.file), read(bytes)];
    const anchor = old.roots.at(-1);
    if (!found.roots.includes(anchor)) {
      throw new Refused(old.roots.includes(found.roots.at(-1)) ? Reason.TRUST_ROLLBACK : Reason.TRUST_FOREIGN);
    }
    if (found.roots.at(-1) === anchor) {
      if (found.version < old.version) throw new Refused(Reason.TRUST_ROLLBACK);
      if (found.version === old.version && found.list !== old.list) throw new Refused(Reason.TRUST_EQUIVOCATION);
    }
    return { ...memory, file: bytes, lastDay: Math.max(memory.lastDay, day(now)) };
  },
  async applyKillNote(memory, note, { now }) {
    await check();
    if (!(now instanceof Date)) throw new TypeError("no time");
    if (memory.notes.some((each) => named(each.note) === named(note))) return memory;
    return { ...memory, notes: [...memory.notes, { note, until: 2 ** 31, person: true }] };
  },
  joined(memory, other) {
    const more = other.notes.filter((each) => !memory.notes.some((held) => named(held.note) === named(each.note)));
    return { ...memory, lastDay: Math.max(memory.lastDay, other.lastDay), notes: [...memory.notes, ...more] };
  },
  async seen(memory, { now }) {
    return day(now) > memory.lastDay ? { ...memory, lastDay: day(now) } : memory;
  },
  encode({ lastDay, file, notes }) {
    return encoder.encode(JSON.stringify([lastDay, decoder.decode(file), notes.map(({ note }) => named(note))]));
  },
  async decode(bytes) {
    await check();
    try {
      const [lastDay, held, notes] = JSON.parse(decoder.decode(bytes));
      const until = { until: 2 ** 31, person: true };
      return { lastDay, file: encoder.encode(held), notes: notes.map((each) => ({ note: encoder.encode(each), ...until })) };
    } catch {
      throw new Refused(named(bytes) === "newer" ? Reason.NEWER_PROGRAM : Reason.MEMORY_DAMAGED);
    }
  },
  /** Judges by the version alone. */
  async verifierOf(memory) {
    return { trust: { fingerprint: new Uint8Array(16) }, version: read(memory.file).version };
  },
};

/** @param {{ memory: { file: Uint8Array } }} store */
export function versionOf(store) {
  return read(store.memory.file).version;
}
