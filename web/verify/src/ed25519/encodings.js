/** Which encodings of keys and signatures are sound, so that every runtime gives the same answer on them. */

/** The order of the base point, 2^252 + …, the little end first. */
const ORDER = bytesOf("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
/** The y of the points whose order is 8 or less: 0, 1, -1, and two more. */
const SMALL = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map(bytesOf);
const SIZE = 32;

/**
 * Whether the key and R are the only encodings of points of a large order, and S is below the order.
 * @param {Uint8Array} key
 * @param {Uint8Array} signature
 */
export function isSound(key, signature) {
  return (
    key.length === SIZE &&
    signature.length === 2 * SIZE &&
    isSoundPoint(key, 0) &&
    isSoundPoint(signature, 0) &&
    isBelowOrder(signature)
  );
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function isSoundPoint(bytes, start) {
  return isBelowPrime(bytes, start) && !SMALL.some((small) => hasY(bytes, start, small));
}

/**
 * Whether y is below 2^255 - 19; the top bit is the sign of x.
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function isBelowPrime(bytes, start) {
  if ((bytes[start + SIZE - 1] & 0x7f) !== 0x7f) return true;
  for (let at = SIZE - 2; at > 0; at--) {
    if (bytes[start + at] !== 0xff) return true;
  }
  return bytes[start] < 0xed;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {Uint8Array} y
 */
function hasY(bytes, start, y) {
  if ((bytes[start + SIZE - 1] & 0x7f) !== y[SIZE - 1]) return false;
  for (let at = 0; at < SIZE - 1; at++) {
    if (bytes[start + at] !== y[at]) return false;
  }
  return true;
}

/** @param {Uint8Array} signature */
function isBelowOrder(signature) {
  for (let at = SIZE - 1; at >= 0; at--) {
    const digit = signature[SIZE + at];
    if (digit !== ORDER[at]) return digit < ORDER[at];
  }
  return false;
}

/** @param {string} hex */
function bytesOf(hex) {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}
