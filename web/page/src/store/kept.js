/** Values by their keys: in the browser as long as it stores anything, and otherwise until the page is closed. */

/** @typedef {import("./database.js").Database} Database */

export class Kept {
  #database;
  /** @type {Map<string, any>} */
  #unstored = new Map();

  /** @param {Database | null} database null where nothing may be stored */
  constructor(database) {
    this.#database = database;
  }

  /** Whether there is still a database. */
  get lasts() {
    return this.#database !== null;
  }

  /**
   * @param {string} key
   * @returns {Promise<any>} undefined where nothing is
   */
  async read(key) {
    const read = await this.#tried((database) => database.read(key));
    return read ? read.result : this.#unstored.get(key);
  }

  /**
   * Compare and set: writes only if what is there passes.
   * @param {string} key
   * @param {(stored: any) => boolean} expected
   * @param {unknown} value
   * @returns {Promise<boolean>} whether it was written
   */
  async swap(key, expected, value) {
    const swapped = await this.#tried((database) => database.swap(key, expected, value));
    if (swapped) {
      if (swapped.result) this.#unstored.set(key, value);
      return swapped.result;
    }
    if (!expected(this.#unstored.get(key))) return false;
    this.#unstored.set(key, value);
    return true;
  }

  close() {
    this.#database?.close();
  }

  /**
   * What the database gives; null where there is none, or none any more.
   * @template T
   * @param {(database: Database) => Promise<T>} ask
   * @returns {Promise<{ result: T } | null>}
   */
  async #tried(ask) {
    if (!this.#database) return null;
    try {
      return { result: await ask(this.#database) };
    } catch (problem) {
      if (!(problem instanceof DOMException)) throw problem;
      this.#database = null;
      return null;
    }
  }
}
