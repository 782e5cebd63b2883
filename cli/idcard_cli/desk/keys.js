// A scanner that acts as a keyboard types anywhere on the page. Its keys are taken before the browser or a button gets
// them; a person's Tab, Enter, blank and arrows are left alone where no code is being typed.

const PAUSE = 400; // ms without a key after which a whole code has ended that no Enter ends
const PATIENCE = 2500; // ms, for anything else: a wireless scanner may pause for two seconds within a code
const ECHO = 200; // ms in which Enter, Tab, an arrow or a few letters still belong to the code that just ended
const LEAST = 4; // letters; fewer are a person's
const LEAST_WITHOUT_ENTER = 12; // and right behind a code
const ALT_CODES = 8; // letters in a row that are typed as Alt and digits; fewer are a person's
const NO_LETTER = new Set(["Dead", "Process", "Unidentified"]);
const SHIFTED_DIGITS = ")!@#$%^&*(";
const SIGNS = {
  Backquote: "`~", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|",
  Semicolon: ";:", Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ",
};

// What the key at this place types on a US keyboard. Most scanners press those places, whatever layout the computer has:
// this reads them under Caps Lock, dead keys, and keyboards of other alphabets.
function onUsKeyboard({ code, key, shiftKey }) {
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code[3] : code[3].toLowerCase();
  if (/^Digit[0-9]$/.test(code)) return shiftKey ? SHIFTED_DIGITS[code[5]] : code[5];
  return SIGNS[code]?.[Number(shiftKey)] ?? (key.length === 1 ? key : "");
}

// scanned(text, onUs, silence): what was typed, the same places on a US keyboard, and for how many ms nothing was typed
// then; 0 if a key ended it. It resolves to whether this was judged, or else more may come. altTyped(): a scanner types
// Alt and digits, of which no letter comes here. Returns whether a letter may be a scanner's: while a code is being typed,
// and for good once one has ended without a key, for the whole of the next may be a letter.
export function listen(scanned, altTyped) {
  let text = "";
  let onUs = "";
  let timer = 0;
  let ended = -Infinity;
  let began = 0;
  let digits = 0;
  let altCodes = 0;
  let altEnded = -Infinity;
  let endsInSilence = false;

  function end(enough, moment) {
    clearTimeout(timer);
    const whole = [text, onUs];
    const behind = began - ended < ECHO && !/^id/i.test(onUs); // such as a date behind Tab
    const least = behind ? LEAST_WITHOUT_ENTER : enough;
    text = onUs = "";
    if (Math.max(whole[0].length, whole[1].length) < least) return;
    ended = moment;
    endsInSilence ||= enough !== LEAST;
    scanned(...whole, enough === LEAST ? 0 : PATIENCE);
  }

  async function rest(moment) {
    const asked = [text, onUs];
    const isShort = Math.max(text.length, onUs.length) < LEAST_WITHOUT_ENTER;
    const patience = isShort && !"id".startsWith(onUs.slice(0, 2).toLowerCase()) ? 0 : PATIENCE - PAUSE;
    timer = setTimeout(end, patience, LEAST_WITHOUT_ENTER, moment + PATIENCE);
    if (isShort || !(await scanned(...asked, PAUSE))) return;
    endsInSilence = true;
    if (!text.startsWith(asked[0]) || !onUs.startsWith(asked[1])) return; // it was ended meanwhile
    [text, onUs] = [text.slice(asked[0].length), onUs.slice(asked[1].length)];
    began = ended = moment + PAUSE;
    if (text === "" && onUs === "") clearTimeout(timer);
  }

  function take(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  function pressed(event) {
    if (event.target.type === "text") return; // a person types there
    const typing = text !== "" || onUs !== "";
    if (event.altKey && /^Numpad[0-9]$/.test(event.code)) {
      take(event);
      digits += 1;
      return;
    }
    if ((event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph")) {
      // Some scanners send control characters so: STX, LF, CR. A person's shortcuts are left alone.
      const lineEnd = event.ctrlKey && (event.code === "KeyJ" || event.code === "KeyM");
      if (typing || lineEnd || (event.ctrlKey && event.code === "KeyB")) take(event);
      if (typing && lineEnd) end(LEAST, event.timeStamp);
      return;
    }
    if (event.key === "Enter" || event.key === "Tab") {
      if (typing || event.timeStamp - ended < ECHO) take(event);
      if (typing) end(LEAST, event.timeStamp);
      return;
    }
    if (event.key.length !== 1 && !NO_LETTER.has(event.key)) {
      // An arrow or a function key of a scanner; but a person may clear the screen at once.
      if (typing || (event.timeStamp - ended < ECHO && event.key !== "Escape")) take(event);
      return;
    }
    if (event.key === " " && !typing) return; // presses a button, opens a list
    take(event);
    if (!typing) began = event.timeStamp;
    if (event.key.length === 1) text += event.key;
    onUs += onUsKeyboard(event);
    clearTimeout(timer);
    timer = setTimeout(rest, PAUSE, event.timeStamp);
  }

  document.addEventListener("keydown", pressed, true);
  // A blank presses a button when it is let go.
  document.addEventListener("keyup", (event) => {
    if (event.key === "Alt") {
      if (digits > 1) {
        altCodes = event.timeStamp - altEnded < PAUSE ? altCodes + 1 : 1;
        altEnded = event.timeStamp;
        if (altCodes === ALT_CODES) altTyped();
      }
      digits = 0;
    }
    if (event.key === " " && (text !== "" || event.timeStamp - ended < ECHO)) take(event);
  }, true);
  return () => endsInSilence || text !== "" || onUs !== "";
}
