/**
 * Answers to what another verifier is asked too: JSON lines in, a line of answers for each.
 *
 *   {"places": [[trust file in base64, class, last day, [key in base64 that was killed, …]], …]}
 *   {"codes": [[text, number of the place, seconds since 1970], …]}
 *   {"files": [trust file in base64, …]}
 */

import { createInterface } from "node:readline";
import { hex } from "../src/bytes.js";
import { Refused } from "../src/errors.js";
import * as trustFile from "../src/trustFile.js";
import { Verifier } from "../src/verifier.js";

const fromBase64 = (text) => new Uint8Array(Buffer.from(text, "base64"));
const trusts = new Map();
let places = [];

async function place([file, venueClass, lastDay, killed]) {
  if (!trusts.has(file)) trusts.set(file, await trustFile.decode(fromBase64(file)));
  return [new Verifier(trusts.get(file), { killed: killed.map(fromBase64), lastDay }), venueClass];
}

async function reasonOr(answer) {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    throw error;
  }
}

function verdict([text, at, instant]) {
  const [verifier, venueClass] = places[at];
  return reasonOr(async () => {
    const card = await verifier.verify(text, venueClass, { now: new Date(instant * 1000) });
    return `accept ${card.proven} ${card.expires.getTime() / 1000} ${card.trustAgeDays} ${card.stale} ${card.photoCheck}`;
  });
}

function opened(file) {
  return reasonOr(async () => {
    const trust = await trustFile.decode(fromBase64(file));
    return `valid ${hex(trust.fingerprint)} ${hex(trust.listDigest)} ${trust.cancelled.size} ${trust.killNotes.length}`;
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.places) places = await Promise.all(asked.places.map(place));
  const answers = await Promise.all((asked.codes ?? []).map(verdict).concat((asked.files ?? []).map(opened)));
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
