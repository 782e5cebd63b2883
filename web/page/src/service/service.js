/**
 * The service worker (specs/page.md, Offline): the files of one version of the page, all or none, without a network.
 * A classic script, since not every browser starts a module here.
 */

/**
 * `idcard phone-page` writes these two lines: SHA-256 in base64 by the name of each file of the page, and that of all.
 * @type {Record<string, string>}
 */
const FILES = {};
const VERSION = "";

const PREFIX = "idcard-";
const NAME = PREFIX + VERSION;
const worker = /** @type {any} */ (self);

/** @param {string} name */
const address = (name) => new URL(name, worker.registration.scope).href;
const addresses = () => new Map(Object.keys(FILES).map((name) => [address(name), name]));

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(keep()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(takeOver()));
// Until somebody says so, an old version goes on where it is open.
worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data === "take over") worker.skipWaiting();
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const asked = new URL(event.request.url);
  asked.search = "";
  asked.hash = "";
  const name = asked.href === address("./") ? "index.html" : addresses().get(asked.href);
  if (event.request.method === "GET" && name) event.respondWith(kept(name, event.request));
});

/** All files, each with its sum: `integrity` refuses another. */
async function keep() {
  const cache = await caches.open(NAME);
  await Promise.all(
    Object.entries(FILES).map(async ([name, sum]) => {
      const how = /** @type {const} */ ({ cache: "no-store", credentials: "omit", redirect: "error" });
      const answer = await fetch(address(name), { ...how, integrity: `sha256-${sum}` });
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
      await cache.put(address(name), answer);
    }),
  );
}

/** Forgets other versions, and answers the pages that are open, so that one visit is enough. */
async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/**
 * @param {string} name
 * @param {Request} request for where the browser has deleted the cache
 */
async function kept(name, request) {
  const found = await (await caches.open(NAME)).match(address(name));
  return found ?? fetch(request);
}
