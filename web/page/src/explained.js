// The second tab: what every byte of a code says, for its holder.

import { Malformed, Reason, Refused } from "@municipal-idcard/verify";
import { explain } from "@municipal-idcard/verify/explain";

import { tell } from "/sentences.js";

const BYTES_A_LINE = 8;

const inHex = (data) => {
  const pairs = Array.from(data, (byte) => byte.toString(16).padStart(2, "0"));
  const lines = [];
  for (let at = 0; at < pairs.length; at += BYTES_A_LINE) lines.push(pairs.slice(at, at + BYTES_A_LINE).join(" "));
  return lines.join("\n");
};

// {parts, summary} in words, or the Refused that says why not.
export function explained(text, translate) {
  try {
    return explain(text, translate);
  } catch (problem) {
    if (problem instanceof Refused) return problem;
    if (problem instanceof Malformed) return new Refused(Reason.MALFORMED);
    throw problem;
  }
}

export function paintExplained({ summary, bytes }, found) {
  summary.replaceChildren(...found.summary.map((sentence) => {
    const line = document.createElement("p");
    tell(line, sentence);
    return line;
  }));
  bytes.replaceChildren(...found.parts.map(({ data, meaning }) => {
    const row = document.createElement("tr");
    const [shown, said] = [document.createElement("td"), document.createElement("td")];
    shown.textContent = inHex(data);
    tell(said, meaning);
    row.append(shown, said);
    return row;
  }));
}
