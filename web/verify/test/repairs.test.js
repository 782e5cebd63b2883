import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";
import { Reason, Verifier } from "../src/index.js";
import { assemble } from "../src/paper.js";
import { advice, asText, isPosterCode, judgeTyped, readings, repairedLines, repairedPoster } from "../src/repairs/index.js";

const vector = (name) => JSON.parse(readFileSync(new URL(`../../../specs/vectors/${name}.json`, import.meta.url), "utf8"));
const swapped = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

describe("typed texts", () => {
  const { now, class: venueClass, trust_file: file, typed } = vector("typed/keyboard-belgian");
  const clock = { now: new Date(now) };
  const opened = Verifier.open(Uint8Array.from(Buffer.from(file, "base64")));

  test("a card, and what the clerk can do about the scanner", async () => {
    const { text, undone, card, refused } = await judgeTyped(await opened, typed, venueClass, clock);
    assert.match(text, /^IDC1:/);
    assert.equal(card?.venueClass, venueClass);
    assert.equal(refused, null);
    assert.match(advice(undone[0]), /Français \(Belgique\)|set the scanner to/);
    assert.equal(advice(undone[0], () => "{layout}!"), "Français (Belgique)!");
  });

  test("a refusal of the keyboard says where, and whom to ask", async () => {
    const { refused } = await judgeTyped(await opened, vector("typed/keyboard-unknown").typed, venueClass, clock);
    assert.equal(refused?.reason, Reason.KEYBOARD);
    assert.equal(refused?.asJSON().class, venueClass);
    assert.equal(refused?.asJSON().environment, "production");
    assert.ok(refused?.remedy.endsWith((await opened).trust.list.contact));
  });

  test("the first reading is the text as it came", async () => {
    const [asItCame] = readings(typed);
    assert.deepEqual(asItCame, { text: typed, undone: [] });
    assert.deepEqual(readings("hello"), [{ text: "hello", undone: [] }]);
  });
});

describe("posters", () => {
  const { texts } = vector("paper/codes-read-a-code-twice");

  test("typed with Caps Lock they are whole", () => {
    assert.deepEqual(assemble(texts.map((text) => repairedPoster(swapped(text)))), assemble(texts));
    assert.deepEqual(repairedLines(["", ...texts.map(swapped), " "]), [...new Set(texts)]);
  });

  test("up to the first that stays damaged", () => {
    const [first, second, ...others] = [...new Set(texts)];
    assert.equal(repairedLines([first, second.slice(0, -1), ...others]).length, 2);
    assert.throws(() => repairedLines(Array.from({ length: 100 }, (_, at) => `IDF1:${at}`)), /more codes/);
  });

  test("are told from cards", () => {
    assert.ok(isPosterCode(swapped(texts[0])));
    assert.ok(isPosterCode("IDF2:"));
    assert.ok(!isPosterCode(vector("decision/accept-library").text));
    assert.ok(!isPosterCode(swapped(vector("decision/accept-library").text)));
    assert.ok(!isPosterCode("hello"));
  });
});

test("bytes of Windows shells are text", () => {
  assert.equal(asText(Uint8Array.of(0xff, 0xfe, 0x49, 0, 0x44, 0)), "ID");
  assert.equal(asText(Uint8Array.of(0xff)), null);
});

test("the door for conformance answers what is not of the protocol, and the next line", () => {
  const program = fileURLToPath(new URL("../src/conformance.js", import.meta.url));
  const lines = [
    "hello", "[]", '{"id": 1.5}', '{"schema": 2, "id": 1}', '{"schema": 1, "id": 2, "kind": "batch", "given": {}}',
    '{"schema": 1, "id": 3, "kind": "toString", "given": {}}', '{"schema": 1, "id": 4, "kind": "memory"}',
    '{"schema": 1, "id": 9, "kind": "paper", "given": {"texts": []}}',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { input: lines.join("\n"), encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.deepEqual(
    stdout.trim().split("\n").map((line) => JSON.parse(line)),
    [
      { schema: 1, id: null, error: "malformed" },
      { schema: 1, id: null, error: "malformed" },
      { schema: 1, id: null, error: "malformed" },
      { schema: 1, id: 1, error: "unknown-schema" },
      { schema: 1, id: 2, error: "unknown-kind" },
      { schema: 1, id: 3, error: "unknown-kind" },
      { schema: 1, id: 4, error: "failed", message: "TypeError" },
      { schema: 1, id: 9, answer: { reason: "malformed" } },
    ],
  );
});
