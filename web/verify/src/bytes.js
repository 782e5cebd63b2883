/** Comparisons of byte strings, and hexadecimal digits. */

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function isEqual(left, right) {
  return left.length === right.length && compare(left, right) === 0;
}

/**
 * @param {Uint8Array} data
 * @param {Uint8Array} beginning
 */
export function beginsWith(data, beginning) {
  if (data.length < beginning.length) return false;
  for (let at = 0; at < beginning.length; at++) {
    if (data[at] !== beginning[at]) return false;
  }
  return true;
}

/**
 * Bytewise order: below 0 where left comes first.
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function compare(left, right) {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at++) {
    if (left[at] !== right[at]) return left[at] - right[at];
  }
  return left.length - right.length;
}

/**
 * Whether they are sorted, and none stands twice.
 * @param {readonly Uint8Array[]} values
 */
export function isAscending(values) {
  return values.every((each, at) => at === 0 || compare(values[at - 1], each) < 0);
}

/**
 * Two digits for each byte.
 * @param {Uint8Array} bytes
 */
export function hex(bytes) {
  let digits = "";
  for (const each of bytes) digits += each.toString(16).padStart(2, "0");
  return digits;
}

/**
 * @param {readonly Uint8Array[]} parts
 */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The bytes of ASCII.
 * @param {string} text
 */
export function ascii(text) {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
