import assert from "node:assert/strict";
import { test } from "node:test";

import { fingerprintGroups, fingerprintWords, parseFingerprint } from "../../src/store/index.js";

/** As `idcard trust show` writes it. */
const FINGERPRINT = Uint8Array.from({ length: 16 }, (_, at) => 0x11 * (at % 16));
const GROUPS = "0011 2233 4455 6677 8899 aabb ccdd eeff";
const WORDS = "abandon math mimic master filter design carbon crystal rookie group knife young";

test("a fingerprint in digits and in words", () => {
  assert.equal(fingerprintGroups(FINGERPRINT), GROUPS);
  assert.equal(fingerprintWords(FINGERPRINT), WORDS);
  assert.equal(fingerprintWords(new Uint8Array(16)), `${"abandon ".repeat(11)}about`);
});

for (const text of [
  GROUPS,
  GROUPS.toUpperCase(),
  "0x00112233-44556677:8899aabb ccddeeff",
  WORDS,
  ` ${WORDS.toUpperCase()} \n`,
  WORDS.split(" ").map((word, at) => `${at + 1}. ${word}`).join("\r\n"),
  WORDS.replaceAll(" ", "\u00a0,\u200b "),
]) {
  test(`read as people type it: ${JSON.stringify(text)}`, () => assert.deepEqual(parseFingerprint(text), FINGERPRINT));
}

for (const text of ["", GROUPS.slice(1), `${GROUPS}0`, WORDS.replace("math", "maths"), WORDS.replace("math", "mimic"),
  WORDS.replace("abandon ", ""), `${WORDS} young`, WORDS.split(" ").reverse().join(" ")]) {
  test(`not a fingerprint: ${JSON.stringify(text)}`, () => assert.equal(parseFingerprint(text), null));
}
