// A page of a city that this device does not know (specs/page.md, Another root): both fingerprints, and a field for the words.

import { translatable } from "./language.js";

const NOT_WORDS = translatable("These are not the twelve words as the city says them.");

export class AnotherCity {
  #byId;
  #store = null;

  // language(): the one that the page speaks.
  constructor(byId, language) {
    this.#byId = byId;
    byId("first").addEventListener("submit", async (event) => {
      event.preventDefault();
      const { outcome, refused } = await this.#store.beginAnew(byId("fingerprint").value);
      const [problem] = refused?.inWords(language().translate) ?? [language().translate(NOT_WORDS)];
      byId("compared_not").textContent = outcome === "taken" || outcome === "same" ? "" : problem;
    });
  }

  async show(store) {
    this.#store = store;
    const { memory, page } = await store.fingerprints();
    for (const [id, { words, hex }] of [["held", memory], ["own", page]]) this.#byId(id).textContent = `${words} (${hex})`;
  }
}
