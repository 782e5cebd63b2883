/** What the browser keeps of the page (specs/page.md, What is kept): one IndexedDB database with one store. */

const NAME = "idcard";
const STORE = "venue";
/** What a connection says that the browser has closed, or closes now: somebody deletes what is stored. */
const CLOSED = new Set(["InvalidStateError", "AbortError"]);

/** A connection, which is made again where the browser has closed it. */
export class Database {
  #factory;
  /** @type {IDBDatabase | null} */
  #open = null;

  /** @param {IDBFactory} factory */
  constructor(factory) {
    this.#factory = factory;
  }

  /**
   * What is stored under a key, or undefined. Rejects with a DOMException.
   * @param {string} key
   * @returns {Promise<any>}
   */
  read(key) {
    return this.#within("readonly", (store, found) => {
      const reading = store.get(key);
      reading.onsuccess = () => found(reading.result);
    });
  }

  /**
   * Compare and set, in one transaction: writes only if what is stored there passes. Rejects with a DOMException.
   * @param {string} key
   * @param {(stored: any) => boolean} expected must not wait: a transaction ends where nothing is asked of it
   * @param {unknown} value
   * @returns {Promise<boolean>} whether it was written
   */
  swap(key, expected, value) {
    return this.#within("readwrite", (store, found) => {
      const reading = store.get(key);
      reading.onsuccess = () => {
        const passes = expected(reading.result);
        if (passes) store.put(value, key);
        found(passes);
      };
    });
  }

  close() {
    this.#open?.close();
    this.#open = null;
  }

  /**
   * What `act` finds, once it is on the disk.
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore, found: (result: any) => void) => void} act
   * @returns {Promise<any>}
   */
  async #within(mode, act) {
    try {
      return await within(await this.#opened(), mode, act);
    } catch (problem) {
      if (!CLOSED.has(/** @type {any} */ (problem)?.name)) throw problem;
      this.close();
      return within(await this.#opened(), mode, act);
    }
  }

  /** @returns {Promise<IDBDatabase>} */
  async #opened() {
    if (this.#open) return this.#open;
    const opened = await connect(this.#factory);
    const forget = () => {
      if (this.#open === opened) this.#open = null;
    };
    // Somebody deletes it: a connection that stays open would keep them waiting.
    opened.onversionchange = () => {
      opened.close();
      forget();
    };
    opened.onclose = forget;
    this.#open = opened;
    return opened;
  }
}

/**
 * @param {IDBFactory} factory
 * @returns {Promise<IDBDatabase>}
 */
function connect(factory) {
  return new Promise((resolve, reject) => {
    const opening = factory.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/**
 * @param {IDBDatabase} database
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore, found: (result: any) => void) => void} act
 * @returns {Promise<any>}
 */
function within(database, mode, act) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    /** @type {any} */
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error ?? new DOMException("closed", "AbortError"));
    act(transaction.objectStore(STORE), (found) => (result = found));
  });
}
