/**
 * Every reason for a refusal (specs/verify.md, specs/trust.md): its stable name, outcome, sentence for the clerk and
 * remedy. Sentences are English and the names under which the catalogues have them; `{label}` stands for the name of
 * the venue class, or the names of all. A test compares them with those of the command.
 */

/** What a verdict is. A refusal is never `accept`. */
export const Outcome = /** @type {const} */ ({ ACCEPT: "accept", REJECT: "reject", CANNOT_SAY: "cannot-say" });

/** @typedef {typeof Reason[keyof typeof Reason]} ReasonName */
/** @typedef {typeof Outcome[keyof typeof Outcome]} OutcomeName */

/** The stable names. */
export const Reason = /** @type {const} */ ({
  NOT_A_CODE: "not-a-code",
  MALFORMED: "malformed",
  KEYBOARD: "keyboard",
  WRONG_ENVIRONMENT: "wrong-environment",
  BAD_SIGNATURE: "bad-signature",
  UNKNOWN_KEY: "unknown-key",
  DISTRUSTED_KEY: "distrusted-key",
  CANCELLED_CODE: "cancelled-code",
  CANCELLED_COHORT: "cancelled-cohort",
  OUTLIVES_KEY: "outlives-key",
  EXPIRED: "expired",
  WRONG_CLASS: "wrong-class",
  NO_HANDLE: "no-handle",
  NOT_PROVEN: "not-proven",
  CLOCK: "clock",
  NEWER_PROGRAM: "newer-program",
  UNKNOWN_CLASS: "unknown-class",
  UNKNOWN_KEY_STALE: "unknown-key-stale",
  TRUST_TOO_OLD: "trust-too-old",
  TRUST_EXPIRED: "trust-expired",
  ROOT_EXPIRED: "root-expired",
  TRUST_MALFORMED: "trust-malformed",
  TRUST_TOO_LARGE: "trust-too-large",
  TRUST_UNSIGNED: "trust-unsigned",
  TRUST_CHAIN: "trust-chain",
  TRUST_ROLES: "trust-roles",
  TRUST_LIFETIME: "trust-lifetime",
  TRUST_ANCHOR: "trust-anchor",
  TRUST_ROLLBACK: "trust-rollback",
  TRUST_EQUIVOCATION: "trust-equivocation",
  TRUST_TAKES_BACK: "trust-takes-back",
  TRUST_FOREIGN: "trust-foreign",
  TRUST_GAP: "trust-gap",
  KILL_NOTE: "kill-note",
  MEMORY_DAMAGED: "memory-damaged",
  TRUST_CANCELLATIONS: "trust-cancellations",
});

/** @type {Readonly<Record<ReasonName, readonly [OutcomeName, string, string]>>} outcome, message and remedy */
export const REASONS = {
  "not-a-code": [
    "reject",
    "This is not a code of a city card.",
    "Scan the square code on the city card.",
  ],
  "malformed": [
    "reject",
    "The code is damaged, was not read whole, or was not made by a city.",
    "Scan it once more; if it fails again, do not accept it.",
  ],
  "keyboard": [
    "cannot-say",
    "The scanner and this computer are set to different keyboards, so the code cannot be read.",
    "Set the scanner to the keyboard of this computer, then scan again.",
  ],
  "wrong-environment": [
    "reject",
    "This is a test code, or this computer is set up for tests.",
    "Do not accept test cards; if the card is real, the trust file of this computer is for tests.",
  ],
  "bad-signature": [
    "reject",
    "The code is forged or altered: the city did not sign it.",
    "Do not accept it.",
  ],
  "unknown-key": [
    "reject",
    "The code was not issued by this city.",
    "Do not accept it; a card of another city is good only in that city.",
  ],
  "distrusted-key": [
    "reject",
    "The city no longer trusts the key that signed this code.",
    "Do not accept it; the city can replace the card.",
  ],
  "cancelled-code": [
    "reject",
    "The code was cancelled, for example because the card was lost.",
    "Do not accept it; the city can replace the card.",
  ],
  "cancelled-cohort": [
    "reject",
    "The city cancelled all codes like this one.",
    "Do not accept it; the city can replace the card.",
  ],
  "outlives-key": [
    "reject",
    "The code says it is valid for longer than it may be.",
    "Do not accept it.",
  ],
  "expired": [
    "reject",
    "The code has expired.",
    "Do not accept it; the city can renew the card.",
  ],
  "wrong-class": [
    "reject",
    "The code is for another kind of place.",
    "Scan the code marked {label}.",
  ],
  "no-handle": [
    "reject",
    "This code is not enough here, because it cannot be cancelled when it is lost.",
    "Scan the code marked {label}.",
  ],
  "not-proven": [
    "reject",
    "The code does not prove what this place asks for.",
    "Scan the code marked {label}; if there is none, the card does not cover this place.",
  ],
  "clock": [
    "cannot-say",
    "The date or time of this computer looks wrong.",
    "Set the date and time, then scan again.",
  ],
  "newer-program": [
    "cannot-say",
    "This program is too old for the code or for the trust file.",
    "Update the idcard program.",
  ],
  "unknown-class": [
    "cannot-say",
    "This kind of place is not in the trust file.",
    "Choose one of these kinds of place on this computer: {label}.",
  ],
  "unknown-key-stale": [
    "cannot-say",
    "The code may be newer than the trust file of this computer.",
    "Get the city's current trust file, then scan again.",
  ],
  "trust-too-old": [
    "cannot-say",
    "The trust file of this computer is too old for this kind of place.",
    "Get the city's current trust file, then scan again.",
  ],
  "trust-expired": [
    "cannot-say",
    "The trust file of this computer has expired.",
    "Get the city's current trust file, then scan again.",
  ],
  "root-expired": [
    "cannot-say",
    "The trust file of this computer has expired (its root).",
    "Get the city's current trust file, then scan again.",
  ],
  "trust-malformed": [
    "cannot-say",
    "The trust file is damaged or is not a trust file.",
    "Get the city's current trust file, then scan again.",
  ],
  "trust-too-large": [
    "cannot-say",
    "The trust file is too large.",
    "It is not the holder's fault; tell the city, which has to publish a smaller one.",
  ],
  "trust-unsigned": [
    "cannot-say",
    "The trust file is not signed by those who must sign it.",
    "Do not use it; get the trust file directly from the city.",
  ],
  "trust-chain": [
    "cannot-say",
    "The parts of the trust file do not fit together.",
    "Do not use it; get the trust file directly from the city.",
  ],
  "trust-roles": [
    "cannot-say",
    "The trust file uses one key for two purposes.",
    "Do not use it; tell the city.",
  ],
  "trust-lifetime": [
    "cannot-say",
    "The trust file says it is valid for longer than it may be.",
    "Do not use it; tell the city.",
  ],
  "trust-anchor": [
    "cannot-say",
    "The trust file does not have the fingerprint (the twelve words) that was compared.",
    "Do not use it; get the trust file and its fingerprint (the twelve words) directly from the city.",
  ],
  "trust-rollback": [
    "cannot-say",
    "The trust file is older than one that this computer has seen.",
    "Keep using the newer one; get the city's current trust file.",
  ],
  "trust-equivocation": [
    "cannot-say",
    "The city signed two different trust files with one number.",
    "Keep using the first one, keep this file as evidence, and tell the city at once.",
  ],
  "trust-takes-back": [
    "cannot-say",
    "The trust file takes back what an earlier one said of the city's keys.",
    "Keep using the first one, keep this file as evidence, and tell the city at once.",
  ],
  "trust-foreign": [
    "cannot-say",
    "The trust file is not from the city that this computer trusts.",
    "Do not use it; get the trust file directly from the city.",
  ],
  "trust-gap": [
    "cannot-say",
    "Something is missing between this computer's trust file and the new one.",
    "Do not use this one; get the complete trust file (all its roots) directly from the city.",
  ],
  "kill-note": [
    "cannot-say",
    "This notice does not withdraw a key that this computer knows.",
    "Get the city's current trust file, then enter the notice again.",
  ],
  "memory-damaged": [
    "cannot-say",
    "The record of trust files on this computer is damaged.",
    "Install the city's current trust file again, and compare its fingerprint (the twelve words).",
  ],
  "trust-cancellations": [
    "cannot-say",
    "The cancellations are missing or are not those of the trust file.",
    "Get the city's current trust file, then scan again.",
  ],
};
