// Which of several codes in a picture, or readings of a line, is judged (idcard/verify/choice.py).

import { Outcome, Reason, Refused } from "@municipal-idcard/verify";

const [ACCEPTED, CANNOT_SAY, REJECTED] = [5, 4, 3];
// Rejections that say little about a holder who shows several codes.
const RANKS = new Map([
  [Reason.NOT_A_CODE, 0],
  [Reason.MALFORMED, 1],
  [Reason.WRONG_ENVIRONMENT, 2],
  [Reason.WRONG_CLASS, 2],
  [Reason.NO_HANDLE, 2],
]);
// Every other code would get these too: the class or the trust file is the reason.
const NONE_IS_ACCEPTED = [Reason.UNKNOWN_CLASS, Reason.ROOT_EXPIRED, Reason.TRUST_EXPIRED, Reason.TRUST_TOO_OLD];

// {text, card} or {text, refused}: what is said of one text.
export async function judged(verifier, text, venueClass, now) {
  try {
    return { text, card: await verifier.verify(text, venueClass, { now }) };
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    return { text, refused: problem };
  }
}

function rank({ card, refused }) {
  if (card) return ACCEPTED;
  return refused.outcome === Outcome.CANNOT_SAY ? CANNOT_SAY : (RANKS.get(refused.reason) ?? REJECTED);
}

// The first accepted text; where none is, the first of those with the highest rank.
export async function best(verifier, texts, venueClass, now) {
  let found = null;
  for (const text of texts) {
    const each = await judged(verifier, text, venueClass, now);
    if (each.card) return each;
    if (!found || rank(each) > rank(found)) found = each;
  }
  return found;
}

// Whether to stop searching a picture: a code is accepted, or none would be, here and now.
export async function settles(verifier, texts, venueClass, now) {
  for (const text of texts) {
    const { card, refused } = await judged(verifier, text, venueClass, now);
    if (card || NONE_IS_ACCEPTED.includes(refused.reason)) return true;
  }
  return false;
}
