/** The vectors of specs/vectors through this verifier: what it answers to one of each kind, as the vector has it. */

import { answer } from "../src/vectorAnswers.js";

/** @param {string} kind */
const answered = (kind) => async ({ fault: _, expect, ...given }) => {
  const { layer, ...asked } = expect;
  return { ...(await answer(kind, given)), ...(layer === undefined ? {} : { layer }) };
};

/** The answer to each kind of vector. The layer is not asked for. */
export const ANSWERS = Object.fromEntries(["decision", "typed", "memory", "paper"].map((kind) => [kind, answered(kind)]));
