/** The codes that a text may hold, in the order in which they are likely (specs/scan.md, What scanners do). */

import * as base45 from "../base45.js";
import { Malformed } from "../errors.js";
import { trimmed } from "../text.js";
import { CARD } from "./extent.js";
import { folded } from "./forms.js";
import * as hangul from "./hangul.js";
import { fitting, lastAccented } from "./keyboards.js";
import { isASCII, lengthOf, seen, stripped, withoutEnd } from "./unseen.js";

/** @typedef {import("./extent.js").Kind} Kind */
/** @typedef {import("./keyboards.js").Fit} Fit */
/** @typedef {import("./keyboards.js").Mangling} Mangling */

/**
 * One reading of the typed text.
 * @typedef {object} Reading
 * @property {string} text
 * @property {string[]} undone what was done to the code, as names of specs/scan.md; empty for the text as it came
 */

/** Longest text that is read in more than one way, in characters: a code after incomplete ones. */
const MAX_TYPED = 4096;
const MAX_READINGS = 16;
/** Codes that are looked at in one text. */
export const MAX_SEVERAL = 99;

export const PREFIX = "prefix";
export const SUFFIX = "suffix";
export const CONTROL = "control";
export const HALF_READ = "half-read";

/** Longest prefix, in characters: the AIM symbology identifier (ISO/IEC 15424), a date and time, a name. */
const MAX_PREFIX = 24;
/** Manglings that fit one text. A code that was typed begins in up to eight ways. */
const MAX_FITTING = 32;
/** Manglings for which swallowed blanks are tried. Up to three of those that fit a typed code have dead keys in it. */
const MAX_BLANKED = 4;
/** Longest code of a card, and longest base45 of any, in letters. */
const LONGEST_CARD = 512;
const LONGEST = 4296;
const LINE_END = /\r\n?|\n/;

/**
 * Possible readings: the text as it came, then at most MAX_READINGS - 1 others, most likely first. A reading begins with
 * the last prefix of such a code in the text, ends where that code states its end, and has only letters of base45. It
 * may still be no code: a signature or a checksum decides.
 * @param {string} text
 * @param {Kind} [kind]
 * @returns {Reading[]}
 */
export function readings(text, kind = CARD) {
  /** @type {Map<string, Reading>} */
  const found = new Map([[text, { text, undone: [] }]]);
  if (lengthOf(text) <= MAX_TYPED) {
    for (const reading of others(text, kind)) {
      if (!found.has(reading.text)) found.set(reading.text, reading);
      if (found.size === MAX_READINGS) break;
    }
  }
  return [...found.values()];
}

/**
 * Whether a code begins in the text, in whatever way it was typed.
 * @param {string} text
 * @param {Kind} [kind]
 */
export function begins(text, kind = CARD) {
  return lengthOf(text) <= MAX_TYPED && versionsOf(text)[0].some(([each]) => !fitting(each, kind).next().done);
}

/**
 * The codes of cards in a text of several lines, by the number of the line in which each begins. A line in which none
 * begins belongs to the code before: mail programs break lines. At most MAX_SEVERAL + 1 are read.
 * @param {string} text
 * @returns {Map<number, string>}
 */
export function several(text) {
  /** @type {Map<number, string[]>} */
  const found = new Map();
  /** @type {string[]} */
  let lines = [];
  let size = 0;
  for (const [at, line] of text.split(LINE_END).entries()) {
    if (begins(line)) {
      if (found.size > MAX_SEVERAL) break;
      [lines, size] = [[], 0];
      found.set(at + 1, lines);
    }
    // What is longer is no code, however much follows.
    if (size <= MAX_TYPED) {
      lines.push(line);
      size += lengthOf(line) + 1;
    }
  }
  return new Map([...found].map(([number, each]) => [number, each.join("\n")]));
}

/**
 * The visible text, also with other forms of signs folded; what had changed them; and the name of what is gone.
 * @param {string} text
 * @returns {[versions: [text: string, changed: string[]][], control: string[]]}
 */
function versionsOf(text) {
  const [visible, hasControl] = seen(text);
  const typed = hangul.keys(visible);
  const [plain, names] = folded(typed);
  return [names.length ? [[typed, []], [plain, names]] : [[typed, []]], hasControl ? [CONTROL] : []];
}

/**
 * @param {string} text
 * @param {Kind} kind
 * @returns {Generator<Reading>}
 */
function* others(text, kind) {
  const plain = trimmed(text);
  const [versions, control] = versionsOf(text);
  /** @type {[fit: Fit, changed: string[]][]} */
  const found = [];
  for (const [typed, changed] of versions) {
    for (const fit of fitting(typed, kind)) {
      if (found.push([fit, changed]) > MAX_FITTING) return;
    }
  }
  // Of two cards in one line the last one counts, in whichever form, so that nobody is accepted by the card before.
  const typed = versions[0][0];
  const last = Math.max(
    ...found.map(([{ mangling, begins }, changed]) => placeOf(typed, mangling, changed, begins[begins.length - 1])),
    ...versions.map(([each]) => lastAccented(each, kind)),
  );
  for (const { fit, changed, undone, blanks } of attempts(found, kind)) {
    const begin = fit.begins[fit.begins.length - 1];
    const [read, isMoreBehind] = codeOf(undone, kind);
    // Each blank shifts the groups of three, so a wrong place is hardly ever valid base45.
    if (read === plain || (blanks && !isBase45(read))) continue;
    if (placeOf(typed, fit.mangling, changed, begin + read.length - blanks - 1) < last) continue;
    const before = nameOfBefore(stripped(fit.strokes.slice(0, begin)), fit.begins.length);
    yield {
      text: read,
      undone: [...fit.mangling.names, ...changed, ...control, ...before, ...(isMoreBehind ? [SUFFIX] : [])],
    };
  }
}

/**
 * Of the letter of the text that has this stroke, in characters of Unicode; the text may have been folded before it was
 * typed back.
 * @param {string} text
 * @param {Mangling} mangling
 * @param {string[]} changed
 * @param {number} stroke
 */
function placeOf(text, mangling, changed, stroke) {
  if (isASCII(text)) return stroke;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const beginning = text.slice(0, middle + 1);
    if (mangling.strokes(changed.length ? folded(beginning)[0] : beginning).length > stroke) high = middle;
    else low = middle + 1;
  }
  return lengthOf(text.slice(0, low));
}

/**
 * The text of each fit from where its last code begins, and the number of blanks that were added to it. For the first
 * few with dead keys also with the blanks that these may have swallowed.
 * @param {[fit: Fit, changed: string[]][]} found
 * @param {Kind} kind
 */
function* attempts(found, kind) {
  const longest = kind === CARD ? LONGEST_CARD : LONGEST;
  let blanked = 0;
  for (const [fit, changed] of found) {
    const { mangling, strokes } = fit;
    const begin = fit.begins[fit.begins.length - 1];
    const code = strokes.slice(begin, begin + longest);
    const rest = mangling.undone(strokes.slice(begin + longest));
    yield { fit, changed, undone: mangling.undone(code) + rest, blanks: 0 };
    if (blanked < MAX_BLANKED && [...code].some((letter) => mangling.dead.has(letter))) {
      blanked++;
      for (const each of mangling.withBlanks(code)) {
        yield { fit, changed, undone: mangling.undone(each) + rest, blanks: each.length - code.length };
      }
    }
  }
}

/**
 * What was before the code.
 * @param {string} junk
 * @param {number} prefixes number of codes that begin in the text
 */
function nameOfBefore(junk, prefixes) {
  if (!junk) return [];
  return [prefixes === 1 && lengthOf(junk) <= MAX_PREFIX ? PREFIX : HALF_READ];
}

/**
 * @param {string} read
 * @param {Kind} kind
 * @returns {[code: string, isMoreBehind: boolean]}
 */
function codeOf(read, kind) {
  const [end, isTold] = kind.end(read);
  return [withoutEnd(read.slice(0, end)), isTold && stripped(read.slice(end)) !== ""];
}

/** @param {string} text */
function isBase45(text) {
  try {
    base45.decode(text.slice(text.indexOf(":") + 1));
    return true;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}
