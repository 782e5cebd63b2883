/**
 * Finds the code in text that a scanner typed as a keyboard. It only proposes texts; the signature decides.
 *
 *   const { text, undone, card, refused } = await judgeTyped(verifier, typed, "library", { now });
 */

import { Outcome, Reason, Refused } from "../errors.js";
import { CARD } from "./extent.js";
import { INPUT_METHOD, TYPOGRAPHY } from "./forms.js";
import { CAPS_LOCK, KEYBOARD, layoutOf, SCANNER, SHIFT_LOCK, US } from "./keyboards.js";
import * as pattern from "./pattern.js";
import { CONTROL, HALF_READ, PREFIX, readings, SUFFIX } from "./readings.js";
import { stripped, visible } from "./unseen.js";

/** @typedef {import("../card.js").Card} Card */
/** @typedef {import("../verifier.js").Verifier} Verifier */
/** @typedef {import("./readings.js").Reading} Reading */
/** @typedef {import("../errors.js").ReasonName} ReasonName */

/** Refusals that a wrong letter can cause: another reading of what was typed may be the right one. */
const UNSIGNED = new Set(
  /** @type {ReasonName[]} */ ([
    Reason.NOT_A_CODE, Reason.MALFORMED, Reason.BAD_SIGNATURE, Reason.UNKNOWN_KEY, Reason.UNKNOWN_KEY_STALE,
  ]),
);
const [CANNOT_SAY, REJECTED] = [4, 3];
/** Rejections that say little about a holder who shows several codes. Others rank as REJECTED. */
const RANKS = new Map(
  /** @type {[ReasonName, number][]} */ ([
    [Reason.NOT_A_CODE, 0],
    [Reason.MALFORMED, 1],
    [Reason.WRONG_ENVIRONMENT, 2],
    [Reason.WRONG_CLASS, 2],
    [Reason.NO_HANDLE, 2],
  ]),
);
const OTHER_LETTERS = "other-letters";
const LATIN = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"];
const CAPS_LOCK_IS_ON = "Caps Lock is on: press it once.";
/** `{layout}` is the name of a keyboard, as its own country writes it. @type {Readonly<Record<string, string>>} */
const ADVICE = {
  [CAPS_LOCK]: CAPS_LOCK_IS_ON,
  [SHIFT_LOCK]: CAPS_LOCK_IS_ON,
  [PREFIX]: "The scanner sends something before each code: turn its prefix off, such as the AIM prefix.",
  [SUFFIX]: "The scanner sends something after each code: turn its suffix off.",
  [CONTROL]: "The scanner sends control characters: set it to send the code and Enter, nothing else.",
  [HALF_READ]: "Two codes came in one line: set the scanner to send Enter after each code.",
  [KEYBOARD]: "This computer and the scanner are set to different keyboards: set the scanner to {layout}.",
  [OTHER_LETTERS]: "The keyboard of this computer is set to {layout}: switch it to English before you scan.",
  [SCANNER]: "The scanner types as on a keyboard of another country: set the scanner to {layout}.",
  [INPUT_METHOD]: "An input method changed what the scanner typed: switch it to English letters.",
  [TYPOGRAPHY]: "A text program changed signs of the code: scan the code itself.",
};

/**
 * The verdict on a text that a scanner may have typed: what it did to the code is undone where that makes one of it.
 * @param {Verifier} verifier
 * @param {string} typed
 * @param {string} venueClass
 * @param {{ now: Date }} clock
 * @returns {Promise<{ text: string, undone: string[], card: Card | null, refused: Refused | null }>} the text that was
 *   judged, what was undone, and the one or the other
 */
export async function judgeTyped(verifier, typed, venueClass, { now }) {
  const verdict = await judged(verifier, typed, venueClass, now);
  if (!verdict.refused || !UNSIGNED.has(verdict.refused.reason)) return { text: typed, undone: [], ...verdict };
  const reading = await bestOf(verifier, typed, venueClass, now);
  const { card, refused } = await judged(verifier, reading.text, venueClass, now);
  if (!isKeyboard(typed, reading, refused?.reason ?? null)) return { ...reading, card, refused };
  const keyboard = new Refused(Reason.KEYBOARD, { contact: verifier.trust.list.contact });
  keyboard.situation = (refused ?? verdict.refused).situation;
  return { ...reading, card: null, refused: keyboard };
}

/**
 * One sentence that tells the clerk how to correct the scanner.
 * @param {string} undone one of those of a reading
 * @param {(english: string) => string} [translate]
 */
export function advice(undone, translate = (english) => english) {
  if (undone.startsWith(KEYBOARD)) {
    const layout = layoutOf(undone.slice(KEYBOARD.length));
    // No scanner types the letters of a code as on a keyboard of another alphabet.
    const advised = LATIN.every((letter) => layout.keys.has(letter)) ? KEYBOARD : OTHER_LETTERS;
    return translate(ADVICE[advised]).replace("{layout}", () => layout.name);
  }
  if (undone.startsWith(SCANNER)) return translate(ADVICE[SCANNER]).replace("{layout}", () => layoutOf(US).name);
  return translate(ADVICE[undone]);
}

/**
 * The reading to judge. If all are refused, it is the one with the most specific refusal.
 * @param {Verifier} verifier
 * @param {string} typed
 * @param {string} venueClass
 * @param {Date} now
 */
async function bestOf(verifier, typed, venueClass, now) {
  const [asItCame, ...others] = readings(typed, CARD);
  // Of keyboards that all fail, the one that explains most of the text.
  const found = [asItCame, ...others.sort((left, right) => right.text.length - left.text.length)];
  let [best, highest] = [asItCame, -1];
  for (const reading of found) {
    const { refused } = await judged(verifier, reading.text, venueClass, now);
    if (!refused) return reading;
    const rank = refused.outcome === Outcome.CANNOT_SAY ? CANNOT_SAY : (RANKS.get(refused.reason) ?? REJECTED);
    if (rank > highest) [best, highest] = [reading, rank];
  }
  return best;
}

/**
 * Whether another keyboard or an input method may be why no reading of what was typed is a signed code. The holder's
 * card may be a good one.
 * @param {string} typed
 * @param {Reading} reading
 * @param {ReasonName | null} reason why the reading that was judged is refused
 */
function isKeyboard(typed, reading, reason) {
  const text = stripped(visible(typed));
  const isTyped = reading.undone.some(
    (each) => each.startsWith(KEYBOARD) || each.startsWith(SCANNER) || each === INPUT_METHOD,
  );
  if (isTyped) return reason !== null && UNSIGNED.has(reason) && pattern.hasLength(text);
  return reason === Reason.NOT_A_CODE && pattern.isOfCard(text);
}

/**
 * @param {Verifier} verifier
 * @param {string} text
 * @param {string} venueClass
 * @param {Date} now
 * @returns {Promise<{ card: Card | null, refused: Refused | null }>}
 */
async function judged(verifier, text, venueClass, now) {
  try {
    return { card: await verifier.verify(text, venueClass, { now }), refused: null };
  } catch (error) {
    if (error instanceof Refused) return { card: null, refused: error };
    throw error;
  }
}
