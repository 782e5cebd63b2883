import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ANSWERS } from "../support/vectors.js";

const VECTORS = new URL("../../../specs/vectors/", import.meta.url);
const { kinds: KINDS } = JSON.parse(readFileSync(new URL("manifest.json", VECTORS), "utf8"));

for (const [kind, answer] of Object.entries(ANSWERS)) {
  describe(kind, () => {
    const files = Object.entries(KINDS[kind].sha256);
    test("all are there", () => assert.equal(files.length, KINDS[kind].count));
    for (const [name, digest] of files) {
      test(name, async () => {
        const bytes = readFileSync(new URL(`${kind}/${name}`, VECTORS));
        assert.equal(createHash("sha256").update(bytes).digest("hex"), digest);
        const vector = JSON.parse(bytes.toString("utf8"));
        assert.deepEqual(await answer(vector), vector.expect, vector.fault);
      });
    }
  });
}
