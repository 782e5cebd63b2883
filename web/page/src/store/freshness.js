/** A newer trust file from beside the page, at most once a day (specs/page.md, A newer trust file). */

import { Reason, Refused } from "@municipal-idcard/verify";

/** @typedef {import("./index.js").Store} Store */

const ADDRESS = "city.idtrust";
const MAX_SIZE = 2 << 20;
const HOUR = 3600;
const DAY = 24 * HOUR;
/** Longest wait, in seconds, for what fell due while it could not be fetched. */
const SOON = 600;
/** Seconds until it is tried again without a network. */
const LATER = HOUR;
/** @type {ReadonlySet<string>} said by the city, or by somebody who says so. An older file is no news. */
const NEWS = new Set([Reason.TRUST_FOREIGN, Reason.TRUST_GAP, Reason.TRUST_EQUIVOCATION, Reason.TRUST_TAKES_BACK]);

/**
 * @typedef {object} World what it needs of its surroundings; a page gives nothing, a test all of it
 * @property {() => Date} now
 * @property {() => number} random from 0 to below 1
 * @property {typeof globalThis.fetch} fetch
 * @property {(act: () => void, seconds: number) => void} wait
 * @property {() => boolean} online whether there may be a network
 */

/** @type {World} */
const PAGE = {
  now: () => new Date(),
  random: () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32,
  fetch: (...asked) => globalThis.fetch(...asked),
  wait: (act, seconds) => void setTimeout(act, seconds * 1000),
  online: () => globalThis.navigator?.onLine ?? true,
};

/**
 * From now on, as long as the page is open. Nothing else starts a fetch.
 * @param {Store} store
 * @param {Partial<World>} [given]
 */
export async function keepFresh(store, given = {}) {
  const world = { ...PAGE, ...given };
  const due = await dueTime(store, world);
  const seconds = due - seconds1970(world.now());
  const attempt = async () => {
    if (!world.online()) return world.wait(attempt, LATER);
    if (await claim(store, world)) await refresh(store, world);
    return keepFresh(store, given);
  };
  // Past its time: the opening of a page is nobody's business either.
  world.wait(attempt, seconds > 0 ? seconds : world.random() * SOON);
}

/**
 * Fetches the file and offers it to the memory. An older one, none, or no network changes nothing.
 * @param {Store} store
 * @param {Pick<World, "fetch" | "now">} world
 */
export async function refresh(store, { fetch, now }) {
  const file = await fetched(fetch);
  if (!file) return;
  if (file instanceof Refused) return store.raise(file);
  const outcome = await store.take(file, { now: now() });
  if (outcome.outcome === "refused" && NEWS.has(outcome.refused.reason)) store.raise(outcome.refused);
}

/**
 * When the file may be fetched next, in seconds since 1970: drawn where none is stored, or where a clock was ahead.
 * @param {Store} store
 * @param {World} world
 * @returns {Promise<number>}
 */
async function dueTime({ kept }, { now, random }) {
  for (;;) {
    const stored = await kept.read("due");
    const today = seconds1970(now());
    if (Number.isSafeInteger(stored) && stored <= today + 2 * DAY) return stored;
    await kept.swap("due", (found) => Object.is(found, stored), today + Math.floor(random() * HOUR));
  }
}

/**
 * True for the one tab that fetches now.
 * @param {Store} store
 * @param {World} world
 */
async function claim({ kept }, { now, random }) {
  const today = seconds1970(now());
  return kept.swap("due", (due) => due <= today, today + DAY + Math.floor(random() * DAY));
}

/**
 * The file, or why it is none; null where there is nothing to be had.
 * @param {World["fetch"]} fetch
 * @returns {Promise<Uint8Array | Refused | null>}
 */
async function fetched(fetch) {
  try {
    const answer = await fetch(ADDRESS, {
      mode: "same-origin",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      cache: "no-store",
    });
    return answer.ok && answer.body ? await whole(answer.body.getReader()) : null;
  } catch {
    return null;
  }
}

/**
 * @param {ReadableStreamDefaultReader<Uint8Array>} reader
 * @returns {Promise<Uint8Array | Refused>}
 */
async function whole(reader) {
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MAX_SIZE) {
      await reader.cancel();
      return new Refused(Reason.TRUST_TOO_LARGE);
    }
    parts.push(value);
  }
  const file = new Uint8Array(size);
  parts.reduce((at, part) => (file.set(part, at), at + part.length), 0);
  return file;
}

/** @param {Date} time */
function seconds1970(time) {
  return Math.floor(time.getTime() / 1000);
}
