// Whether a camera's picture looks like the one before (idcard/pictures/camera.py): most show no code, and further attempts
// find in the same picture what they found before.

import { attempts, MOVING } from "./attempts.js";
import { combined, inCells, made } from "./greys.js";

const CELL = 16; // pixels of a cell's side
const [LIGHTER, SHARPER] = [12, 12]; // greys by which a cell, or the edges in it, may differ in a picture of the same
const TIMES = 4; // pictures alike in which further attempts are made
const EDGE = 2; // pixels between the two sides of an edge
const ROWS = 4; // of these, edges are looked for in one

// How light a picture is, cell by cell, and how sharp: no code can be read from either.
function likenessOf(greys) {
  const edges = made(greys.width, Math.ceil(greys.height / ROWS));
  for (let y = 0, at = 0; y < edges.height; y += 1) {
    const row = Math.min(greys.height - 1, y * ROWS + ROWS / 2) * greys.width;
    for (let x = 0; x < greys.width; x += 1, at += 1) {
      const before = x < EDGE ? x - EDGE + greys.width : x - EDGE;
      edges.data[at] = Math.abs(greys.data[row + x] - greys.data[row + before]);
    }
  }
  return { light: inCells(greys, CELL, CELL), edges: inCells(edges, CELL, CELL / ROWS) };
}

function differ(one, other) {
  if (one.width !== other.width || one.height !== other.height) return 256;
  return combined(one, other, (left, right) => Math.abs(left - right)).data.reduce((most, each) => Math.max(most, each), 0);
}

export class Moving {
  #searched = null; // likeness of the picture in which the further attempts were all made, and found nothing
  #times = 0; // that they were made, in it and in those like it

  // The attempts at a picture; `found` of the object counts those that read a code.
  *attempts(greys, outcome) {
    const likeness = likenessOf(greys);
    const apart = this.#searched && [differ(likeness.light, this.#searched.light), differ(likeness.edges, this.#searched.edges)];
    const isLike = Boolean(apart) && apart[0] <= LIGHTER && apart[1] <= SHARPER;
    const isSame = isLike && apart[0] === 0 && apart[1] === 0;
    const isSearched = !isLike || (!isSame && this.#times < TIMES);
    const every = attempts(greys, MOVING);
    yield every.next().value;
    const first = outcome.found;
    if (isSearched) yield* every;
    if (outcome.found > first) {
      this.#searched = null;
    } else if (!isLike) {
      [this.#searched, this.#times] = [likeness, 1];
    } else if (isSearched) {
      this.#times += 1;
    }
  }
}
