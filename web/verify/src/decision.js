/** The order of verdicts, and the clock (specs/verify.md). Times are seconds since 1970. */

import { DAY } from "./calendar.js";
import { Card } from "./card.js";
import { encode } from "./cbor.js";
import { FLAGS, isOver } from "./claims.js";
import { toBeSigned1 } from "./cose.js";
import { decode as decodeCredential } from "./credential.js";
import { blake2b, kid } from "./digest.js";
import { externalAad } from "./document.js";
import { verifierOf } from "./ed25519/index.js";
import { Malformed, Reason, Refused } from "./errors.js";
import { decode as decodeText } from "./text.js";

/** @typedef {import("./trustFile.js").Trust} Trust */
/** @typedef {import("./errors.js").ReasonName} ReasonName */
/** @typedef {import("./trustList.js").IssuingKey & { verify: import("./ed25519/index.js").Verify }} Key */

const KIND = "idcard.code";
export const SKEW = DAY;
const COHORT_SIZE = 10;

/** What no code has any part in: one class under one trust file, prepared. */
export class Policy {
  /**
   * @param {Trust} trust
   * @param {import("./trustList.js").VenueClass} venueClass
   * @param {ReadonlyMap<number, Key>} keys by their kids
   * @param {number} lastDay that a memory has seen, in days since 1970
   */
  constructor(trust, venueClass, keys, lastDay) {
    const { issued } = trust.list;
    this.trust = trust;
    this.venueClass = venueClass;
    this.keys = keys;
    this.scope = encode(externalAad(KIND, trust));
    // A clock that was ahead and is corrected must not make a file too old for its class for ever.
    this.floor = Math.max(issued, Math.min(lastDay * DAY, issued + venueClass.tolerance * DAY));
    /** @type {readonly string[]} */
    this.proven = [
      ...venueClass.required.map((key) => /** @type {string} */ (FLAGS.get(key))),
      ...(venueClass.leastAge ? [`age_over_${venueClass.leastAge}`] : []),
    ];
  }

  /**
   * @param {ReasonName} reason
   * @param {boolean} [dateInDoubt]
   */
  refusal(reason, dateInDoubt = false) {
    return new Refused(reason, { label: this.venueClass.name, contact: this.trust.list.contact, dateInDoubt });
  }
}

/**
 * The issuing keys of a trust file by their kids.
 * @param {Trust} trust
 * @param {(key: Uint8Array) => boolean} isKilled by a kill note
 * @returns {ReadonlyMap<number, Key>}
 */
export function keysOf(trust, isKilled) {
  return new Map(
    trust.list.keys.map((each) => [
      kid(each.key),
      { ...each, compromised: each.compromised || isKilled(each.key), verify: verifierOf(each.key) },
    ]),
  );
}

/**
 * The verdict on a code.
 * @param {string} text
 * @param {Policy} policy
 * @param {number} now
 * @param {boolean} dateLooksWrong
 * @returns {Promise<Card>}
 * @throws {Refused}
 */
export async function judge(text, policy, now, dateLooksWrong) {
  const credential = read(text, policy);
  const key = policy.keys.get(credential.message.kid) ?? null;
  const found = key && (await refusalAtAnyTime(credential, key, policy));
  /** @param {number} instant */
  const at = (instant) =>
    found ?? (key ? refusalOfKnown(credential, key, policy, instant) : refusalOfUnknown(credential, policy, instant));

  const { issued } = policy.trust.list;
  let instant = now;
  if (now >= policy.floor - SKEW) {
    instant = Math.max(now, policy.floor);
  } else if (now < issued - 2 * SKEW) {
    // The true time may be any from the issue on, so only what holds at all of them is said.
    const reason = found ?? (credential.claims.exp <= issued ? Reason.EXPIRED : Reason.CLOCK);
    throw refusal(reason, credential, policy, issued);
  } else {
    const byFloor = at(policy.floor);
    if (at(now) !== byFloor || byFloor === Reason.UNKNOWN_KEY || byFloor === Reason.NOT_PROVEN) {
      throw policy.refusal(Reason.CLOCK);
    }
    instant = policy.floor;
  }
  const reason = at(instant);
  if (reason) throw refusal(reason, credential, policy, instant);
  return accepted(credential, policy, instant, dateLooksWrong);
}

/**
 * Rows 2 to 6.
 * @param {string} text
 * @param {Policy} policy
 */
function read(text, policy) {
  try {
    const { environment, data } = decodeText(text);
    if (environment !== policy.trust.environment) throw new Refused(Reason.WRONG_ENVIRONMENT);
    return decodeCredential(data);
  } catch (error) {
    if (error instanceof Malformed) throw policy.refusal(Reason.MALFORMED);
    if (error instanceof Refused) throw policy.refusal(error.reason);
    throw error;
  }
}

/**
 * Rows 10 to 14, which no newer file could change.
 * @param {import("./credential.js").Credential} credential
 * @param {Key} key
 * @param {Policy} policy
 * @returns {Promise<ReasonName | null>}
 */
async function refusalAtAnyTime({ message, claims }, key, policy) {
  const signed = toBeSigned1(message, policy.scope);
  if (!(await key.verify(message.signature, signed))) return Reason.BAD_SIGNATURE;
  if (key.compromised) return Reason.DISTRUSTED_KEY;
  const { cancelled } = policy.trust;
  if (cancelled.size) {
    if (claims.handle && cancelled.has(claims.handle)) return Reason.CANCELLED_CODE;
    if (cancelled.has(blake2b(signed, "idcard.cohort", 64).subarray(0, COHORT_SIZE))) return Reason.CANCELLED_COHORT;
  }
  return claims.exp > key.verifyUntil ? Reason.OUTLIVES_KEY : null;
}

/**
 * Rows 7 to 9.
 * @param {import("./credential.js").Credential} credential
 * @param {Policy} policy
 * @param {number} now
 * @returns {ReasonName}
 */
function refusalOfUnknown({ claims }, policy, now) {
  if (now >= claims.exp) return Reason.EXPIRED;
  const isFresh = now < policy.trust.list.nextUpdate && !isTooOld(policy, now);
  return isFresh ? Reason.UNKNOWN_KEY : Reason.UNKNOWN_KEY_STALE;
}

/**
 * Rows 15 to 22.
 * @param {import("./credential.js").Credential} credential
 * @param {Key} key
 * @param {Policy} policy
 * @param {number} now
 * @returns {ReasonName | null}
 */
function refusalOfKnown({ claims }, key, policy, now) {
  const { trust, venueClass } = policy;
  if (now >= claims.exp) return Reason.EXPIRED;
  if (claims.asksForNewer) return Reason.NEWER_PROGRAM;
  if (now >= trust.root.exp) return Reason.ROOT_EXPIRED;
  if (now >= trust.list.exp) return Reason.TRUST_EXPIRED;
  if (isTooOld(policy, now)) return Reason.TRUST_TOO_OLD;
  if (!key.classes.includes(venueClass.number)) return Reason.WRONG_CLASS;
  if (venueClass.handle && !claims.handle) return Reason.NO_HANDLE;
  const isProven =
    venueClass.required.every((each) => claims.flags.has(each)) &&
    (venueClass.leastAge === 0 || isOver(claims, venueClass.leastAge, now));
  return isProven ? null : Reason.NOT_PROVEN;
}

/**
 * @param {ReasonName} reason
 * @param {import("./credential.js").Credential} credential
 * @param {Policy} policy
 * @param {number} now
 */
function refusal(reason, { claims }, policy, now) {
  return policy.refusal(reason, reason === Reason.EXPIRED && now >= claims.exp && now >= policy.trust.list.exp);
}

/**
 * @param {import("./credential.js").Credential} credential
 * @param {Policy} policy
 * @param {number} now
 * @param {boolean} dateLooksWrong
 */
function accepted({ claims }, { trust, venueClass, proven }, now, dateLooksWrong) {
  return new Card({
    venueClass: venueClass.name,
    proven,
    expires: new Date(claims.exp * 1000),
    trustAgeDays: Math.floor((now - trust.list.issued) / DAY),
    stale: now >= trust.list.nextUpdate,
    environment: trust.environment,
    photoCheck: venueClass.photoCheck,
    dateLooksWrong,
  });
}

/**
 * Row 19.
 * @param {Policy} policy
 * @param {number} now
 */
function isTooOld({ trust, venueClass }, now) {
  return now - trust.list.issued > venueClass.tolerance * DAY;
}
