// What is heard and felt of a screen.

const SOUNDS = { "no-match": "reject", question: "notice" }; // of screens that have none of their own
const SHAKES = { accept: [80], reject: [500], "cannot-say": [120, 100, 120, 100, 120], notice: [60] }; // ms

export function signal(screen, sound) {
  const name = SOUNDS[screen] ?? screen;
  sound.play(name);
  if (SHAKES[name]) navigator.vibrate?.(SHAKES[name]);
}
