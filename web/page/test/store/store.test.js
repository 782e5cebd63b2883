import assert from "node:assert/strict";
import { test } from "node:test";

import { Reason, Refused } from "@municipal-idcard/verify";
import { IDBFactory } from "fake-indexeddb";

import { open, State } from "../../src/store/index.js";
import { file, rules, versionOf } from "./madeUpCity.js";

const NOW = new Date("2026-12-01T10:00:00Z");
const BUILT_IN = file(["1"], 5);

/** A tab: every one with the same factory has the same storage. */
async function tab(t, { factory = new IDBFactory(), builtIn = BUILT_IN, secure = true, now = NOW } = {}) {
  const store = await open({ builtIn, secure, now, factory, rules });
  t.after(() => store.close());
  return store;
}

/** What is stored, read and written past the store. */
async function stored(factory, value) {
  const opening = factory.open("idcard", 1);
  const database = await new Promise((resolve) => (opening.onsuccess = () => resolve(opening.result)));
  const transaction = database.transaction("venue", "readwrite");
  const asked = value === undefined ? transaction.objectStore("venue").get("memory") : transaction.objectStore("venue").put(value, "memory");
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
  return asked.result;
}

async function deleted(factory) {
  const asked = factory.deleteDatabase("idcard");
  await new Promise((resolve) => (asked.onsuccess = resolve));
}

const refused = (outcome) => (outcome.outcome === "refused" ? outcome.refused.reason : outcome.outcome);

test("a first start begins anew with the built-in file, the next one goes on", async (t) => {
  const factory = new IDBFactory();
  const first = await tab(t, { factory });
  assert.equal(first.state, State.BEGINS_ANEW);
  assert.equal(versionOf(first), 5);
  const second = await tab(t, { factory });
  assert.equal(second.state, State.KEPT);
  assert.equal(second.generation, first.generation);
});

test("nothing older than the built-in file is taken, and a newer one stays when the page is older", async (t) => {
  const factory = new IDBFactory();
  const store = await tab(t, { factory });
  assert.equal(refused(await store.take(file(["1"], 4), { now: NOW })), Reason.TRUST_ROLLBACK);
  assert.equal(refused(await store.take(file(["1"], 9), { now: NOW })), "taken");
  assert.equal(refused(await store.take(file(["1"], 9), { now: NOW })), "same");
  assert.equal(versionOf(await tab(t, { factory })), 9);
  assert.equal(versionOf(await tab(t, { factory, builtIn: file(["1"], 12) })), 12);
});

test("the file of a newer page is in the memory before anything is judged", async (t) => {
  const factory = new IDBFactory();
  await tab(t, { factory });
  const store = await tab(t, { factory, builtIn: file(["1", "2"], 1) });
  assert.equal(store.state, State.KEPT);
  assert.equal(await store.verdictWith(({ version }) => version, { now: NOW }), 1);
});

test("an alarm is shown, and the memory stays", async (t) => {
  const factory = new IDBFactory();
  await tab(t, { factory });
  const store = await tab(t, { factory, builtIn: file(["1"], 5, "another") });
  assert.equal(store.alarm?.reason, Reason.TRUST_EQUIVOCATION);
  assert.equal(store.state, State.KEPT);
  assert.deepEqual(store.memory.file, BUILT_IN);
});

test("two tabs, two hundred rounds: newer and older files, notes, and no verdict by a memory that was replaced", async (t) => {
  const factory = new IDBFactory();
  const tabs = [await tab(t, { factory }), await tab(t, { factory })];
  let newest = 5;
  for (let round = 0; round < 200; round++) {
    const [one, other] = round % 2 ? tabs : [...tabs].reverse();
    const version = 6 + round;
    const note = new TextEncoder().encode(`note ${round % 20}`);
    const judged = one.verdictWith(
      async ({ version }) => {
        // Between the beginning of a verdict and its end the other tab takes a file.
        if (version < 6 + round) await other.take(file(["1"], 6 + round), { now: NOW });
        return version;
      },
      { now: NOW },
    );
    const done = [judged, one.take(file(["1"], version - 1 - (round % 3)), { now: NOW }), other.applyKillNote(note, { now: NOW })];
    const [verdict] = await Promise.all(done);
    newest = Math.max(newest, version);
    assert.equal(verdict, newest);
  }
  for (const each of tabs) await each.settle(NOW);
  assert.deepEqual(tabs.map(versionOf), [newest, newest]);
  assert.deepEqual(tabs.map(({ memory }) => memory.notes.length), [20, 20]);
  assert.equal(tabs[0].generation, tabs[1].generation);
});

test("a verdict is made again where another tab changed the memory meanwhile, a refusal too", async (t) => {
  const factory = new IDBFactory();
  const [one, other] = [await tab(t, { factory }), await tab(t, { factory })];
  const seen = [];
  const verdict = one.verdictWith(
    async ({ version }) => {
      seen.push(version);
      if (version === 5) {
        await other.take(file(["1"], 6), { now: NOW });
        throw new Refused(Reason.CANCELLED);
      }
      return "accepted";
    },
    { now: NOW },
  );
  assert.equal(await verdict, "accepted");
  assert.deepEqual(seen, [5, 6]);
  const refusing = one.verdictWith(() => Promise.reject(new Refused(Reason.EXPIRED)), { now: NOW });
  await assert.rejects(refusing, { reason: Reason.EXPIRED });
});

test("storage that is deleted: an open tab writes what it holds, a new one begins anew", async (t) => {
  const factory = new IDBFactory();
  const store = await tab(t, { factory });
  await store.take(file(["1"], 9), { now: NOW });
  const before = store.generation;
  await deleted(factory);
  assert.equal(await store.verdictWith(({ version }) => version, { now: NOW }), 9);
  assert.equal(versionOf(await tab(t, { factory })), 9);
  assert.notEqual(Math.floor(store.generation / 2 ** 20), Math.floor(before / 2 ** 20));
  await deleted(factory);
  const anew = await tab(t, { factory });
  assert.equal(anew.state, State.BEGINS_ANEW);
  assert.equal(versionOf(anew), 5);
});

test("a tab that held more joins what began anew beside it", async (t) => {
  const factory = new IDBFactory();
  const old = await tab(t, { factory });
  await old.take(file(["1"], 9), { now: NOW });
  await old.applyKillNote(new TextEncoder().encode("key"), { now: NOW });
  await deleted(factory);
  const anew = await tab(t, { factory });
  assert.equal(versionOf(anew), 5);
  await old.settle(NOW);
  await anew.settle(NOW);
  for (const each of [old, anew]) {
    assert.equal(versionOf(each), 9);
    assert.equal(each.memory.notes.length, 1);
  }
});

test("another root judges nothing, takes no file of its city, and begins anew with words from paper alone", async (t) => {
  const factory = new IDBFactory();
  const old = await tab(t, { factory });
  await old.applyKillNote(new TextEncoder().encode("key"), { now: NOW });
  const builtIn = file(["7"], 1);
  const store = await tab(t, { factory, builtIn });
  assert.equal(store.state, State.ANOTHER_ROOT);
  await assert.rejects(store.verdictWith(() => "accepted", { now: NOW }), { reason: Reason.TRUST_FOREIGN });
  assert.equal(refused(await store.take(builtIn, { now: NOW })), Reason.TRUST_FOREIGN);
  assert.equal(refused(await store.beginAnew("some words", { now: NOW })), "unreadable");
  const wrong = "08".repeat(16);
  assert.equal(refused(await store.beginAnew(wrong, { now: NOW })), Reason.TRUST_ANCHOR);
  assert.equal(store.state, State.ANOTHER_ROOT);
  assert.equal(refused(await store.beginAnew("07".repeat(16), { now: NOW })), "taken");
  assert.equal(store.state, State.BEGINS_ANEW);
  assert.equal(store.memory.notes.length, 0);
  assert.equal(await store.verdictWith(({ version }) => version, { now: NOW }), 1);
  // The page of the old city, which is still open, now is the one that is wrong.
  await assert.rejects(old.verdictWith(() => "accepted", { now: NOW }), { reason: Reason.TRUST_FOREIGN });
});

test("a file that leads from the memory's root to the page's ends it", async (t) => {
  const factory = new IDBFactory();
  await tab(t, { factory });
  const store = await tab(t, { factory, builtIn: file(["3"], 1) });
  assert.equal(store.state, State.ANOTHER_ROOT);
  assert.equal(refused(await store.take(file(["1", "2", "3"], 1), { now: NOW })), "taken");
  assert.equal(store.state, State.KEPT);
});

test("a page of an older root goes on with a memory that knows it", async (t) => {
  const factory = new IDBFactory();
  await tab(t, { factory, builtIn: file(["1", "2"], 1) });
  const store = await tab(t, { factory });
  assert.equal(store.state, State.KEPT);
  assert.equal(versionOf(store), 1);
});

test("without a secure origin nothing is stored, and each start begins with the built-in file", async (t) => {
  const factory = new IDBFactory();
  const store = await tab(t, { factory, secure: false });
  assert.equal(store.state, State.NOT_KEPT);
  assert.equal(refused(await store.take(file(["1"], 9), { now: NOW })), "taken");
  assert.equal(await store.verdictWith(({ version }) => version, { now: NOW }), 9);
  await store.choose({ venueClass: "pool", language: "es" });
  assert.deepEqual(await store.choices(), { venueClass: "pool", language: "es" });
  assert.equal(versionOf(await tab(t, { factory, secure: false })), 5);
  assert.deepEqual(await factory.databases(), []);
});

test("a browser that refuses, at the start or later, keeps nothing", async (t) => {
  const refusing = { open: () => { throw new DOMException("denied", "SecurityError"); } };
  assert.equal((await tab(t, { factory: refusing })).state, State.NOT_KEPT);
  const factory = new IDBFactory();
  const store = await tab(t, { factory });
  await store.take(file(["1"], 9), { now: NOW });
  await deleted(factory);
  factory.open = refusing.open;
  assert.equal(await store.verdictWith(({ version }) => version, { now: NOW }), 9);
  assert.equal(store.state, State.NOT_KEPT);
});

test("a memory that cannot be read begins anew, but an open tab has one", async (t) => {
  const factory = new IDBFactory();
  const store = await tab(t, { factory });
  await store.take(file(["1"], 9), { now: NOW });
  for (const value of [{ generation: 3, bytes: "text" }, { generation: "x", bytes: new Uint8Array(3) }, 7]) {
    await stored(factory, value);
    await store.settle(NOW);
    assert.equal(versionOf(store), 9);
    assert.equal((await stored(factory)).generation, store.generation);
  }
  await stored(factory, { generation: 8, bytes: new Uint8Array(3) });
  assert.equal((await tab(t, { factory })).state, State.BEGINS_ANEW);
});

test("a memory of a newer program is left as it is", async (t) => {
  const factory = new IDBFactory();
  await tab(t, { factory });
  const newer = { generation: 8, bytes: new TextEncoder().encode("newer") };
  await stored(factory, newer);
  await assert.rejects(tab(t, { factory }), { reason: Reason.NEWER_PROGRAM });
  assert.deepEqual(await stored(factory), newer);
});

test("the last day is written with the first verdict of a day", async (t) => {
  const factory = new IDBFactory();
  const store = await tab(t, { factory });
  const { generation } = store;
  await store.verdictWith(() => 0, { now: NOW });
  assert.equal(store.generation, generation);
  const tomorrow = new Date(NOW.getTime() + 86_400_000);
  await store.verdictWith(() => 0, { now: tomorrow });
  await store.verdictWith(() => 0, { now: tomorrow });
  assert.equal(store.generation, generation + 1);
});

test("whoever listens is told of changes here and in another tab", async (t) => {
  const factory = new IDBFactory();
  const [one, other] = [await tab(t, { factory }), await tab(t, { factory })];
  const told = new Promise((resolve) => other.on("change", () => versionOf(other) === 6 && resolve()));
  let here = 0;
  const end = one.on("change", () => here++);
  await one.take(file(["1"], 6), { now: NOW });
  assert.ok(here > 0);
  await told;
  end();
  const until = here;
  await one.take(file(["1"], 7), { now: NOW });
  assert.equal(here, until);
});

test("choices are kept, and nothing but them", async (t) => {
  const factory = new IDBFactory();
  const store = await tab(t, { factory });
  await store.choose({ venueClass: "pool", language: "es", code: "IDC1:" });
  assert.deepEqual(await (await tab(t, { factory })).choices(), { venueClass: "pool", language: "es" });
});

test("the browser is asked to keep what is stored, and nothing waits for its answer", async (t) => {
  const store = await tab(t);
  let answer = () => {};
  store.askToLast({ persist: () => new Promise((resolve) => (answer = resolve)) });
  assert.equal(store.persistent, null);
  const told = new Promise((resolve) => store.on("change", resolve));
  answer(true);
  await told;
  assert.equal(store.persistent, true);
});
