// The first trust file of this computer: the page asks for the city's file, and then for the words that say whose it is.

import { fill, tell } from "/sentences.js";

const byId = (id) => document.getElementById(id);

export class FirstRun {
  needs = ""; // or "file", "words"
  #city = "";

  // install(told): sends what a person says of the file.
  constructor(install) {
    byId("first").addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = byId("fingerprint").value.trim();
      if (typed) install({ fingerprint: typed });
    });
    byId("by_hand").addEventListener("click", () => install({ in_person: true }));
  }

  // needs, city: of the program's status.
  update(needs, city) {
    const asks = needs === "words" && this.needs !== "words";
    [this.needs, this.#city] = [needs ?? "", city];
    if (!this.needs) byId("fingerprint").value = "";
    return asks;
  }

  paint(words) {
    byId("ready").textContent = this.needs ? words.first : words.ready;
    byId("first").hidden = !this.needs;
    byId("compared").hidden = this.needs !== "words";
    tell(byId("first_city"), this.needs === "words" ? fill(words.first_city, { city: this.#city }) : "");
  }
}
