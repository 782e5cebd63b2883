#!/usr/bin/env node
/** The door of this verifier for `idcard conformance` (specs/conformance.md): one JSON object a line in, one out. */

import { createInterface } from "node:readline";
import { answer } from "./vectorAnswers.js";

const SCHEMA = 1;

/** @param {string} line */
async function answered(line) {
  let asked = null;
  try {
    asked = JSON.parse(line);
  } catch {
    // It is malformed.
  }
  if (!Number.isInteger(asked?.id)) return { schema: SCHEMA, id: null, error: "malformed" };
  const begun = { schema: SCHEMA, id: asked.id };
  if (asked.schema !== SCHEMA) return { ...begun, error: "unknown-schema" };
  try {
    const said = await answer(asked.kind, asked.given);
    return said ? { ...begun, answer: said } : { ...begun, error: "unknown-kind" };
  } catch (error) {
    return { ...begun, error: "failed", message: error instanceof Error ? error.name : "" };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(await answered(line))}\n`);
}
