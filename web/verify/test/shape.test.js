import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

test("the lock file names no address", () => {
  const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
  for (const [name, entry] of Object.entries(lock.packages)) {
    assert.ok(!entry.resolved || entry.link, name);
  }
});
