/** What a venue keeps (specs/trust.md, The venue's memory). */

/**
 * @typedef {object} Memory
 * @property {number} lastDay the last day seen, in days since 1970
 * @property {Uint8Array} file the trust file that was accepted last
 * @property {readonly HeldNote[]} notes in the order in which they came
 */

/**
 * @typedef {object} HeldNote
 * @property {Uint8Array} note
 * @property {number} until
 * @property {boolean} person a person brought it
 */

/**
 * The memory that begins with a file.
 * @param {Uint8Array} _file
 * @param {{ now: Date, fingerprint?: Uint8Array | null }} _given fingerprint: that was compared; null where the file
 *   was handed over in person
 * @returns {Promise<Memory>}
 */
export async function install(_file, _given) {
  throw new Error("not yet");
}

/**
 * @param {Memory} _memory
 * @param {Uint8Array} _file
 * @param {{ now: Date }} _clock
 * @returns {Promise<Memory>}
 */
export async function update(_memory, _file, _clock) {
  throw new Error("not yet");
}

/**
 * @param {Memory} _memory
 * @param {Uint8Array} _note
 * @returns {Promise<Memory>}
 */
export async function applyKillNote(_memory, _note) {
  throw new Error("not yet");
}

/**
 * @param {Memory} _memory
 * @param {{ now: Date }} _clock
 * @returns {Promise<Memory>}
 */
export async function seen(_memory, _clock) {
  throw new Error("not yet");
}

/**
 * @param {Memory} _memory
 * @returns {Uint8Array}
 */
export function encode(_memory) {
  throw new Error("not yet");
}

/**
 * @param {Uint8Array} _bytes
 * @returns {Promise<Memory>}
 */
export async function decode(_bytes) {
  throw new Error("not yet");
}
