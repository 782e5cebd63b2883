/** With which memory a page goes on, of what is stored, what it held and what was built into it (specs/page.md). */

import { Reason, Refused } from "@municipal-idcard/verify";

/** @typedef {import("@municipal-idcard/verify/memory").Memory} Memory */
/** @typedef {import("@municipal-idcard/verify").Verifier} Verifier */
/** @typedef {import("@municipal-idcard/verify/errors").ReasonName} ReasonName */

/**
 * What the verifier's package says of memories; a test has shorter rules.
 * @typedef {typeof import("@municipal-idcard/verify/memory") & {
 *   verifierOf: (memory: Memory) => Promise<Verifier>
 * }} Rules
 */

/**
 * @typedef {object} Beginning
 * @property {Memory} memory
 * @property {boolean} anew nothing was there
 * @property {boolean} anotherRoot the built-in file neither continues nor precedes the memory
 * @property {Refused | null} alarm
 */

/** @type {ReadonlySet<ReasonName>} */
const ANOTHER_ROOT = new Set([Reason.TRUST_FOREIGN, Reason.TRUST_GAP]);
/** @type {ReadonlySet<ReasonName>} somebody who can sign tells venues different things: for people to know */
export const ALARMS = new Set([Reason.TRUST_EQUIVOCATION, Reason.TRUST_TAKES_BACK]);
/** @type {ReadonlySet<ReasonName>} the memory is as new, or the built-in file is past its time: nothing to say */
const QUIET = new Set([Reason.TRUST_ROLLBACK, Reason.ROOT_EXPIRED]);

/**
 * Rejects with Refused where nothing can begin: `newer-program`, or the built-in file is none.
 * @param {{ stored: Uint8Array | null, own: Memory | null, isLater: boolean, builtIn: Uint8Array }} found stored: a
 *   memory in bytes. own: what this tab holds. isLater: the one stored came of it by writes alone
 * @param {{ now: Date, rules: Rules }} how
 * @returns {Promise<Beginning>}
 */
export async function begin({ stored, own, isLater, builtIn }, { now, rules }) {
  const read = stored && (await readable(stored, rules));
  const held = read && own && !isLater ? await joined(read, own, { now, rules }) : (read ?? own);
  if (!held) return { memory: await rules.install(builtIn, { now }), anew: true, anotherRoot: false, alarm: null };
  const result = { memory: held, anew: false, anotherRoot: false, alarm: /** @type {Refused | null} */ (null) };
  try {
    result.memory = await rules.update(held, builtIn, { now });
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if (ANOTHER_ROOT.has(problem.reason)) result.anotherRoot = true;
    else if (ALARMS.has(problem.reason)) result.alarm = problem;
    else if (!QUIET.has(problem.reason)) throw problem;
  }
  return result;
}

/**
 * Null for a damaged one: a browser that loses a part is no worse than one that loses all.
 * @param {Uint8Array} stored
 * @param {Rules} rules
 */
async function readable(stored, rules) {
  try {
    return await rules.decode(stored);
  } catch (problem) {
    if (problem instanceof Refused && problem.reason === Reason.MEMORY_DAMAGED) return null;
    throw problem;
  }
}

/**
 * The newer of both files, and the kill notes of both; what is stored, where the files have nothing in common.
 * @param {Memory} stored
 * @param {Memory} own
 * @param {{ now: Date, rules: Rules }} how
 */
async function joined(stored, own, { now, rules }) {
  let memory = stored;
  try {
    memory = await rules.update(stored, own.file, { now });
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if (ANOTHER_ROOT.has(problem.reason)) return stored;
  }
  return rules.joined(memory, own);
}
