/** The memory of a page (specs/page.md, The memory): kept in the browser, the same for all its tabs. */

import { Reason, Refused, Verifier } from "@municipal-idcard/verify";
import * as memories from "@municipal-idcard/verify/memory";
import { ALARMS, begin } from "./beginning.js";
import { Database } from "./database.js";
import { fingerprintGroups, fingerprintWords, parseFingerprint } from "./fingerprint.js";
import * as generations from "./generation.js";
import { Kept } from "./kept.js";

export { keepFresh } from "./freshness.js";
export { fingerprintGroups, fingerprintWords, parseFingerprint };

/** @typedef {import("./beginning.js").Memory} Memory */
/** @typedef {import("./beginning.js").Rules} Rules */
/** @typedef {{ hex: string, words: string }} Fingerprint */
/** @typedef {{ venueClass?: string, language?: string }} Choices */

/**
 * What a file, a note or words led to. "same": nothing new. "unreadable": no fingerprint was typed.
 * @typedef {{ outcome: "taken" | "same" | "unreadable" } | { outcome: "refused", refused: Refused }} Outcome
 */

/** How a memory is there. */
export const State = Object.freeze({
  /** From an earlier visit. */
  KEPT: "kept",
  /** With the built-in file: nothing was there. */
  BEGINS_ANEW: "begins-anew",
  /** Until the page is closed: nothing can be stored. */
  NOT_KEPT: "not-kept",
  /** Of a city that is not the page's, so nothing is judged. */
  ANOTHER_ROOT: "another-root",
});

const CHANNEL = "idcard";
/** @type {Rules} */
const RULES = { ...memories, verifierOf: (memory) => Verifier.of(memory) };

/**
 * Rejects with Refused where no memory can begin or be read.
 * @param {{ builtIn: Uint8Array, secure: boolean, now?: Date, factory?: IDBFactory, rules?: Rules }} given builtIn: the
 *   trust file of the page. secure: whether the origin may store anything. factory, rules: for tests
 * @returns {Promise<Store>}
 */
export async function open({ builtIn, secure, now = new Date(), factory = globalThis.indexedDB, rules = RULES }) {
  const store = new Store(builtIn, new Kept(secure && factory ? new Database(factory) : null), rules);
  try {
    await store.settle(now);
  } catch (problem) {
    store.close();
    throw problem;
  }
  store.askToLast(globalThis.navigator?.storage);
  return store;
}

/** Begin with `open`. */
export class Store {
  #builtIn;
  #rules;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** @type {{ generation: number | null, verifier: Promise<Verifier> } | null} */
  #judging = null;
  #begunAnew = false;
  #anotherRoot = false;

  /**
   * @param {Uint8Array} builtIn
   * @param {Kept} kept
   * @param {Rules} rules
   */
  constructor(builtIn, kept, rules) {
    this.#builtIn = builtIn;
    this.#rules = rules;
    /** What is stored beside the memory, too. */
    this.kept = kept;
    /** @type {Memory} */
    this.memory = /** @type {any} */ (null);
    /** @type {number | null} of the memory: another number, another memory */
    this.generation = null;
    /** @type {Refused | null} what people should know: an alarm, or the file of another city beside the page */
    this.alarm = null;
    /** @type {boolean | null} whether the browser promised to keep what is stored; null until it answers */
    this.persistent = null;
    if (kept.lasts) this.#listen();
  }

  get state() {
    if (this.#anotherRoot) return State.ANOTHER_ROOT;
    if (!this.kept.lasts) return State.NOT_KEPT;
    return this.#begunAnew ? State.BEGINS_ANEW : State.KEPT;
  }

  /**
   * Asks the browser not to delete what is stored. It may ask the person, so nothing waits for it.
   * @param {StorageManager | undefined} storage
   */
  askToLast(storage) {
    if (!this.kept.lasts || !storage?.persist) return;
    const answered = (/** @type {boolean} */ promised) => {
      this.persistent = promised;
      this.#tell();
    };
    storage.persist().then(answered, () => answered(false));
  }

  /**
   * The fingerprints of the memory and of the page, to be shown where they differ.
   * @returns {Promise<{ memory: Fingerprint, page: Fingerprint }>}
   */
  async fingerprints() {
    const [held, page] = await Promise.all([this.#verifier(), Verifier.open(this.#builtIn)]);
    const written = (/** @type {Uint8Array} */ each) => ({ hex: fingerprintGroups(each), words: fingerprintWords(each) });
    return { memory: written(held.trust.fingerprint), page: written(page.trust.fingerprint) };
  }

  /**
   * @param {"change"} _what
   * @param {() => void} listener
   * @returns {() => void} ends it
   */
  on(_what, listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * A newer trust file, from wherever it comes.
   * @param {Uint8Array} file
   * @param {{ now: Date }} clock
   * @returns {Promise<Outcome>}
   */
  async take(file, { now }) {
    const outcome = await this.#change((held) => this.#rules.update(held, file, { now }), now);
    if (outcome.outcome === "refused" && ALARMS.has(outcome.refused.reason)) this.raise(outcome.refused);
    return outcome;
  }

  /**
   * A kill note that a person brought.
   * @param {Uint8Array} note
   * @param {{ now: Date }} clock
   * @returns {Promise<Outcome>}
   */
  applyKillNote(note, { now }) {
    return this.#change((held) => this.#rules.applyKillNote(held, note, { now }), now);
  }

  /**
   * The page's city instead of the memory's, which is forgotten. Only where the state is "another-root".
   * @param {string} words the fingerprint of the page, as a person read it from paper
   * @param {{ now?: Date }} [clock]
   * @returns {Promise<Outcome>}
   */
  async beginAnew(words, { now = new Date() } = {}) {
    const fingerprint = parseFingerprint(words);
    if (!fingerprint) return { outcome: "unreadable" };
    for (;;) {
      await this.settle(now);
      if (!this.#anotherRoot) return { outcome: "same" };
      let memory;
      try {
        memory = await this.#rules.install(this.#builtIn, { now, fingerprint });
      } catch (problem) {
        return refusal(problem);
      }
      const generation = generations.first();
      if (await this.#write(this.generation, memory, generation)) {
        this.#hold(memory, generation, { anew: true, anotherRoot: false, alarm: null });
        return { outcome: "taken" };
      }
    }
  }

  /**
   * What `f` gives, or throws as Refused, for the memory that is stored before and after it. Throws
   * Refused("trust-foreign") where nothing is judged.
   * @template T
   * @param {(verifier: Verifier) => T | Promise<T>} f
   * @param {{ now?: Date }} [clock]
   * @returns {Promise<T>}
   */
  async verdictWith(f, { now = new Date() } = {}) {
    for (;;) {
      await this.settle(now);
      if (this.#anotherRoot) throw new Refused(Reason.TRUST_FOREIGN);
      const seen = await this.#rules.seen(this.memory, { now });
      if (seen !== this.memory && !(await this.#replace(seen))) continue;
      const { generation } = this;
      const verdict = await settled(f, await this.#verifier());
      if ((await this.#stored()).generation !== generation) continue;
      if ("refused" in verdict) throw verdict.refused;
      return verdict.result;
    }
  }

  /** @returns {Promise<Choices>} */
  async choices() {
    return (await this.kept.read("choices")) ?? {};
  }

  /** @param {Choices} choices */
  async choose({ venueClass, language }) {
    await this.kept.swap("choices", () => true, { venueClass, language });
  }

  /**
   * Shows an alarm.
   * @param {Refused} refused
   */
  raise(refused) {
    this.alarm = refused;
    this.#tell();
  }

  /**
   * Goes on with what is stored, as it is now.
   * @param {Date} now
   * @param {{ again?: boolean }} [how] again: even if nobody else changed it
   */
  async settle(now, { again = false } = {}) {
    for (;;) {
      const stored = await this.#stored();
      if (stored.bytes && stored.generation === this.generation && !again) return;
      const isLater = generations.follows(this.generation, stored.generation);
      const found = { stored: stored.bytes, own: this.memory, isLater, builtIn: this.#builtIn };
      const begun = await begin(found, { now, rules: this.#rules });
      const isNew = !stored.bytes || !same(this.#rules.encode(begun.memory), stored.bytes);
      const generation = isNew ? generations.after(stored.generation) : stored.generation;
      if (isNew && !(await this.#write(stored.generation, begun.memory, generation))) continue;
      this.#hold(begun.memory, generation, begun);
      return;
    }
  }

  /** Ends listening to other tabs, and the connection. */
  close() {
    this.#channel?.close();
    this.kept.close();
  }

  // ---- what changes it ----

  /**
   * @param {(held: Memory) => Promise<Memory>} make
   * @param {Date} now
   * @returns {Promise<Outcome>}
   */
  async #change(make, now) {
    for (;;) {
      await this.settle(now);
      let memory;
      try {
        memory = await make(this.memory);
      } catch (problem) {
        return refusal(problem);
      }
      const { file, notes } = this.memory;
      const isKnown = (/** @type {{ note: Uint8Array }} */ { note }) => notes.some((each) => same(each.note, note));
      const isNew = !same(memory.file, file) || !memory.notes.every(isKnown);
      if (!(await this.#replace(memory))) continue;
      // It may lead from the memory's root to the page's.
      if (this.#anotherRoot) await this.settle(now, { again: true });
      return { outcome: isNew ? "taken" : "same" };
    }
  }

  /**
   * The memory that follows the one held. False: another tab was faster.
   * @param {Memory} memory
   */
  async #replace(memory) {
    if (same(this.#rules.encode(memory), this.#rules.encode(this.memory))) return true;
    const generation = generations.after(this.generation);
    if (!(await this.#write(this.generation, memory, generation))) return false;
    this.#hold(memory, generation, { anew: false, anotherRoot: this.#anotherRoot, alarm: this.alarm });
    return true;
  }

  /**
   * @param {Memory} memory
   * @param {number | null} generation
   * @param {{ anew: boolean, anotherRoot: boolean, alarm: Refused | null }} begun
   */
  #hold(memory, generation, { anew, anotherRoot, alarm }) {
    this.memory = memory;
    this.generation = generation;
    this.#begunAnew ||= anew;
    this.#anotherRoot = anotherRoot;
    this.alarm = alarm ?? this.alarm;
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }

  // ---- the memory in the browser ----

  async #stored() {
    const stored = await this.kept.read("memory");
    const bytes = stored?.bytes instanceof Uint8Array ? stored.bytes : null;
    return { generation: generationOf(stored), bytes: /** @type {Uint8Array | null} */ (bytes) };
  }

  /**
   * Compare and set. False: another tab was faster.
   * @param {number | null} from the generation that was read
   * @param {Memory} memory
   * @param {number | null} generation
   */
  async #write(from, memory, generation) {
    const value = { generation, bytes: this.#rules.encode(memory) };
    const written = await this.kept.swap("memory", (stored) => generationOf(stored) === from, value);
    if (written) this.#channel?.postMessage(generation);
    return written;
  }

  #listen() {
    if (!globalThis.BroadcastChannel) return;
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = () => void this.settle(new Date()).catch(() => this.#tell());
  }

  /** @returns {Promise<Verifier>} of the memory held, made once for each */
  #verifier() {
    if (this.#judging?.generation !== this.generation) {
      this.#judging = { generation: this.generation, verifier: this.#rules.verifierOf(this.memory) };
    }
    return this.#judging.verifier;
  }
}

/**
 * Null where none is stored.
 * @param {any} stored
 * @returns {number | null}
 */
function generationOf(stored) {
  return Number.isSafeInteger(stored?.generation) ? stored.generation : null;
}

/**
 * @template T
 * @param {(verifier: Verifier) => T | Promise<T>} f
 * @param {Verifier} verifier
 * @returns {Promise<{ result: T } | { refused: Refused }>}
 */
async function settled(f, verifier) {
  try {
    return { result: await f(verifier) };
  } catch (problem) {
    if (problem instanceof Refused) return { refused: problem };
    throw problem;
  }
}

/**
 * @param {unknown} problem
 * @returns {Outcome}
 */
function refusal(problem) {
  if (problem instanceof Refused) return { outcome: "refused", refused: problem };
  throw problem;
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function same(one, other) {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}
