/**
 * Seconds of the processor, in all threads, for one verdict and for one bare verification by WebCrypto, in rounds that
 * time both in turn: one JSON object in (file, text, class, now, rounds, calls), a list of rounds out.
 */

import { readFileSync } from "node:fs";
import { encode } from "../src/cbor.js";
import { toBeSigned1 } from "../src/cose.js";
import { decode } from "../src/credential.js";
import { externalAad } from "../src/document.js";
import { decode as decodeText } from "../src/text.js";
import { Verifier } from "../src/verifier.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
const verifier = await Verifier.open(new Uint8Array(Buffer.from(asked.file, "base64")));
const now = new Date(asked.now);
const { message } = decode(decodeText(asked.text).data);
const signed = toBeSigned1(message, encode(externalAad("idcard.code", verifier.trust)));
const keys = await Promise.all(
  verifier.trust.list.keys.map(({ key }) => crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"])),
);
const answers = await Promise.all(keys.map((key) => crypto.subtle.verify("Ed25519", key, message.signature, signed)));
const key = keys[answers.indexOf(true)];

const calls = {
  verdict: () => verifier.verify(asked.text, asked.class, { now }),
  WebCrypto: () => crypto.subtle.verify("Ed25519", key, message.signature, signed),
};
const rounds = [];
for (let count = 0; count < asked.rounds; count++) {
  const round = {};
  for (const [name, call] of Object.entries(calls)) {
    const begin = process.cpuUsage();
    for (let repeat = 0; repeat < asked.calls; repeat++) await call();
    const { user, system } = process.cpuUsage(begin);
    round[name] = (user + system) / asked.calls / 1e6;
  }
  rounds.push(round);
}
process.stdout.write(JSON.stringify(rounds));
