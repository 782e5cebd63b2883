/** A runtime whose WebCrypto has no Ed25519 answers all the same. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { ANSWERS } from "../support/vectors.js";

const DECISION = new URL("../../../specs/vectors/decision/", import.meta.url);

test("every vector of the decision", async () => {
  let asked = 0;
  Object.defineProperty(crypto.subtle, "importKey", {
    value: async () => {
      asked += 1;
      throw new DOMException("no Ed25519", "NotSupportedError");
    },
  });
  const wrong = [];
  for (const name of readdirSync(DECISION)) {
    const vector = JSON.parse(readFileSync(new URL(name, DECISION), "utf8"));
    const { outcome, reason } = await ANSWERS.decision(vector);
    if (outcome !== vector.expect.outcome || reason !== vector.expect.reason) wrong.push(name);
  }
  assert.deepEqual(wrong, []);
  assert.ok(asked > 100);
});
