/** `Verifier.open(bytes)`, and `await verifier.verify(text, venueClass, { now })`: a card, or `Refused` is thrown. */

export { Card } from "./card.js";
export { Malformed, Outcome, Reason, Refused } from "./errors.js";
export { Verifier } from "./verifier.js";
