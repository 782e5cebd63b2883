/**
 * Answers what the repairs of another program are asked too: JSON lines in, a line for each.
 *
 *   ["card" or "poster", text]   → [[reading, [what was undone, …]], …]
 *   ["several", text]            → [[line, code], …]
 *   ["bytes", base64]            → text, or null
 *   ["advice", what was undone]  → sentence
 */

import { createInterface } from "node:readline";
import { asText } from "../src/repairs/encodings.js";
import { CARD, POSTER } from "../src/repairs/extent.js";
import { begins, readings, several } from "../src/repairs/readings.js";
import * as pattern from "../src/repairs/pattern.js";
import { advice } from "../src/repairs/scanner.js";
import { stripped, visible } from "../src/repairs/unseen.js";

const KINDS = { card: CARD, poster: POSTER };

function answer([what, text]) {
  if (what === "advice") return advice(text);
  if (what === "bytes") return asText(new Uint8Array(Buffer.from(text, "base64")));
  if (what === "several") return [...several(text)];
  const found = readings(text, KINDS[what]).map((each) => [each.text, each.undone]);
  return [found, begins(text, KINDS[what]), pattern.isOfCard(stripped(visible(text)))];
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
