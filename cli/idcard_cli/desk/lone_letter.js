// A letter that a person presses by itself. A scanner types many keys at once, and what it adds comes right behind them.
// But a code may be one letter: so a key counts only if it is held for as long as a finger holds it.

const ALONE = 400; // ms without another key, before it and after it
const HELD = 50; // ms from down to up, at least: a scanner lets go within a few
const LATIN = /^[a-z]$/i;

// The letter on the key; on a keyboard of another alphabet that of a US keyboard at its place.
function letterOf({ key, code }) {
  if (LATIN.test(key)) return key.toLowerCase();
  return key.charCodeAt(0) > 127 && /^Key[A-Z]$/.test(code) ? code[3].toLowerCase() : "";
}

// mayBeScanner(): whether a code is being typed, or a letter may be one. pressed(letter, since): since is when the key
// went down.
export function listenForLetter(mayBeScanner, pressed) {
  let last = -Infinity;
  let timer = 0;
  let down = null; // the letter that is held, with no key after it
  document.addEventListener("keydown", (event) => {
    if (event.repeat) return; // the same key, held
    clearTimeout(timer);
    const alone = event.timeStamp - last >= ALONE && !mayBeScanner();
    const modified = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    const letter = letterOf(event);
    last = event.timeStamp;
    down = alone && letter && !modified ? { letter, code: event.code, since: last } : null;
  }, true);
  document.addEventListener("keyup", (event) => {
    if (event.code !== down?.code) return;
    const { letter, since } = down;
    const held = event.timeStamp - since;
    down = null;
    if (held >= HELD) timer = setTimeout(pressed, Math.max(ALONE - held, 0), letter, since);
  }, true);
}
