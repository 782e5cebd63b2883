// What the page says, in eleven languages: those of idcard/languages, of which `make page` writes a table each.

import ar from "../build/catalogues/ar.json";
import bn from "../build/catalogues/bn.json";
import english from "../build/catalogues/english.json";
import es from "../build/catalogues/es.json";
import fr from "../build/catalogues/fr.json";
import ht from "../build/catalogues/ht.json";
import ko from "../build/catalogues/ko.json";
import pl from "../build/catalogues/pl.json";
import ru from "../build/catalogues/ru.json";
import ur from "../build/catalogues/ur.json";
import zhHans from "../build/catalogues/zh-Hans.json";

import { isolated } from "/sentences.js";

const EN = {
  code: "en",
  name: "English",
  direction: "ltr",
  reviewed: true,
  sentences: english.sentences,
  counted: english.counted,
  numbers: "10".padEnd(200, "1"), // one, or more
};
const TABLES = new Map([EN, es, zhHans, ru, bn, ht, ko, ar, ur, fr, pl].map((table) => [table.code, table]));
const PLACES = new Map(english.sentences.map((sentence, place) => [sentence, place]));
const COUNTED = new Map(english.counted.map(([one], place) => [one, place]));
const NOT_CHECKED = "No speaker of this language has checked the translation.";

// Marks a sentence that the catalogues have, and returns it (as in idcard/errors.py).
export const translatable = (sentence) => sentence;
// One that changes with a number. Both forms are marked.
export const counted = (one, many, number) => ({ one, many, number });

export const LANGUAGES = [...TABLES.values()].map(({ code, name }) => ({ code, name }));

export class Language {
  #table;

  // code: one of LANGUAGES; anything else is English.
  constructor(code) {
    this.#table = TABLES.get(code) ?? EN;
    this.translate = this.translate.bind(this);
    const all = (sentences) => Object.fromEntries(Object.entries(sentences).map(([name, said]) => [name, this.translate(said)]));
    this.words = all(english.words);
    this.places = all(english.classes);
  }

  get code() {
    return this.#table.code;
  }

  get direction() {
    return this.#table.direction;
  }

  // That no speaker has checked the translation; empty where one has.
  get unreviewed() {
    return this.#table.reviewed ? "" : this.translate(NOT_CHECKED);
  }

  // A sentence, or one that is counted, in this language; in English where the catalogue does not have it.
  translate(sentence) {
    if (typeof sentence === "string") return this.#table.sentences[PLACES.get(sentence)] ?? sentence;
    const { numbers, counted: forms } = this.#table;
    const half = numbers.length / 2;
    const kind = numbers[sentence.number < numbers.length ? sentence.number : half + (sentence.number % half)];
    return forms[COUNTED.get(sentence.one)]?.[kind] ?? (sentence.number === 1 ? sentence.one : sentence.many);
  }

  // With values filled in, each with a direction of its own.
  fill(sentence, values = {}) {
    return this.translate(sentence).replace(/\{([a-z_]+)\}/g, (place, name) => isolated(String(values[name] ?? place)));
  }
}

// The one of the browser's languages that the page speaks; English where there is none.
export function preferred(tags) {
  for (const tag of tags) {
    const found = LANGUAGES.find(({ code }) => code.split("-")[0] === tag.split("-")[0].toLowerCase());
    if (found) return found.code;
  }
  return "en";
}
