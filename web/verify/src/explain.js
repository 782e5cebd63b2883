/** What every byte of a code says, for its holder. */

/**
 * @typedef {object} Explanation
 * @property {"production" | "test"} environment
 * @property {{ offset: number, data: Uint8Array, meaning: string }[]} parts in order; together exactly the bytes
 * @property {string[]} summary
 */

/**
 * @param {string} _text of a code
 * @param {import("./errors.js").Translate} [_translate]
 * @returns {Explanation}
 */
export function explain(_text, _translate) {
  throw new Error("not yet");
}
