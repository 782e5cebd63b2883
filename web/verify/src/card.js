/** What an accept reports (specs/verify.md). */

import { Outcome, written } from "./errors.js";

const ACCEPTED = "Accepted.";
const COMPARE_PHOTO = "Compare the photo with the person's face.";

/** @type {import("./errors.js").Translate} */
const english = (sentence) => sentence;

/** The venue may let the holder in, once somebody has compared the photo. */
export class Card {
  /**
   * @param {object} fields
   * @param {string} fields.venueClass
   * @param {readonly string[]} fields.proven what the class requires, and nothing else
   * @param {Date} fields.expires first instant at which the code is no longer valid
   * @param {number} fields.trustAgeDays whole days since the trust file was made
   * @param {boolean} fields.stale a newer trust file was due
   * @param {"production" | "test"} fields.environment
   * @param {boolean} fields.photoCheck the clerk is to confirm that face and photo match
   * @param {boolean} fields.dateLooksWrong specs/verify.md, Clock
   */
  constructor(fields) {
    this.venueClass = fields.venueClass;
    this.proven = Object.freeze([...fields.proven]);
    this.expires = fields.expires;
    this.trustAgeDays = fields.trustAgeDays;
    this.stale = fields.stale;
    this.environment = fields.environment;
    this.photoCheck = fields.photoCheck;
    this.dateLooksWrong = fields.dateLooksWrong;
    Object.freeze(this);
  }

  /**
   * The object of specs/verify.md (As JSON).
   * @param {import("./errors.js").Translate} [translate] for message and remedy
   */
  asJSON(translate = english) {
    return written(Outcome.ACCEPT, null, [translate(ACCEPTED), translate(COMPARE_PHOTO)], this, this);
  }
}
