// The first trust file of this computer: the page asks for the city's file, and then for the words that say whose it is.
// The file stays on the page until they are there.

import { fill, tell } from "/sentences.js";

const byId = (id) => document.getElementById(id);

export class FirstRun {
  #needed = false;
  #file = null;
  #city = "";

  // install(file, told): sends the file, and what a person says of it.
  constructor(install) {
    const send = (told) => install(this.#file, { code: byId("letters").value.trim(), ...told });
    byId("first").addEventListener("submit", (event) => {
      event.preventDefault();
      send({ fingerprint: byId("fingerprint").value.trim() });
    });
    byId("by_hand").addEventListener("click", () => send({ in_person: "yes" }));
  }

  // "file", "words", or nothing where the computer knows its city.
  get step() {
    return this.#needed ? (this.#file ? "words" : "file") : "";
  }

  // needed: of the program's status.
  update(needed) {
    this.#needed = needed;
    if (needed) return;
    this.#file = null;
    for (const id of ["fingerprint", "letters"]) byId(id).value = "";
  }

  // Of an update.
  offer({ file, city }) {
    this.#needed = true;
    this.#file = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
    this.#city = city;
  }

  paint(words) {
    byId("ready").textContent = this.step ? words.first : words.ready;
    byId("first").hidden = this.step !== "words";
    tell(byId("first_city"), this.step === "words" ? fill(words.first_city, { city: this.#city }) : "");
  }
}
