/** Numbers of what is stored (specs/page.md, Two tabs): 32 random bits of where it began, and a count. */

const COUNT = 2 ** 20;

/** The first number of a memory that begins. */
export function first() {
  return crypto.getRandomValues(new Uint32Array(1))[0] * COUNT;
}

/**
 * The number of the next one.
 * @param {number | null} generation null where none is stored
 */
export function after(generation) {
  return generation === null ? first() : generation + 1;
}

/**
 * Whether one came of the other by writes alone, so that nothing between them was lost.
 * @param {number | null} earlier
 * @param {number | null} later
 */
export function follows(earlier, later) {
  if (earlier === null || later === null) return false;
  return later >= earlier && Math.floor(earlier / COUNT) === Math.floor(later / COUNT);
}
