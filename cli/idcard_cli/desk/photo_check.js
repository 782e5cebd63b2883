// Asks whether face and photo match. Only a finger, a pointer or a letter by itself answers: never what a scanner sends.
// The program decides whether an answer counts.

import { listenForLetter } from "/lone_letter.js";

const LOOK = 1000; // ms from the question to a letter: nobody compares a face in less
const SETTLE = 400; // ms from the question to a click, which may have been meant for what was there before
const LETTERS = { y: "confirmed", n: "no-match" };
const BUTTONS = { matches: "confirmed", differs: "no-match" };
const PRESSES = new Set(["Enter", " "]);

// isOpen(): whether a question is on the screen. mayBeScanner(): as for a letter. answered(answer): what the clerk says.
export class PhotoCheck {
  #asked = Infinity;
  #mayBeScanner;

  constructor(isOpen, mayBeScanner, answered) {
    this.#mayBeScanner = mayBeScanner;
    listenForLetter(mayBeScanner, (letter, since) => {
      if (isOpen() && LETTERS[letter] && since - this.#asked >= LOOK) answered(LETTERS[letter]);
    });
    for (const [id, answer] of Object.entries(BUTTONS)) {
      const button = document.getElementById(id);
      button.addEventListener("click", (event) => {
        if (isOpen() && event.timeStamp - this.#asked >= SETTLE) answered(answer);
      });
      // Enter behind a code must not press a button to which the scanner's Tab has gone.
      for (const kind of ["keydown", "keyup"]) {
        button.addEventListener(kind, (event) => { if (PRESSES.has(event.key)) event.preventDefault(); });
      }
    }
  }

  ask() {
    this.#asked = performance.now();
    document.activeElement?.blur();
    for (const hint of document.querySelectorAll("#answers kbd")) hint.hidden = this.#mayBeScanner();
  }
}
