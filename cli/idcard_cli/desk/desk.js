// The page of a desk. It decides nothing and keeps nothing: codes go to the program on this computer, and what comes back
// is shown. All sentences come from there too.

import { Camera, photo } from "/camera.js";
import { listen } from "/keys.js";
import { Sound } from "/sound.js";

const FRAME_EVERY = 125; // ms between two pictures, at least
const STAYS = { accept: 6000, reject: 20000, "cannot-say": 20000, notice: 8000 }; // ms
const STATUS_EVERY = 60000; // ms
const ASK_AGAIN = 1000; // ms, while the program is gone
const PATIENCE = 10000; // ms without an answer after which it is gone
const MAX_FILE = 2 << 20; // bytes
const NUMBER = /([\d()+.-]{4,20})/; // a day or a telephone: not broken at the end of a line
const [ISOLATE, END] = "\u2068\u2069"; // around a value in a sentence (UAX #9)

const byId = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const fill = (sentence, values) => sentence.replace(/\{([a-z]+)\}/g, (place, name) => isolated(values[name]));
const isolated = (value) => `${ISOLATE}${value}${END}`;
const plain = (sentence) => sentence.replace(/[\u2068\u2069]/g, "");
const inARow = (sentences) => sentences.filter(Boolean).join(" ").replaceAll("。 ", "。");

const settings = new URLSearchParams(location.hash.slice(1));
const fixedClass = document.body.dataset.class;
let venueClass = fixedClass || (settings.get("class") ?? "");
let language = settings.get("language") ?? document.body.dataset.language;
let words = null;
let places = {}; // the words for kinds of places that have one
let shown = null; // the verdict or the notice on the screen
let returning = 0; // timer
let gone = false;
const advised = new Set();

// ---- the program ----

// What it answers: {status, body}, body null where there is none; null where it is gone.
async function ask(path, options = {}, more = {}) {
  const query = new URLSearchParams({ class: venueClass, language, ...more });
  try {
    const answer = await fetch(`${path}?${query}`, {
      credentials: "omit", redirect: "error", signal: AbortSignal.timeout(PATIENCE), ...options,
    });
    const body = answer.headers.get("Content-Type") === "application/json" ? await answer.json() : null;
    if (gone) comeBack();
    return { status: answer.status, body };
  } catch {
    if (!gone) leave();
    return null;
  }
}

const post = (path, body, type) => ask(path, { method: "POST", body, headers: { "Content-Type": type } });

async function leave() {
  gone = true;
  show({ screen: "gone" });
  while (gone) {
    await pause(ASK_AGAIN);
    await ask("/status");
  }
}

async function comeBack() {
  gone = false;
  clear();
  await Promise.all([refreshWords(), refreshStatus()]);
}

// ---- words and status ----

async function refreshWords() {
  const reason = shown?.reason ?? "";
  const answer = await ask("/words", {}, { reason });
  if (answer?.status !== 200) return;
  ({ words, classes: places } = answer.body);
  language = answer.body.language;
  document.documentElement.lang = language;
  document.documentElement.dir = answer.body.direction;
  document.title = words.title;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = words[each.dataset.word];
  for (const each of document.querySelectorAll("[data-label]")) each.ariaLabel = words[each.dataset.label];
  nameClasses();
  byId("unreviewed").hidden = answer.body.reviewed;
  byId("poster").textContent = "";
  if (shown && answer.body.refusal) Object.assign(shown, answer.body.refusal);
  else if (shown && !["accept", "gone"].includes(shown.screen)) clear();
  paint();
}

async function refreshStatus() {
  const answer = await ask("/status");
  if (answer?.status !== 200) return;
  const { city, environment, classes, level, sentences } = answer.body;
  tell("city", city && isolated(city));
  byId("test").hidden = environment !== "test";
  tell("trust", inARow(sentences));
  document.querySelector("footer").dataset.level = level;
  const select = byId("class");
  const known = [...select.options].slice(1).map((option) => option.value);
  if (classes.length && String(known) !== String(classes)) {
    select.replaceChildren(select.options[0], ...classes.map((name) => new Option("", name)));
    nameClasses();
    if (!fixedClass && !classes.includes(venueClass)) venueClass = classes.length === 1 ? classes[0] : "";
    select.value = venueClass;
  }
  paint();
}

const placeWord = (name) => (Object.hasOwn(places, name) ? places[name] : name);

// The word, and what is printed beside the code where that is another.
function labelled(name) {
  const label = name.toUpperCase();
  const word = placeWord(name);
  return word.toUpperCase() === label ? label : plain(fill(words.with_name, { word, name: label }));
}

function nameClasses() {
  if (!words) return;
  for (const option of [...byId("class").options].slice(1)) option.text = labelled(option.value);
  if (fixedClass) byId("here").textContent = labelled(fixedClass);
}

function remember() {
  const kept = fixedClass ? { language } : { class: venueClass, language };
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
}

// ---- the screen ----

// A value in a sentence keeps its own direction: a telephone number is not turned round by an Arabic one.
function tell(id, sentence) {
  const open = [document.createDocumentFragment()];
  for (const piece of sentence.split(/([\u2068\u2069])/)) {
    if (piece === ISOLATE) open.push(document.createElement("bdi"));
    else if (piece !== END) open.at(-1).append(...piece.split(NUMBER).map((part, at) => (at % 2 ? whole(part) : part)));
    else if (open.length > 1) open.at(-2).append(open.pop());
  }
  byId(id).replaceChildren(...open);
}

function whole(number) {
  const kept = document.createElement("span");
  kept.className = "number";
  kept.textContent = number;
  return kept;
}

function show(what) {
  shown = what;
  clearTimeout(returning);
  paint();
  scrollTo(0, 0);
  stay();
  sound.play(what.screen === "gone" ? "cannot-say" : what.screen);
  announce();
}

function stay() {
  clearTimeout(returning);
  if (shown && STAYS[shown.screen]) returning = setTimeout(back, STAYS[shown.screen]);
}

function back() {
  // Whoever reaches for the button wants to read on.
  if (byId("verdict").contains(document.activeElement)) stay();
  else clear();
}

function clear() {
  clearTimeout(returning);
  shown = null;
  paint();
  scrollTo(0, 0);
  byId("said").textContent = "";
}

const unchosen = () => shown?.title === "choose_first";
const dayOf = (moment) => moment.slice(0, 10);

function claim(name) {
  const age = /^age_over_([0-9]+)$/.exec(name);
  return age ? fill(words.age, { age: age[1] }) : words[name] ?? name;
}

function sentencesOf({ screen, message, remedy, proven, expires, detail, title }) {
  switch (screen) {
    case "accept":
      return {
        word: words.accept,
        message: fill(words.proven, { place: placeWord(shown.class), claims: proven.map(claim).join(words.comma) }),
        remedy: words.photo,
        detail: [fill(words.valid, { day: dayOf(expires) }), detail],
      };
    case "reject":
      return { word: words.reject, message, remedy, detail: [detail] };
    case "cannot-say":
      return { word: title ? words[title] : words["cannot-say"], message, remedy, detail: [title ? "" : words.no_fault, detail] };
    case "notice":
      return { word: words[title], message, remedy, detail: [detail] };
    case "gone":
      return { word: words.gone, message: words.gone_why, remedy: "", detail: [] };
  }
}

function paint() {
  if (!words) return;
  document.body.dataset.screen = shown?.screen ?? "ready";
  document.body.dataset.camera = camera.state;
  byId("verdict").hidden = !shown;
  byId("waiting").hidden = Boolean(shown);
  byId("next").hidden = shown?.screen === "gone";
  byId("next").textContent = unchosen() ? words.choose : words.next;
  if (shown) {
    const told = sentencesOf(shown);
    for (const part of ["word", "message", "remedy"]) tell(part, told[part] ?? "");
    tell("detail", inARow(told.detail));
  }
  const on = camera.state === "on";
  byId("instruction").textContent = !venueClass ? words.choose_first : on ? words.show : words.scan;
  byId("camera").textContent = on ? "" : words[`camera_${camera.state}`];
  byId("again").hidden = on || camera.state === "starts";
  byId("sound").textContent = sound.isOn ? words.sound_off : words.sound_on;
}

function announce() {
  if (!words) return;
  const told = sentencesOf(shown);
  byId("said").textContent = "";
  // A reader speaks only what changes, and a second card may say the same as the first.
  requestAnimationFrame(() => {
    const word = fill(words.said, { word: told.word });
    byId("said").textContent = plain(inARow([word, told.message, told.remedy, ...told.detail]));
  });
}

// ---- codes ----

// moving: whether the picture is one of many, so that a code in it may still be the one that is shown.
function handle(answer, { moving = false } = {}) {
  if (!answer || gone) return;
  const { status, body } = answer;
  if (body?.again && moving) {
    if (shown) stay();
  } else if (body?.outcome) {
    const detail = inARow(body.advice.filter((sentence) => !advised.has(sentence)));
    body.advice.forEach((sentence) => advised.add(sentence));
    show({ ...body, screen: body.outcome, detail });
  } else if (body?.update) {
    update(body);
  } else if (!moving && status === 413) {
    show({ screen: "notice", title: "too_large" });
  } else if (!moving) {
    show({ screen: "notice", title: "no_code", message: words.no_code_why });
  }
}

function update(body) {
  tell("poster", body.update === "collecting" ? body.message : "");
  if (body.update === "collecting") return;
  const screen = body.update === "taken" ? "notice" : "cannot-say";
  show({ ...body, screen, title: body.update === "taken" ? "taken" : "not_taken" });
  refreshStatus();
}

async function scanned(text, onUs) {
  if (gone || !words) return;
  if (!venueClass) {
    show({ screen: "notice", title: "choose_first" });
    return;
  }
  handle(await post("/scan", JSON.stringify({ text, on_us: onUs }), "application/json"));
}

async function watch() {
  for (;;) {
    const begun = performance.now();
    const frame = gone || !words || !venueClass || document.hidden ? null : await camera.frame();
    if (frame) handle(await post("/frame", frame, frame.type), { moving: true });
    await pause(Math.max(FRAME_EVERY - (performance.now() - begun), 10));
  }
}

// What the program would answer, were so much sent to it.
async function tooLarge() {
  const reason = "trust-too-large";
  const answer = await ask("/words", {}, { reason });
  return answer && { status: 200, body: { update: "refused", reason, ...answer.body.refusal } };
}

async function open(files) {
  for (const file of files) {
    if (file.type.startsWith("image/")) {
      const picture = await photo(file);
      handle(picture ? await post("/photo", picture, picture.type) : { status: 415, body: null });
    } else if (file.size > MAX_FILE) {
      handle(file.name.toLowerCase().endsWith(".idtrust") ? await tooLarge() : { status: 413, body: null });
    } else {
      handle(await post("/trust", file, "application/octet-stream"));
    }
  }
}

// ---- what a person does ----

const sound = new Sound(() => paint());
const camera = new Camera(byId("video"), () => paint());

listen(scanned);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shown && !gone) clear();
});
byId("next").addEventListener("click", () => {
  const choose = unchosen();
  clear();
  if (choose) byId("class").focus();
});
byId("again").addEventListener("click", () => camera.start());
byId("sound").addEventListener("click", () => sound.toggle());
byId("open").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", async ({ target }) => {
  await open([...target.files]);
  target.value = "";
});
byId("class").addEventListener("change", ({ target }) => {
  venueClass = target.value;
  remember();
  clear();
  refreshStatus();
});
byId("language").addEventListener("change", async ({ target }) => {
  language = target.value;
  remember();
  await Promise.all([refreshWords(), refreshStatus()]);
});
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault(); // else the browser would leave the page for the file
    if (kind === "drop") open([...event.dataTransfer.files]);
  });
}
for (const kind of ["focus", "blur"]) {
  window.addEventListener(kind, () => { byId("elsewhere").hidden = document.hasFocus(); });
}

byId("language").value = language;
camera.start();
await Promise.all([refreshWords(), refreshStatus()]);
setInterval(() => { if (!gone) refreshStatus(); }, STATUS_EVERY);
watch();
