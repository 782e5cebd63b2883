import assert from "node:assert/strict";
import { test } from "node:test";

import { Reason } from "@municipal-idcard/verify";
import { IDBFactory } from "fake-indexeddb";

import { keepFresh, refresh } from "../../src/store/freshness.js";
import { open } from "../../src/store/index.js";
import { file, rules, versionOf } from "./madeUpCity.js";

const START = Date.parse("2026-12-01T10:00:00Z");
const HOUR = 3600;
const DAY = 24 * HOUR;

/** A browser whose clock stands still but for `pass`. */
class Browser {
  seconds = 0;
  online = true;
  random = 0.5;
  fetched = [];
  waiting = [];
  factory = new IDBFactory();
  answer = () => new Response(file(["1"], 9));

  constructor(t) {
    this.t = t;
  }

  now = () => new Date(START + this.seconds * 1000);

  async tab({ secure = true } = {}) {
    const store = await open({ builtIn: file(["1"], 5), secure, now: this.now(), factory: this.factory, rules });
    this.t.after(() => store.close());
    await keepFresh(store, {
      now: this.now,
      random: () => this.random,
      fetch: async (...asked) => {
        this.fetched.push([this.seconds, ...asked]);
        return this.answer();
      },
      wait: (act, seconds) => this.waiting.push({ act, at: this.seconds + seconds }),
      online: () => this.online,
    });
    return store;
  }

  /** So many seconds, with all that happens in them. */
  async pass(seconds) {
    const end = this.seconds + seconds;
    for (;;) {
      const next = this.waiting.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.seconds = Math.max(this.seconds, next.at);
      await next.act();
    }
    this.seconds = end;
  }
}

test("fetched once within the first hour, and then at most once a day", async (t) => {
  const browser = new Browser(t);
  const store = await browser.tab();
  await browser.pass(HOUR / 4);
  assert.equal(browser.fetched.length, 0);
  await browser.pass(HOUR);
  assert.equal(browser.fetched.length, 1);
  assert.equal(versionOf(store), 9);
  for (const random of [0, 0.999, 0.3, 0.7]) {
    browser.random = random;
    await browser.pass(5 * DAY);
  }
  const times = browser.fetched.map(([at]) => at);
  const gaps = times.slice(1).map((at, number) => at - times[number]);
  assert.ok(gaps.length >= 10);
  assert.ok(gaps.every((gap) => gap >= DAY && gap <= 2 * DAY + HOUR), String(gaps));
});

test("it asks for that one file, and tells the server nothing", async (t) => {
  const browser = new Browser(t);
  await browser.tab();
  await browser.pass(HOUR);
  const [, address, how] = browser.fetched[0];
  assert.equal(address, "city.idtrust");
  assert.deepEqual(how, {
    mode: "same-origin",
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
    cache: "no-store",
  });
});

test("two tabs fetch once, and a page that is opened often fetches no more", async (t) => {
  const browser = new Browser(t);
  for (let start = 0; start < 20; start++) await browser.tab();
  await browser.pass(20 * HOUR);
  assert.equal(browser.fetched.length, 1);
});

test("what fell due while the page was closed waits a little", async (t) => {
  const browser = new Browser(t);
  await browser.tab();
  browser.waiting = [];
  browser.seconds = 3 * DAY;
  await browser.tab();
  await browser.pass(299);
  assert.equal(browser.fetched.length, 0);
  await browser.pass(2);
  assert.equal(browser.fetched.length, 1);
});

test("without a network the day is not used up", async (t) => {
  const browser = new Browser(t);
  browser.online = false;
  await browser.tab();
  await browser.pass(10 * HOUR);
  assert.equal(browser.fetched.length, 0);
  browser.online = true;
  await browser.pass(HOUR);
  assert.equal(browser.fetched.length, 1);
});

test("a clock that was ahead does not put it off for ever", async (t) => {
  const browser = new Browser(t);
  browser.seconds = 1000 * DAY;
  await browser.tab();
  browser.waiting = [];
  browser.seconds = 0;
  await browser.tab();
  await browser.pass(HOUR);
  assert.equal(browser.fetched.length, 1);
});

test("where nothing is stored it is fetched too, if it can be", async (t) => {
  const browser = new Browser(t);
  const store = await browser.tab({ secure: false });
  await browser.pass(HOUR);
  assert.equal(versionOf(store), 9);
});

/** A file of 8 MiB; how much of it was read. */
function tooLarge() {
  const read = { bytes: 0, cancelled: false };
  const body = new ReadableStream({
    pull(controller) {
      read.bytes += 65536;
      controller.enqueue(new Uint8Array(65536));
      if (read.bytes === 8 << 20) controller.close();
    },
    cancel: () => void (read.cancelled = true),
  });
  return { read, answer: new Response(body) };
}

test("no more than 2 MiB are read, whatever the server sends", async (t) => {
  const browser = new Browser(t);
  const store = await browser.tab();
  const { read, answer } = tooLarge();
  await refresh(store, { fetch: async () => answer, now: browser.now });
  assert.ok(read.cancelled);
  assert.ok(read.bytes <= (2 << 20) + 3 * 65536, String(read.bytes));
  assert.equal(store.alarm?.reason, Reason.TRUST_TOO_LARGE);
  assert.equal(versionOf(store), 5);
});

for (const [what, answer, alarm] of [
  ["an older file", () => new Response(file(["1"], 2)), undefined],
  ["a page of some network", () => new Response("<html>"), undefined],
  ["a page that is not there", () => new Response("", { status: 404 }), undefined],
  ["no network", () => Promise.reject(new TypeError("failed")), undefined],
  ["another city's file", () => new Response(file(["7"], 2)), Reason.TRUST_FOREIGN],
  ["another list of the same version", () => new Response(file(["1"], 5, "x")), Reason.TRUST_EQUIVOCATION],
]) {
  test(`${what} changes nothing${alarm ? ", and is shown" : ""}`, async (t) => {
    const browser = new Browser(t);
    const store = await browser.tab();
    await refresh(store, { fetch: async () => answer(), now: browser.now });
    assert.equal(versionOf(store), 5);
    assert.equal(store.alarm?.reason, alarm);
  });
}
