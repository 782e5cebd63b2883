/** What scanners, keyboards and copying do to a text, undone (specs/scan.md, What scanners do). */

export { asText } from "./encodings.js";
export { CARD, POSTER } from "./extent.js";
export { isPosterCode, repairedLines, repairedPoster } from "./posters.js";
export { begins, readings, several } from "./readings.js";
export { advice, judgeTyped } from "./scanner.js";
