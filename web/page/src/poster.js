// The codes of a poster, collected from several pictures (specs/paper.md, Codes).

import { Malformed } from "@municipal-idcard/verify";
import * as paper from "@municipal-idcard/verify/paper";

const MAX_COUNT = 99;

// The codes of one poster seen so far, at most as many as one has.
export class Poster {
  #texts = new Set();

  // {seen, count, missing} while codes are missing, {prefix, data} once there are all. A code of another poster starts anew.
  // Throws Malformed for codes that do not belong together, and Refused.
  see(texts) {
    const together = new Set([...this.#texts, ...texts]);
    try {
      // Otherwise somebody could fill the memory with codes that pretend to be of one poster.
      return this.#collected(together.size <= MAX_COUNT ? together : new Set(texts));
    } catch (problem) {
      const isAllNew = [...this.#texts].every((text) => texts.includes(text));
      if (!(problem instanceof Malformed) || isAllNew) throw problem;
      return this.#collected(new Set(texts));
    }
  }

  #collected(texts) {
    try {
      const whole = paper.assemble(texts);
      this.#texts = new Set();
      return whole;
    } catch (problem) {
      if (!(problem instanceof paper.Missing)) throw problem;
      this.#texts = texts;
      return { seen: texts.size, count: texts.size + problem.numbers.length, missing: problem.numbers };
    }
  }
}
