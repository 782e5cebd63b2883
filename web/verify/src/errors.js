/** What goes wrong: a refusal with its reason, and bytes that do not follow their format. */

import { Outcome, Reason, REASONS } from "./reasons.js";

export { Outcome, Reason };

/** @typedef {import("./reasons.js").ReasonName} ReasonName */
/** @typedef {import("./reasons.js").OutcomeName} OutcomeName */
/** @typedef {(english: string) => string} Translate from an English sentence of the catalogues */

/**
 * In which a code was judged; null where no trust file holds.
 * @typedef {object} Situation
 * @property {string} venueClass that was asked for
 * @property {number | null} trustAgeDays whole days since the trust file was made
 * @property {boolean | null} stale a newer one was due
 * @property {"production" | "test" | null} environment
 * @property {boolean} dateLooksWrong specs/verify.md, Clock
 */

/**
 * What only an acceptance has.
 * @typedef {object} Proof
 * @property {readonly string[]} proven
 * @property {Date | null} expires
 * @property {boolean} photoCheck
 */

/** @type {Readonly<Situation>} */
const NOWHERE = { venueClass: "", trustAgeDays: null, stale: null, environment: null, dateLooksWrong: false };
/** @type {Readonly<Proof>} */
const NOTHING = { proven: [], expires: null, photoCheck: false };
const DATE_IN_DOUBT = "If the date of this computer is wrong, set it.";
const COMMA = ", ";
const VALUE = "{value}";

/** @type {Translate} */
const english = (sentence) => sentence;

/** Bytes or text that do not follow their format. */
export class Malformed extends Error {
  /** @param {string} message what is wrong, never what was found */
  constructor(message) {
    super(message);
    this.name = "Malformed";
  }
}

/** A code or a trust file is not accepted. The error holds no card and no claims. */
export class Refused extends Error {
  #label;
  #contact;
  #dateInDoubt;

  /**
   * @param {ReasonName} reason
   * @param {{ label?: string, contact?: string, dateInDoubt?: boolean }} [words] label: the venue class as cards have
   *   it, or several with ", " between. contact: the city's sentence for *cannot say*. dateInDoubt: a clock that is
   *   ahead may be the cause.
   */
  constructor(reason, { label = "", contact = "", dateInDoubt = false } = {}) {
    super(reason);
    this.name = "Refused";
    this.reason = reason;
    /** @type {Readonly<Situation>} set by `Verifier.verify`; empty where a trust file is refused */
    this.situation = NOWHERE;
    this.#label = label;
    this.#contact = contact;
    this.#dateInDoubt = dateInDoubt;
  }

  /** @returns {OutcomeName} "reject" for the card's fault, "cannot-say" for this computer's */
  get outcome() {
    return REASONS[this.reason][0];
  }

  /** What to do now. With *cannot say* it ends with the city's contact sentence, where that is known. */
  get remedy() {
    return this.inWords()[1];
  }

  /**
   * Message and remedy, each for a person.
   * @param {Translate} [translate]
   * @returns {[message: string, remedy: string]}
   */
  inWords(translate = english) {
    const [outcome, message, remedy] = REASONS[this.reason];
    // On a card in capitals; chosen on a computer as it is typed.
    const label = this.reason === Reason.UNKNOWN_CLASS ? this.#label : this.#label.toUpperCase();
    const said = [
      translate(remedy).replaceAll("{label}", () => listed(label.split(", "), translate)),
      this.#dateInDoubt ? translate(DATE_IN_DOUBT) : "",
      outcome === Outcome.CANNOT_SAY && this.#contact ? listed([this.#contact], translate) : "",
    ];
    return [translate(message), sentences(said)];
  }

  /**
   * The object of specs/verify.md (As JSON).
   * @param {Translate} [translate] for message and remedy
   */
  asJSON(translate = english) {
    return written(this.outcome, this.reason, this.inWords(translate), this.situation);
  }
}

/**
 * All names of the object of a verdict that are always there, in their order.
 * @param {OutcomeName} outcome
 * @param {ReasonName | null} reason
 * @param {[message: string, remedy: string]} words
 * @param {Readonly<Situation>} situation
 * @param {Readonly<Proof>} [proof]
 */
export function written(outcome, reason, [message, remedy], situation, proof = NOTHING) {
  return {
    schema: 1,
    outcome,
    reason,
    message,
    remedy,
    class: situation.venueClass,
    proven: [...proof.proven],
    expires: proof.expires && `${proof.expires.toISOString().slice(0, 19)}Z`,
    trust_age_days: situation.trustAgeDays,
    stale: situation.stale,
    environment: situation.environment,
    photo_check: proof.photoCheck,
    ...(situation.dateLooksWrong ? { date_looks_wrong: true } : {}),
  };
}

/**
 * Values of no language, with the comma of the language.
 * @param {string[]} values
 * @param {Translate} translate
 */
function listed(values, translate) {
  return values.map((each) => translate(VALUE).replace(VALUE, () => each)).join(translate(COMMA));
}

/**
 * Several in a row: with a blank between, but not behind a full stop of Chinese.
 * @param {string[]} said
 */
function sentences(said) {
  return said
    .filter(Boolean)
    .map((each) => (each.endsWith("。") ? each : `${each} `))
    .join("")
    .trimEnd();
}
