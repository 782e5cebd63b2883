/** What is published: contents, size, types, and the example of the README. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = new URL("../", import.meta.url);
const PACKAGE = JSON.parse(readFileSync(new URL("package.json", HERE), "utf8"));
const VECTOR = JSON.parse(readFileSync(new URL("../../specs/vectors/decision/accept-library.json", HERE), "utf8"));
const MAX_BYTES = 15_000;

test("the lock file names no address", () => {
  const lock = JSON.parse(readFileSync(new URL("../package-lock.json", HERE), "utf8"));
  for (const [name, entry] of Object.entries(lock.packages)) {
    assert.ok(!entry.resolved || entry.link, name);
  }
});

test("the package has its sources, types, licence and README, and nothing else", () => {
  const printed = execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: HERE, stdio: ["ignore", "pipe", "ignore"] });
  const [{ files }] = JSON.parse(printed.toString("utf8").replace(/^[^[]*/, ""));
  const names = files.map((each) => each.path);
  for (const each of Object.values(PACKAGE.exports)) {
    for (const path of typeof each === "string" ? [each] : Object.values(each)) {
      assert.ok(names.includes(path.slice(2)), path);
    }
  }
  const others = names.filter((each) => !/^(src\/.*\.js|types\/.*\.d\.ts|LICENSE|README\.md|package\.json)$/.test(each));
  assert.deepEqual(others, []);
});

test("the verifier is small without the fallback", async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("src/index.js", HERE))],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    external: ["./fallback.js"],
  });
  const [size] = outputFiles.map((each) => gzipSync(each.contents, { level: 9 }).length);
  assert.ok(size <= MAX_BYTES, `${size} bytes`);
});

test("the example of the README runs, and the types are those of the sources", () => {
  const [, example] = /```js\n([^]*?)```/.exec(readFileSync(new URL("README.md", HERE), "utf8"));
  const folder = new URL("build/example/", HERE);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("city.idtrust", folder), Buffer.from(VECTOR.trust_file, "base64"));
  writeFileSync(new URL("example.js", folder), example);
  writeFileSync(
    new URL("clock.js", folder),
    `const Real = Date; globalThis.Date = class extends Real { constructor(...at) { super(...(at.length ? at : ["${VECTOR.now}"])); } };`,
  );
  const run = (text) =>
    execFileSync(process.execPath, ["--import", "./clock.js", "example.js", text], { cwd: folder }).toString("utf8");
  assert.equal(run(VECTOR.text), "accept: resident\n");
  assert.match(run(`${VECTOR.text}00`), /^reject: malformed\. The code is damaged/);
});
