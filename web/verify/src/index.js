/** The verifier: `Verifier.open(bytes)`, and `await verifier.verify(text, venueClass, { now })`, which gives a card or throws `Refused`. */

export { Malformed, Outcome, Reason, Refused } from "./errors.js";
export { Verifier } from "./verifier.js";
