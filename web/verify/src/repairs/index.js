/** What scanners do to a text, undone (specs/scan.md). */

/**
 * @param {string} _text
 * @returns {unknown[]}
 */
export function readings(_text) {
  throw new Error("not yet");
}
