/**
 * What every byte of a code says, so that its holder can see that nothing is hidden in it (specs/credential.md).
 * Sentences are English and the names under which the catalogues have them.
 */

import { AGE, AGE_FROM, CTI, EXP, FLAGS } from "./claims.js";
import { monthsBefore } from "./calendar.js";
import { decode as decodeCredential } from "./credential.js";
import { decode as decodeText } from "./text.js";

/** @typedef {import("./errors.js").Translate} Translate */

/**
 * A code taken apart. kid, handle and signature are among the parts, so show them to nobody but the holder.
 * @typedef {object} Explanation
 * @property {"production" | "test"} environment
 * @property {{ offset: number, data: Uint8Array, meaning: string }[]} parts in order; together exactly the bytes
 * @property {string[]} summary whole sentences: what the code says, whether it can be told from others, and what was
 *   not checked
 */

const PREFIXES = { production: "IDC1:", test: "IDT1:" };
/** @type {ReadonlyMap<string, string>} */
const WORDS = new Map([
  ["resident", "resident when the card was made"],
  ["student", "student when the card was made"],
  ["senior", "senior when the card was made"],
  ["veteran", "veteran when the card was made"],
  ["disability", "person with a disability when the card was made"],
  ["caregiver", "caregiver when the card was made"],
]);
const OF_THE_CITY = "a claim of the city's own, whose meaning the city publishes";

/** @type {Translate} */
const english = (sentence) => sentence;

/**
 * Takes the text of a code apart. Checks no signature.
 * @param {string} text
 * @param {Translate} [translate]
 * @returns {Explanation}
 * @throws {import("./errors.js").Refused} for a text that is no code of this format
 * @throws {import("./errors.js").Malformed} for bytes that are no credential
 */
export function explain(text, translate = english) {
  const { environment, data } = decodeText(text);
  // From here on the bytes have the only valid shape, on which the walk relies.
  const { claims } = decodeCredential(data);
  const walk = new Walk(data, translate);
  const tag = walk.head();
  walk.say("what follows is a signed message of {parts} parts (COSE_Sign1, tag {tag})", { tag, parts: walk.head() });
  explainHeaders(walk);
  const { says, unknown } = explainClaims(walk, claims.exp);
  walk.string("part 4: {length} bytes follow", "the city's signature over all of the above");
  const summary = [
    filled(translate("The text is {prefix} ({environment}), then these {length} bytes in letters (base45)."), {
      prefix: PREFIXES[environment],
      environment,
      length: data.length,
    }),
    filled(translate("The code says: {what}."), { what: says.join(translate("; ")) }),
    ...howRecognisable(claims, unknown.length, translate),
    translate(
      "Not checked here: whether the city signed the code, and whether it was cancelled. " +
        "That needs the city's trust file.",
    ),
  ];
  return { environment, parts: walk.parts, summary };
}

/** Walks through deterministic CBOR. A part is what was read since the last part, so no byte is left out. */
class Walk {
  #data;
  #translate;
  #said = 0;
  #at = 0;
  /** @type {Explanation["parts"]} */
  parts = [];

  /**
   * @param {Uint8Array} data
   * @param {Translate} translate
   */
  constructor(data, translate) {
    this.#data = data;
    this.#translate = translate;
  }

  /** @param {string} sentence */
  translated(sentence) {
    return this.#translate(sentence);
  }

  /**
   * @param {string} meaning an English sentence with places for the values
   * @param {Record<string, string | number>} [values]
   */
  say(meaning, values = {}) {
    const said = filled(this.#translate(meaning), values);
    this.parts.push({ offset: this.#said, data: this.#data.slice(this.#said, this.#at), meaning: said });
    this.#said = this.#at;
    return said;
  }

  /** Reads one head (RFC 8949 §3): the value of an integer, the length of a string, the size of a map. */
  head() {
    const first = this.#data[this.#at++];
    let value = BigInt(first & 31);
    if (value >= 24n) {
      const end = this.#at + (1 << Number(value - 24n));
      for (value = 0n; this.#at < end; this.#at++) value = (value << 8n) | BigInt(this.#data[this.#at]);
    }
    const signed = first >> 5 === 1 ? -1n - value : value;
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : /** @type {never} */ (signed);
  }

  /**
   * Reads a byte string as two parts, so that its bytes stand alone.
   * @param {string} name with a place for its length
   * @param {string} meaning
   * @param {Record<string, string | number>} [values]
   */
  string(name, meaning, values = {}) {
    const length = this.head();
    this.say(name, { length, ...values });
    this.#at += length;
    this.say(meaning);
  }

  /** Reads one item with all that is nested in it. */
  item() {
    const major = this.#data[this.#at] >> 5;
    const size = this.head();
    if (major === 2 || major === 3) this.#at += size;
    const nested = major === 4 ? size : major === 5 ? 2 * size : 0;
    for (let count = 0; count < nested; count++) this.item();
  }
}

/** @param {Walk} walk */
function explainHeaders(walk) {
  const length = walk.head();
  walk.say("part 1, {length} bytes: about the signature, a map of size {entries} (protected header)", {
    length,
    entries: walk.head(),
  });
  walk.head();
  walk.say("how it is signed: Ed25519 (alg {algorithm})", { algorithm: walk.head() });
  walk.string(
    "entry {number}: {length} bytes follow",
    "which key of the city signed: the beginning of that key's thumbprint (kid)",
    { number: walk.head() },
  );
  walk.say("part 2: a map of size {entries}; nothing stands outside the signature (unprotected header)", {
    entries: walk.head(),
  });
}

/**
 * What the payload says, and what this program cannot explain.
 * @param {Walk} walk
 * @param {number} exp
 */
function explainClaims(walk, exp) {
  /** @type {string[]} */
  const says = [];
  /** @type {string[]} */
  const unknown = [];
  const length = walk.head();
  const entries = walk.head();
  walk.say("part 3, {length} bytes: the claims, a map of size {entries}", { length, entries });
  for (let count = 0; count < entries; count++) {
    const claim = walk.head();
    if (claim === EXP) {
      says.push(walk.say("valid until {time} (exp)", { time: time(walk.head()) }));
    } else if (claim === CTI) {
      walk.string(
        "entry {number}: {length} bytes follow",
        "10 bytes by which the city can cancel this one code; made without anything about you (cti)",
        { number: claim },
      );
    } else {
      const size = walk.head();
      walk.say("what the city says about the holder: a map of size {entries} (claim {claim})", { entries: size, claim });
      for (let entry = 0; entry < size; entry++) {
        const key = walk.head();
        const isKnown = key === AGE || key === AGE_FROM || FLAGS.has(key);
        (isKnown ? says : unknown).push(aboutHolder(walk, key, exp));
      }
    }
  }
  return { says, unknown };
}

/**
 * @param {Walk} walk
 * @param {number} key
 * @param {number} exp
 */
function aboutHolder(walk, key, exp) {
  if (key === AGE) return walk.say("{age} or over when the card was made (age)", { age: walk.head() });
  if (key === AGE_FROM) {
    walk.head();
    const age = walk.head();
    const begins = time(monthsBefore(exp, walk.head()));
    return walk.say("{age} or over from {time} (age_from)", { age, time: begins });
  }
  walk.item();
  const name = FLAGS.get(key);
  if (name !== undefined) {
    return walk.say("{word} ({name})", { word: walk.translated(WORDS.get(name) ?? OF_THE_CITY), name });
  }
  if (key < 0) return walk.say("an entry that only a newer program understands (entry {number})", { number: key });
  return walk.say("an entry this program does not know; it proves nothing (entry {number})", { number: key });
}

/**
 * @param {import("./claims.js").Claims} claims
 * @param {number} unknown entries
 * @param {Translate} translate
 */
function howRecognisable(claims, unknown, translate) {
  const said = [
    unknown
      ? filled(
          translate("It also says what this program cannot explain and what may mark the holder (entries: {number})."),
          { number: unknown },
        )
      : translate("It says nothing else: no name, no birth date, no address, no picture, no card number."),
  ];
  if (claims.ageFrom) {
    said.push(translate("The month of age_from narrows the birth date down to a month; few holders share it."));
  }
  // One code alone shows neither, so each sentence says who can check it.
  said.push(
    claims.handle
      ? translate(
          "Its handle is in no other code: places that compare what they scanned can recognise it. " +
            "The holder's slip shows whether it was made from it (idcard slip check).",
        )
      : translate(
          "It has no handle: everyone with the same claims and expiry, under the same key, carries exactly the " +
            "same code. Two holders can compare theirs.",
        ),
  );
  return said;
}

/**
 * @param {string} sentence
 * @param {Record<string, string | number>} values
 */
function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}

/** @param {number} instant */
function time(instant) {
  return `${new Date(instant * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
