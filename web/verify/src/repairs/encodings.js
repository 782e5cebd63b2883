/** Reads bytes as text: UTF-8, and the UTF-16 that Windows shells write, with and without a byte order mark. */

/** @type {readonly [mark: readonly number[], encoding: string][]} */
const MARKS = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];
const ZEROS = new Map([
  ["0101", "utf-16le"],
  ["1010", "utf-16be"],
]);
/** Bytes that tell UTF-16 without a mark: two letters of ASCII. */
const ENOUGH = 4;

/**
 * The text, without byte order marks at its beginning.
 * @param {Uint8Array} data
 * @returns {string | null} null if it is no text
 */
export function asText(data) {
  try {
    const text = new TextDecoder(encodingOf(data), { fatal: true, ignoreBOM: true }).decode(data);
    const plain = text.replace(/^\ufeff+/, "");
    return text && !plain ? null : plain;
  } catch {
    return null;
  }
}

/** @param {Uint8Array} data */
function encodingOf(data) {
  for (const [mark, encoding] of MARKS) {
    if (mark.every((byte, at) => data[at] === byte)) return encoding;
  }
  const zeros = Array.from(data.subarray(0, ENOUGH), (byte) => (byte === 0 ? "1" : "0")).join("");
  return ZEROS.get(zeros) ?? "utf-8";
}
