// What scanners do to a text, undone (specs/scan.md): only proposed here, the signature decides (idcard/verify/scanner.py).

import { Reason } from "@municipal-idcard/verify";

import { translatable } from "./language.js";

const CAPS_LOCK = translatable("Caps Lock is on: press it once.");
const ADVICE = {
  "caps-lock": CAPS_LOCK,
  "shift-lock": CAPS_LOCK,
  prefix: translatable("The scanner sends something before each code: turn its prefix off, such as the AIM prefix."),
  suffix: translatable("The scanner sends something after each code: turn its suffix off."),
  control: translatable("The scanner sends control characters: set it to send the code and Enter, nothing else."),
  "half-read": translatable("Two codes came in one line: set the scanner to send Enter after each code."),
};

// {text, undone}: as it came comes first.
export const readingsOf = (text) => {
  const plain = text.trim();
  return plain === text ? [{ text, undone: [] }] : [{ text, undone: [] }, { text: plain, undone: [] }];
};

// Whether another keyboard may be why no reading of what was typed is a signed code.
export const isKeyboard = (text, undone, reason) =>
  undone.some((each) => each.startsWith("keyboard-") || each.startsWith("scanner-")) && reason !== undefined && reason !== Reason.EXPIRED;

// A sentence for each thing that was undone: how to set the scanner right.
export const adviceOf = (undone, language) => [...new Set(undone.map((each) => ADVICE[each]).filter(Boolean))].map(language.translate);
