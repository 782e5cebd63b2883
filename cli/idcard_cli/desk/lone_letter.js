// A letter that a person presses by itself. A scanner types many keys at once, and what it adds comes right behind them.

const ALONE = 400; // ms without another key, before it and after it
const LATIN = /^[a-z]$/i;

// The letter on the key; on a keyboard of another alphabet that of a US keyboard at its place.
function letterOf({ key, code }) {
  if (LATIN.test(key)) return key.toLowerCase();
  return key.charCodeAt(0) > 127 && /^Key[A-Z]$/.test(code) ? code[3].toLowerCase() : "";
}

// isTyping(): whether a code is being typed. pressed(letter, since): since is when the key went down.
export function listenForLetter(isTyping, pressed) {
  let last = -Infinity;
  let timer = 0;
  document.addEventListener("keydown", (event) => {
    if (event.repeat) return; // the same key, held
    clearTimeout(timer);
    const alone = event.timeStamp - last >= ALONE && !isTyping();
    const modified = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    const letter = letterOf(event);
    last = event.timeStamp;
    if (alone && letter && !modified) timer = setTimeout(pressed, ALONE, letter, event.timeStamp);
  }, true);
}
