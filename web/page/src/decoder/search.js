// Codes in a picture, by zxing-cpp: each attempt that finds more gives the list of all that were found so far.

import { binarizers, characterSets, defaultReaderOptions, eanAddOnSymbols, prepareZXingModule, textModes } from "zxing-wasm/reader";

import { attempts, SIDE, STILL } from "./attempts.js";
import { fromColours } from "./greys.js";
import { Moving } from "./likeness.js";
import { views } from "./views.js";

const MAX_FOUND = 99;
const MARK = "\ufeff"; // which some programs write into the codes that they draw
const OPTIONS = {
  ...defaultReaderOptions,
  formats: "QRCode",
  eanAddOnSymbol: eanAddOnSymbols.indexOf("Ignore"),
  textMode: textModes.indexOf("HRI"),
  characterSet: characterSets.indexOf("Unknown"),
};
const [ADAPTIVE, FIXED] = ["LocalAverage", "FixedThreshold"].map((name) => binarizers.indexOf(name));

export class Search {
  #zxing;
  #moving = new Moving();

  constructor(zxing) {
    this.#zxing = zxing;
  }

  // wasm: the bytes of the decoder, or a promise of them.
  static async begin(wasm) {
    const wasmBinary = await wasm;
    return new Search(await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true }));
  }

  // Lists of texts, one more each time. picture: ImageData. moving: whether it is one of a camera's many.
  *lists(picture, moving) {
    const found = new Set();
    const outcome = { found: 0 };
    const made = moving ? this.#moving.attempts(fromColours(picture), outcome) : ofStill(picture);
    for (const attempt of made) {
      const known = found.size;
      for (const text of this.#read(attempt)) if (found.size < MAX_FOUND) found.add(text);
      outcome.found = found.size;
      if (found.size > known) yield [...found];
      if (found.size === MAX_FOUND) return;
    }
  }

  #read({ picture: { width, height, data }, fixed }) {
    const zxing = this.#zxing;
    const at = zxing._malloc(data.length);
    if (!at) return []; // no memory for so large a picture; smaller ones go on
    try {
      zxing.HEAPU8.set(data, at);
      const codes = zxing.readBarcodesFromPixmap(at, width, height, { ...OPTIONS, binarizer: fixed ? FIXED : ADAPTIVE });
      try {
        return Array.from({ length: codes.size() }, (_, number) => codes.get(number))
          .filter(({ isValid }) => isValid)
          .map(({ text }) => (text.startsWith(MARK) ? text.slice(MARK.length) : text));
      } finally {
        codes.delete();
      }
    } finally {
      zxing._free(at);
    }
  }
}

function* ofStill(picture) {
  for (const [greys, further] of views(picture)) yield* attempts(greys, further ? SIDE : STILL);
}
