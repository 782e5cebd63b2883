/** Every vector of each kind that a verifier answers. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ANSWERS } from "../support/vectors.js";

const VECTORS = new URL("../../../specs/vectors/", import.meta.url);
const { kinds: KINDS } = JSON.parse(readFileSync(new URL("manifest.json", VECTORS), "utf8"));

for (const [kind, answer] of Object.entries(ANSWERS)) {
  test(`every vector of kind ${kind}`, async () => {
    const files = Object.entries(KINDS[kind].sha256);
    assert.equal(files.length, KINDS[kind].count);
    const wrong = [];
    for (const [name, digest] of files) {
      const bytes = readFileSync(new URL(`${kind}/${name}`, VECTORS));
      assert.equal(createHash("sha256").update(bytes).digest("hex"), digest);
      const vector = JSON.parse(bytes.toString("utf8"));
      const found = await answer(vector);
      if (!isDeepStrictEqual(found, vector.expect)) wrong.push({ name, found, ...vector });
    }
    assert.deepEqual(wrong, []);
  });
}
