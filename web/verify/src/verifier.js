/** The venue's decision with a trust file that was opened (specs/verify.md). */

import { hex } from "./bytes.js";
import { DAY } from "./calendar.js";
import { judge, keysOf, Policy, SKEW } from "./decision.js";
import { Reason, Refused } from "./errors.js";
import * as trustFile from "./trustFile.js";

/** @typedef {import("./text.js").Environment} Environment */
/** @typedef {import("./trustFile.js").Trust} Trust */

/**
 * @typedef {object} Requirement what a venue class asks for
 * @property {readonly string[]} proven
 * @property {boolean} handle
 * @property {number} tolerance age in days of the oldest trust file
 * @property {boolean} photoCheck
 */

/** Judges codes for one city. */
export class Verifier {
  #policies;
  #past;

  /**
   * @param {Trust} trust
   * @param {{ killed?: readonly Uint8Array[], lastDay?: number }} [kept] by a memory
   */
  constructor(trust, { killed = [], lastDay = 0 } = {}) {
    const ended = new Set([...trust.killNotes.map((each) => each.key), ...killed].map(hex));
    const keys = keysOf(trust, (key) => ended.has(hex(key)));
    /** What the trust file says. */
    this.trust = trust;
    this.#past = Math.max(trust.list.issued, lastDay * DAY);
    this.#policies = new Map(trust.list.classes.map((each) => [each.name, new Policy(trust, each, keys, lastDay)]));
  }

  /**
   * With a trust file that is trusted for where it comes from. A program that keeps one has a memory, and `of`.
   * @param {Uint8Array} bytes
   * @param {{ city?: string, environment?: Environment }} [expected] what it must be for
   * @returns {Promise<Verifier>}
   * @throws {Refused} with the reasons of specs/trust.md; trust-foreign for another city or environment
   */
  static async open(bytes, { city, environment } = {}) {
    const trust = await trustFile.decode(bytes);
    if ((city ?? trust.city) !== trust.city || (environment ?? trust.environment) !== trust.environment) {
      throw new Refused(Reason.TRUST_FOREIGN);
    }
    return new Verifier(trust);
  }

  /**
   * With a memory: its trust file, kill notes and last day seen.
   * @param {import("./memory.js").Memory} memory
   * @returns {Promise<Verifier>}
   */
  static async of(memory) {
    return new Verifier(memory.trust, { killed: memory.notes.map((each) => each.key), lastDay: memory.lastDay });
  }

  /** What each venue class asks for, by its name, in the order of their numbers. @returns {Map<string, Requirement>} */
  get classes() {
    return new Map(
      [...this.#policies].map(([name, { proven, venueClass }]) => [
        name,
        { proven, handle: venueClass.handle, tolerance: venueClass.tolerance, photoCheck: venueClass.photoCheck },
      ]),
    );
  }

  /** Whole days since the trust file was made. @param {Date} now */
  trustAgeDays(now) {
    return Math.floor(Math.max(0, seconds(now) - this.trust.list.issued) / DAY);
  }

  /** Whether a newer trust file was due. @param {Date} now */
  isStale(now) {
    return seconds(now) >= this.trust.list.nextUpdate;
  }

  /** Whether now is more than a day before a time that is past (specs/verify.md, Clock). @param {Date} now */
  isDateWrong(now) {
    return seconds(now) < this.#past - SKEW;
  }

  /** Whether the date looks wrong by the trust file itself: then one of the two is wrong. @param {Date} now */
  isFromFuture(now) {
    return seconds(now) < this.trust.list.issued - SKEW;
  }

  /**
   * The card, if this class of venue may accept the code now.
   * @param {string} text what the scanner read; blanks and line ends around it do not matter
   * @param {string} venueClass
   * @param {{ now: Date }} clock
   * @returns {Promise<import("./card.js").Card>}
   * @throws {Refused} with a reason, an outcome and sentences for the clerk
   * @throws {TypeError} for what is no text, no name of a class or no time
   */
  async verify(text, venueClass, { now }) {
    if (typeof text !== "string" || typeof venueClass !== "string") throw new TypeError("text and class are strings");
    try {
      const instant = seconds(now);
      const policy = this.#policies.get(venueClass);
      if (policy) return await judge(text, policy, instant, this.isDateWrong(now));
      const label = [...this.#policies.keys()].join(", ");
      throw new Refused(Reason.UNKNOWN_CLASS, { label, contact: this.trust.list.contact });
    } catch (error) {
      if (error instanceof Refused) error.situation = this.#situation(venueClass, now);
      throw error;
    }
  }

  /**
   * @param {string} venueClass
   * @param {Date} now
   */
  #situation(venueClass, now) {
    return {
      venueClass,
      trustAgeDays: this.trustAgeDays(now),
      stale: this.isStale(now),
      environment: this.trust.environment,
      dateLooksWrong: this.isDateWrong(now),
    };
  }
}

/**
 * Whole seconds since 1970.
 * @param {Date} now
 */
export function seconds(now) {
  const milliseconds = now instanceof Date ? now.getTime() : NaN;
  if (Number.isNaN(milliseconds)) throw new TypeError("now is a valid Date");
  return Math.floor(milliseconds / 1000);
}
