// What each screen says, in the words of the program.

import { fill, plain } from "/sentences.js";

const placeWord = (name, places) => (Object.hasOwn(places, name) ? places[name] : name);

// The word, and what is printed beside the code where that is another.
export function labelled(name, words, places) {
  const label = name.toUpperCase();
  const word = placeWord(name, places);
  return word.toUpperCase() === label ? label : plain(fill(words.with_name, { word, name: label }));
}

const dayOf = (moment) => moment.slice(0, 10);

function claim(name, words) {
  const age = /^age_over_([0-9]+)$/.exec(name);
  return age ? fill(words.age, { age: age[1] }) : words[name] ?? name;
}

// shown: a screen, a verdict or an update. Which sentences are in which part of it.
export function sentencesOf(shown, words, places) {
  const { screen, message, remedy, proven, expires, detail, title } = shown;
  switch (screen) {
    case "accept":
      return {
        word: words.accept,
        message: fill(words.proven, { place: placeWord(shown.class, places), claims: proven.map((name) => claim(name, words)).join(words.comma) }),
        remedy: shown.question ? "" : words.photo, // it was compared
        detail: [fill(words.valid, { day: dayOf(expires) }), detail],
      };
    case "reject":
      return { word: words.reject, message, remedy, detail: [detail] };
    case "cannot-say":
      return { word: title ? words[title] : words["cannot-say"], message, remedy, detail: [title ? "" : words.no_fault, detail] };
    case "question":
      return { word: words.photo_question, message: words.photo_look, remedy: "", detail: [] };
    case "no-match":
      return { word: words.reject, message: words.differs_why, remedy: words.differs_do, detail: [] };
    case "report":
      return { word: words.report_title, message: "", remedy: "", detail: [] };
    case "notice":
      return { word: words[title], message, remedy, detail: [detail] };
    case "gone":
      return { word: words.gone, message: words.gone_why, remedy: "", detail: [] };
  }
}
