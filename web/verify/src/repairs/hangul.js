/** Takes the syllables that a Korean input method makes of keys apart again (KS X 5002). */

import { isASCII } from "./unseen.js";

const FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
const LAST = ["", ..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];
/** @type {Readonly<Record<string, string>>} */
const OF_TWO_KEYS = {
  ㅘ: "ㅗㅏ", ㅙ: "ㅗㅐ", ㅚ: "ㅗㅣ", ㅝ: "ㅜㅓ", ㅞ: "ㅜㅔ", ㅟ: "ㅜㅣ", ㅢ: "ㅡㅣ",
  ㄳ: "ㄱㅅ", ㄵ: "ㄴㅈ", ㄶ: "ㄴㅎ", ㄺ: "ㄹㄱ", ㄻ: "ㄹㅁ", ㄼ: "ㄹㅂ", ㄽ: "ㄹㅅ", ㄾ: "ㄹㅌ",
  ㄿ: "ㄹㅍ", ㅀ: "ㄹㅎ", ㅄ: "ㅂㅅ",
};
const TOGETHER = new RegExp(`[${Object.keys(OF_TWO_KEYS).join("")}]`, "g");
const BEGIN = 0xac00;
const SYLLABLE = /[\uac00-\ud7a3]/g;

/**
 * The text with one letter of the Korean alphabet for each key.
 * @param {string} text
 */
export function keys(text) {
  if (isASCII(text)) return text;
  return text.replace(SYLLABLE, letters).replace(TOGETHER, (found) => OF_TWO_KEYS[found]);
}

/** @param {string} syllable */
function letters(syllable) {
  const number = syllable.charCodeAt(0) - BEGIN;
  const vowel = Math.floor(number / LAST.length);
  return FIRST[Math.floor(vowel / VOWELS.length)] + VOWELS[vowel % VOWELS.length] + LAST[number % LAST.length];
}
