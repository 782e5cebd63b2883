// Lines above everything else: an alarm, a newer version of the page.

export class Notices {
  #place;
  #lines = new Map();

  constructor(place) {
    this.#place = place;
  }

  // name: of the line that it takes the place of. act: {label, run}, or nothing. An empty text ends it.
  put(name, text, act = null) {
    if (this.#lines.get(name) === text) return;
    this.#lines.set(name, text);
    this.#place.querySelector(`[data-name="${name}"]`)?.remove();
    if (!text) return;
    const line = document.createElement("p");
    line.className = "notice";
    line.dataset.name = name;
    line.append(text); // with the marks that isolate what was filled in
    if (act) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = act.label;
      button.addEventListener("click", act.run);
      line.append(button);
    }
    this.#place.append(line);
  }
}
