/** Undoes a wrong keyboard layout or Caps Lock in text that a scanner typed. */

import { KINDS } from "./extent.js";
import { LAYOUTS } from "./keyboardTable.js";
import { isASCII, lengthOf, NO_LETTER } from "./unseen.js";

/** @typedef {import("./extent.js").Kind} Kind */

export const CAPS_LOCK = "caps-lock";
export const SHIFT_LOCK = "shift-lock";
/** Prefix of a layout of the table that the computer uses, while the scanner types for a US one. */
export const KEYBOARD = "keyboard-";
/** Prefix of a layout that the scanner uses, while the computer has a US one. */
export const SCANNER = "scanner-";
export const US = "us";

/** From the accent that a dead key types alone to its combining character. */
const COMBINING = new Map([
  ["`", "\u0300"], ["\u00b4", "\u0301"], ["^", "\u0302"], ["~", "\u0303"], ["\u00af", "\u0304"], ["\u02d8", "\u0306"],
  ["\u02d9", "\u0307"], ["\u00a8", "\u0308"], ["\u02da", "\u030a"], ["\u02dd", "\u030b"], ["\u02c7", "\u030c"],
  ["\u00b8", "\u0327"], ["\u02db", "\u0328"],
]);
const ACCENT = new RegExp(`[${[...COMBINING.values()].join("")}]`, "g");
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:";
const DIGITS = "0123456789";
const IN_EVERY_PREFIX = `ID:${DIGITS}`;
const MAX_TRIED = 64;
/** One key of an Arabic keyboard: Linux types one letter, and Windows two. */
const LIGATURES = [..."\ufef5\ufef7\ufef9\ufefb"].map((letter) => [letter, letter.normalize("NFKC")]);
const SIGN = /[^0-9A-Za-z]/g;

/**
 * @typedef {object} Layout
 * @property {string} name as its own country writes it
 * @property {readonly string[][]} rows what the keys type, without Shift and with it
 * @property {string} dead accents that wait for the next key
 * @property {Map<string, [row: number, column: number, shift: 0 | 1]>} keys of each letter; one that needs a third key, or
 *   does not exist, is not there
 * @property {Map<string, string>} apart from each letter that a dead key makes of another to the two
 */

/**
 * A mangling by which codes may begin in a text.
 * @typedef {object} Fit
 * @property {Mangling} mangling
 * @property {string} strokes of the text
 * @property {number[]} begins where, in the strokes
 */

/** @template T @param {() => T} make @returns {() => T} */
function once(make) {
  /** @type {{ value: T } | undefined} */
  let made;
  return () => (made ??= { value: make() }).value;
}

/** Layouts by their names in the table. */
const layouts = once(
  () => new Map(Object.entries(LAYOUTS).map(([name, [called, plain, shift, dead]]) => [name, layout(called, [plain, shift], dead)])),
);

/**
 * @param {string} name
 * @param {readonly string[][]} rows
 * @param {string} dead
 * @returns {Layout}
 */
function layout(name, rows, dead) {
  /** @type {Layout["keys"]} */
  const keys = new Map();
  for (const shift of /** @type {const} */ ([0, 1])) {
    rows[shift].forEach((letters, row) =>
      [...letters].forEach((letter, column) => keys.has(letter) || keys.set(letter, [row, column, shift])),
    );
  }
  /** @type {Map<string, string>} */
  const apart = new Map();
  for (const accent of dead) {
    for (const base of keys.keys()) {
      const together = (base + COMBINING.get(accent)).normalize("NFC");
      if ([...together].length === 1) apart.set(together, accent + base);
    }
  }
  return { name, rows, dead, keys, apart };
}

/** What may have happened between the keys of a scanner and the text. */
export class Mangling {
  /** @type {Map<Kind, RegExp>} */
  #prefixes = new Map();

  /**
   * @param {string[]} names what is undone
   * @param {Map<string, string>} typed what appears for each letter of a code
   * @param {Layout} computer
   */
  constructor(names, typed, computer) {
    this.names = names;
    this.typed = typed;
    this.back = new Map([...typed].reverse().map(([letter, appears]) => [appears, letter]));
    /** What dead keys type alone where the scanner meant a letter of a code. */
    this.dead = new Set([...computer.dead].filter((accent) => this.back.has(accent)));
    /** As of the keyboard, without letters that it has a key for. */
    this.apart = new Map([...computer.apart].filter(([letter]) => !this.back.has(letter)));
  }

  /** The intended text; NO_LETTER for each key without a letter of a code. @param {string} strokes */
  undone(strokes) {
    return Array.from(strokes, (letter) => this.back.get(letter) ?? NO_LETTER).join("");
  }

  /** How the prefixes of these codes begin, as they were typed. @param {Kind} kind */
  starts(kind) {
    return [...kind.letters].filter((letter) => this.typed.has(letter)).map((letter) => this.#as("I", "D", letter));
  }

  /**
   * The text with one letter for each key: an accented letter is split into the accent of a dead key and it.
   * @param {string} typed
   */
  strokes(typed) {
    if (isASCII(typed)) return typed;
    for (const [together, two] of LIGATURES) {
      if (this.back.has(together)) typed = typed.replaceAll(two, together);
    }
    return this.apart.size ? Array.from(typed, (letter) => this.apart.get(letter) ?? letter).join("") : typed;
  }

  /**
   * The strokes with one or two blanks added, which dead keys may have turned into their accents.
   * @param {string} strokes
   * @returns {Generator<string>}
   */
  *withBlanks(strokes) {
    const letters = [...strokes];
    const after = letters.flatMap((letter, at) => (this.dead.has(letter) ? [at] : []));
    let tried = 0;
    for (const places of upToTwo(after)) {
      if (tried++ === MAX_TRIED) return;
      yield letters.map((letter, at) => (places.includes(at) ? `${letter} ` : letter)).join("");
    }
  }

  /** Where codes of this kind begin. @param {string} strokes @param {Kind} kind */
  begins(strokes, kind) {
    let prefix = this.#prefixes.get(kind);
    if (!prefix) {
      prefix = new RegExp(escaped(this.#as("I")) + this.behindFirst(kind), "g");
      this.#prefixes.set(kind, prefix);
    }
    return Array.from(strokes.matchAll(prefix), (found) => found.index);
  }

  /** What matches the prefix without its first letter. @param {Kind} kind */
  behindFirst(kind) {
    const third = escaped([...kind.letters].map((letter) => this.typed.get(letter) ?? "").join(""));
    return `${escaped(this.#as("D"))}[${third}][${escaped(this.#as(...DIGITS))}]{1,2}${escaped(this.#as(":"))}`;
  }

  /** @param {string[]} letters */
  #as(...letters) {
    return letters.map((letter) => this.typed.get(letter)).join("");
  }
}

/** One of the places each, then two. @param {number[]} places */
function* upToTwo(places) {
  for (const one of places) yield [one];
  for (const [at, one] of places.entries()) {
    for (const two of places.slice(at + 1)) yield [one, two];
  }
}

/** @param {string} text */
function escaped(text) {
  return text.replace(SIGN, (sign) => (isASCII(sign) ? `\\${sign}` : sign));
}

/** All different manglings: a British keyboard, for example, types codes like a US one. */
const manglings = once(() => {
  const others = [...layouts().keys()].filter((name) => name !== US);
  /** @type {[names: string[], scanner: string, computer: string][]} */
  const pairs = [
    [[], US, US],
    ...others.map((name) => /** @type {[string[], string, string]} */ ([[KEYBOARD + name], US, name])),
    ...others.map((name) => /** @type {[string[], string, string]} */ ([[SCANNER + name], name, US])),
  ];
  /** @type {Map<string, Mangling>} */
  const found = new Map();
  for (const [names, scanner, computer] of pairs) {
    for (const lock of ["", CAPS_LOCK, SHIFT_LOCK]) {
      const typed = typedFor(layoutOf(scanner), layoutOf(computer), lock);
      const isUsable = [...IN_EVERY_PREFIX].every((letter) => typed.has(letter));
      const all = [...typed].flat().join("");
      if (isUsable && !found.has(all) && KINDS.some((kind) => [...kind.letters].some((letter) => typed.has(letter)))) {
        found.set(all, new Mangling(lock ? [lock, ...names] : names, typed, layoutOf(computer)));
      }
    }
  }
  return [...found.values()];
});

/** @param {string} name */
export function layoutOf(name) {
  return /** @type {Layout} */ (layouts().get(name));
}

/**
 * What is typed for each letter of a code; one without a key, or whose key types nothing, is not there.
 * @param {Layout} scanner
 * @param {Layout} computer
 * @param {string} lock
 */
function typedFor(scanner, computer, lock) {
  const typed = new Map([[" ", " "]]);
  for (const letter of ALPHABET) {
    const key = scanner.keys.get(letter);
    if (!key) continue;
    const [row, column, shift] = key;
    const appears = computer.rows[lock === SHIFT_LOCK ? 1 - shift : shift][row][column];
    const shown = lock === CAPS_LOCK ? turned(appears) : appears;
    if (shown !== NO_LETTER) typed.set(letter, shown);
  }
  return typed;
}

/** A letter in its other case, where that is one letter. @param {string} letter */
function turned(letter) {
  const other = /\p{Uppercase}/u.test(letter) ? letter.toLowerCase() : /\p{Lowercase}/u.test(letter) ? letter.toUpperCase() : letter;
  return [...other].length === 1 ? other : letter;
}

/** @type {Map<Kind, Map<string, number[]>>} */
const INDEXES = new Map();

/** @param {Kind} kind */
function indexOf(kind) {
  let byStart = INDEXES.get(kind);
  if (!byStart) {
    byStart = new Map();
    for (const [number, mangling] of manglings().entries()) {
      for (const start of mangling.starts(kind)) byStart.set(start, [...(byStart.get(start) ?? []), number]);
    }
    INDEXES.set(kind, byStart);
  }
  return byStart;
}

/**
 * The manglings that fit, most likely first.
 * @param {string} text
 * @param {Kind} kind
 * @returns {Generator<Fit>}
 */
export function* fitting(text, kind) {
  // A dead key before the code has left its accent on the first letter.
  const bare = isASCII(text) ? text : text.normalize("NFD").replace(ACCENT, "");
  const found = [...indexOf(kind)].filter(([start]) => text.includes(start) || bare.includes(start));
  const numbers = [...new Set(found.flatMap(([, each]) => each))].sort((left, right) => left - right);
  for (const number of numbers) {
    const mangling = manglings()[number];
    const end = mangling.typed.get(":") ?? "";
    if (!text.includes(end) && !mangling.dead.has(end)) continue;
    const strokes = mangling.strokes(text);
    const begins = mangling.begins(strokes, kind);
    if (begins.length) yield { mangling, strokes, begins };
  }
}

/** @type {Map<Kind, RegExp>} */
const ACCENTED = new Map();

/**
 * Where the last code may begin with an accent on its first letter, which its layout need not have, in characters of
 * Unicode; 0 for none.
 * @param {string} text
 * @param {Kind} kind
 */
export function lastAccented(text, kind) {
  if (isASCII(text)) return 0;
  let accented = ACCENTED.get(kind);
  if (!accented) {
    const behind = new Set(manglings().map((mangling) => mangling.behindFirst(kind)));
    accented = new RegExp(`(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^\\0-\\x7f])(?:${[...behind].join("|")})`, "g");
    ACCENTED.set(kind, accented);
  }
  return Math.max(0, ...Array.from(text.matchAll(accented), (found) => lengthOf(text.slice(0, found.index))));
}
