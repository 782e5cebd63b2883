// The line about the trust file at the foot of the page: how old it is, and what to do (idcard_cli/desk/status.py).

import { counted, translatable } from "./language.js";

const DAY = 86_400;
const LEVELS = [[7, "urgent"], [30, "warn"], [60, "note"]]; // most whole days left
const MADE_TODAY = translatable("Trust file: made today.");
const DUE = translatable("A newer trust file is due: get it from the city.");
const LAST_DAY = translatable("It can be used until tomorrow at the latest: get the city's current one.");
const ENDED = translatable("It is too old to be used: get the city's current one.");
const DATE_LOOKS_WRONG = translatable("The date of this computer looks wrong: it says {day}. Set the date.");
const FROM_FUTURE = translatable(
  "The trust file is dated {issued}, and this computer says {day}: one of the two is wrong. Set the date; if it is right, tell the city.",
);
const daysOld = (days) => counted("Trust file: {days} day old.", "Trust file: {days} days old.", days);
const daysLeft = (days) =>
  counted("It can be used for {days} more day: get the city's current one.", "It can be used for {days} more days: get the city's current one.", days);

const dayOf = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

// Returns {level, sentences}. venueClass: empty where none is chosen. Its limit counts in its last week.
export function trustLine(verifier, venueClass, now, language) {
  const { list, root } = verifier.trust;
  const seconds = Math.floor(now.getTime() / 1000);
  const say = (sentence, values) => language.fill(sentence, values);
  const day = dayOf(seconds);
  if (verifier.isFromFuture(now)) return { level: "warn", sentences: [say(FROM_FUTURE, { issued: dayOf(list.issued), day })] };
  if (verifier.isDateWrong(now)) return { level: "warn", sentences: [say(DATE_LOOKS_WRONG, { day })] };
  let left = Math.floor((Math.min(list.exp, root.exp) - seconds) / DAY);
  const tolerance = verifier.classes.get(venueClass)?.tolerance ?? Infinity;
  const here = Math.floor((list.issued + tolerance * DAY - seconds) / DAY);
  // Otherwise a class that tolerates 60 days would be warned from the first day on.
  if (here <= LEVELS[0][0]) left = Math.min(left, here);
  const age = verifier.trustAgeDays(now);
  const stale = verifier.isStale(now);
  const level = LEVELS.find(([days]) => left <= days)?.[1] ?? (stale ? "note" : "ok");
  const sentences = [age ? say(daysOld(age), { days: age }) : say(MADE_TODAY)];
  if (left < 0) sentences.push(say(ENDED));
  else if (left < 2) sentences.push(say(LAST_DAY));
  else if (left <= LEVELS.at(-1)[0]) sentences.push(say(daysLeft(left), { days: left }));
  else if (stale) sentences.push(say(DUE));
  return { level, sentences };
}
