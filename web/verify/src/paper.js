/** Codes on paper, and patches (specs/paper.md). */

/**
 * What the codes of a poster hold together.
 * @param {string[]} _texts
 * @returns {{ prefix: "IDF1:" | "IDP1:" | "IDK1:", data: Uint8Array }}
 */
export function assemble(_texts) {
  throw new Error("not yet");
}

/**
 * The trust file that a patch makes of an older one. It is not checked: that is for the memory.
 * @param {Uint8Array} _file
 * @param {Uint8Array} _patch
 * @returns {Uint8Array}
 */
export function apply(_file, _patch) {
  throw new Error("not yet");
}
