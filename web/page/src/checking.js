// What the page is asked: texts that a scanner typed, codes in pictures, files. It answers with objects like those of the
// desk (specs/desk.md, Requests), and keeps only what is in view.

import { Malformed, Outcome, Reason, Refused } from "@municipal-idcard/verify";
import * as paper from "@municipal-idcard/verify/paper";
import { advice, isPosterCode, judgeTyped, repairedLines, repairedPoster, several } from "@municipal-idcard/verify/repairs";

import { best, settles } from "./choice.js";
import { fileIs, isTrustFile, kindOf, textOf } from "./fileKind.js";
import { InView } from "./inView.js";
import { translatable } from "./language.js";
import { Poster } from "./poster.js";
import { trustLine } from "./trustLine.js";

const PATIENCE = 2000; // ms that a wireless scanner may pause within a code
const CARD = /^ID[CT]/;
const UNREADABLE = [Reason.NOT_A_CODE, Reason.MALFORMED, Reason.KEYBOARD];
const UNSIGNED = [Reason.NOT_A_CODE, Reason.MALFORMED, Reason.BAD_SIGNATURE, Reason.UNKNOWN_KEY, Reason.UNKNOWN_KEY_STALE];
const NOT_OURS = [...UNSIGNED, Reason.KEYBOARD];
const BETWEEN_LINES = 2000; // ms, at most, between two lines of one foreign code
const OTHER_CODE = [Reason.WRONG_CLASS, Reason.NO_HANDLE];
const OTHER_CODE_AFTER = 200; // ms to wait, after a code for another kind of place, for the right one beside it
const READ_TWICE = 1500; // ms in which a scanner may read the same code again
const MAX_FILE = 2 << 20; // bytes of a trust file
const MAX_TEXTS = 99; // codes of cards in a file

const POSTER = translatable("Poster: {seen} of {count} codes. Missing: {missing}.");
const POSTER_DAMAGED = translatable("The codes of the poster do not belong together, or are damaged.");
const POSTER_AGAIN = translatable("Show the whole poster once more.");
const POSTER_OTHER = translatable("The poster does not fit the trust file of this computer.");
const POSTER_ASK = translatable("Get the city's current trust file.");
const SAME = translatable("The same trust file as before.");
const NOTE_TAKEN = translatable("The city's notice is taken: it withdraws a key.");
const FAILED = translatable("The program failed.");
const FAILED_REMEDY = translatable("Scan again; if it fails again, install the program again.");

export class Checking {
  #store;
  #inView = new InView();
  #place = "";
  #poster = new Poster();
  #foreign = -Infinity;
  #last = { text: null, moment: -Infinity };

  constructor(store) {
    this.#store = store;
  }

  // ---- codes ----

  // A text that a scanner typed; {unfinished: true} if it ends within a code. onUs: the same keys on a US keyboard. silence:
  // ms without a key after it; 0 if a key ended it. request: {venueClass, language, now}.
  async scan(text, onUs, silence, request) {
    const sheets = [text, onUs].filter(isPosterCode).map(repairedPoster);
    if (sheets.length) return silence && !sheets.some(isWhole) ? { unfinished: true } : this.#collect(sheets.slice(0, 1), request);
    const found = await this.#judge((verifier) => typed(verifier, text, onUs, request));
    const { refused } = found;
    const isHalf = silence <= PATIENCE || refused?.reason === Reason.MALFORMED;
    if (silence && isHalf && NOT_OURS.includes(refused?.reason)) return { unfinished: true };
    const moment = performance.now();
    const isAgain = this.#last.text === found.text && moment - this.#last.moment < READ_TWICE;
    this.#last = { text: found.text, moment };
    return this.#told(found, request, isAgain || this.#isMore(refused, moment));
  }

  // Whether this is one more line of a foreign code that has many, such as an address card.
  #isMore(refused, moment) {
    const isForeign = refused?.reason === Reason.NOT_A_CODE;
    const isMore = isForeign && moment - this.#foreign < BETWEEN_LINES;
    this.#foreign = isForeign ? moment : -Infinity;
    return isMore;
  }

  // On the codes of a picture, in lists that grow; null if there is none, or nothing new to report yet. moving: whether it is
  // one of a camera's many.
  async picture(lists, request, { moving }) {
    let texts = [];
    for await (const found of lists) {
      const list = found.map(restored);
      const more = list.slice(texts.length).filter((text) => CARD.test(text));
      texts = list;
      if (more.length && (await this.#judge((verifier) => settles(verifier, more, request.venueClass, request.now))) !== false) break;
    }
    // A poster on the wall must not stop the reading of cards, nor another code that of a poster.
    const cards = texts.filter((text) => CARD.test(text));
    const sheets = texts.filter(isPosterCode);
    if (request.venueClass !== this.#place) [this.#place, this.#inView] = [request.venueClass, new InView()];
    const inView = moving ? this.#inView : new InView();
    inView.see(texts, performance.now());
    if (!cards.length && sheets.length) return this.#shownPoster(sheets, inView, request);
    const ours = cards.length ? cards : texts;
    const byNew = [...ours].sort((one, other) => inView.wasReported(one) - inView.wasReported(other));
    return this.#report(byNew, inView, request, moving);
  }

  // texts: of one picture; those not reported yet come first.
  async #report(texts, inView, request, moving) {
    if (!texts.length) return null;
    const found = await this.#judge((verifier) => best(verifier, texts, request.venueClass, request.now));
    const text = found.text ?? texts[0];
    if (inView.wasReported(text)) return this.#told(found, request, true);
    const rightOneMayCome = inView.hasAccepted || inView.lasts(text) < OTHER_CODE_AFTER;
    if (moving && OTHER_CODE.includes(found.refused?.reason) && rightOneMayCome) return null;
    inView.report(text, { accepted: Boolean(found.card) });
    return this.#told(found, request, false);
  }

  async #shownPoster(sheets, inView, request) {
    if (sheets.every((sheet) => inView.wasReported(sheet))) return null;
    const update = await this.#collect(sheets, request);
    if (update.update !== "collecting") for (const sheet of sheets) inView.report(sheet, { accepted: false });
    return update;
  }

  // What f gives; {refused} where no trust file can be used, {failed} where the program fails.
  async #judge(f) {
    try {
      return await this.#store.verdictWith(f);
    } catch (problem) {
      if (problem instanceof Refused) return { refused: problem };
      console.error(problem?.name); // never what was scanned
      return { failed: true };
    }
  }

  #told({ card, refused, failed, undone = [] }, { venueClass, language }, again) {
    if (failed) {
      const [message, remedy] = [FAILED, FAILED_REMEDY].map(language.translate);
      return { outcome: Outcome.CANNOT_SAY, reason: "internal-error", message, remedy, class: venueClass, proven: [], advice: [], again };
    }
    const verdict = card ? card.asJSON(language.translate) : refused.asJSON(isolating(language));
    return { ...verdict, class: venueClass, again, advice: undone.map((each) => advice(each, isolating(language))), refused };
  }

  // ---- files ----

  // On a file that a person opened: an update, a verdict on the code in it, or what the file is.
  async take(bytes, request) {
    if (isTrustFile(bytes)) return this.#take(bytes, request);
    const text = textOf(bytes) ?? "";
    const sheets = text.split(/\r\n?|\n/).filter(isPosterCode);
    if (sheets.length) return this.#collect(sheets, request);
    const cards = [...several(text).values()].slice(0, MAX_TEXTS);
    if (!cards.length) return fileIs(kindOf(bytes), request.language);
    const inView = new InView();
    inView.see(cards, performance.now());
    return this.#report(cards, inView, request, false);
  }

  // On a picture without a code.
  noCode({ language }) {
    return fileIs("no-code", language);
  }

  async #collect(sheets, request) {
    const { language } = request;
    try {
      const whole = this.#poster.see(repairedLines(sheets));
      if (whole.missing) {
        const missing = whole.missing.join(language.words.comma);
        return { update: "collecting", message: language.fill(POSTER, { seen: whole.seen, count: whole.count, missing }), remedy: "" };
      }
      if (whole.prefix === "IDK1:") return this.#answer(await this.#store.applyKillNote(whole.data, request), request, NOTE_TAKEN);
      const file = whole.prefix === "IDP1:" ? this.#patched(whole.data) : whole.data;
      return file ? await this.#take(file, request) : refusedUpdate([POSTER_OTHER, POSTER_ASK], language);
    } catch (problem) {
      if (problem instanceof Malformed) return refusedUpdate([POSTER_DAMAGED, POSTER_AGAIN], language);
      if (problem instanceof Refused) return this.#answer({ outcome: "refused", refused: problem }, request);
      throw problem;
    }
  }

  // null where the patch is for another file.
  #patched(patch) {
    try {
      return paper.apply(this.#store.memory.file, patch);
    } catch (problem) {
      if (problem instanceof paper.OtherBase) return null;
      throw problem;
    }
  }

  async #take(file, request) {
    if (file.length > MAX_FILE) return this.#answer({ outcome: "refused", refused: new Refused(Reason.TRUST_TOO_LARGE) }, request);
    return this.#answer(await this.#store.take(file, request), request);
  }

  async #answer({ outcome, refused }, request, said = "") {
    const { language } = request;
    if (outcome === "refused") {
      const [message, remedy] = refused.inWords(isolating(language));
      return { update: "refused", reason: refused.reason, message, remedy, refused };
    }
    const { sentences } = await this.status(request);
    return { update: "taken", title: outcome === "same" ? SAME : said, message: said ? "" : sentences.join(" "), remedy: "" };
  }

  // ---- the trust file ----

  // The state of the trust file, for the foot of the page: {level, sentences, classes, environment, city}.
  async status({ venueClass, language, now }) {
    const verifier = await this.#judge((opened) => opened);
    if (verifier.failed || verifier.refused) {
      const said = verifier.failed ? [FAILED].map(language.translate) : verifier.refused.inWords(isolating(language));
      return { level: "urgent", sentences: said, classes: [], environment: "", city: "" };
    }
    const { trust, classes } = verifier;
    return {
      ...trustLine(verifier, venueClass, now, language),
      classes: [...classes.keys()],
      environment: trust.environment,
      city: trust.name,
    };
  }
}

// The text of a code that other software had read and drew again (idcard/repairs/drawn.py).
function restored(text) {
  const capitals = text.replace(/\p{Cf}/gu, "").trimStart().toUpperCase();
  return /^ID[A-Z][0-9]{1,2}:/.test(capitals) ? capitals : text;
}

function isWhole(sheet) {
  try {
    paper.assemble([sheet]);
    return true;
  } catch (problem) {
    return problem instanceof Refused || problem instanceof paper.Missing;
  }
}

const refusedUpdate = (sentences, language) => {
  const [message, remedy] = sentences.map(language.translate);
  return { update: "refused", reason: null, message, remedy };
};

// As `translate`, for pages: what is filled in keeps a direction of its own.
export const isolating = (language) => (sentence) => language.translate(sentence).replace(/\{[a-z_]+\}/g, "\u2068$&\u2069");

// What is said of a text that a scanner typed; of the keys of a US keyboard where it cannot be read, as with another alphabet.
async function typed(verifier, text, onUs, { venueClass, now }) {
  const found = await judgeTyped(verifier, text, venueClass, { now });
  if (!onUs || !UNREADABLE.includes(found.refused?.reason)) return found;
  const other = await judgeTyped(verifier, onUs, venueClass, { now });
  return UNREADABLE.includes(other.refused?.reason) ? found : other;
}
