/** The decision (specs/verify.md) with a trust file that was opened. */

/** Judges codes for one city. */
export class Verifier {
  /**
   * @param {Uint8Array} _bytes a trust file
   * @param {{ city?: string, environment?: "production" | "test" }} [_expected]
   * @returns {Promise<Verifier>}
   */
  static async open(_bytes, _expected) {
    throw new Error("not yet");
  }

  /**
   * @param {import("./memory.js").Memory} _memory
   * @returns {Promise<Verifier>}
   */
  static async of(_memory) {
    throw new Error("not yet");
  }

  /**
   * @param {string} _text
   * @param {string} _venueClass
   * @param {{ now: Date }} _clock
   * @returns {Promise<unknown>}
   */
  async verify(_text, _venueClass, _clock) {
    throw new Error("not yet");
  }
}
