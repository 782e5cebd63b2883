// The page for phones: what a person does and sees. What is said of a code comes from `checking`; nothing leaves the page.

import { Camera, listCameras } from "/camera.js";
import { listen } from "/keys.js";
import { PhotoCheck } from "/photo_check.js";
import { labelled, sentencesOf } from "/screens.js";
import { fill, inARow, isolated, plain, tell as tellIn } from "/sentences.js";
import { Sound } from "/sound.js";

import { readings } from "@municipal-idcard/verify/repairs";

import { AnotherCity } from "./anotherCity.js";
import { Checking, isolating } from "./checking.js";
import { Decoder } from "./decoder/decoder.js";
import { explained, paintExplained } from "./explained.js";
import { Language, LANGUAGES, preferred } from "./language.js";
import { listLanguages } from "./languageList.js";
import { Notices } from "./notices.js";
import { ofCamera, ofFile } from "./pictures.js";
import { signal } from "./signals.js";
import { register } from "./service/registration.js";
import { keepFresh, open as openStore } from "./store/index.js";
import { Torch } from "./torch.js";
import { WORDS } from "./words.js";

const FRAME_EVERY = 100; // ms between two pictures, at least
const STAYS = { accept: 6000, reject: 20000, "no-match": 20000, "cannot-say": 20000, notice: 12000, question: 30000 }; // ms
const STATUS_EVERY = 60000; // ms
const PAUSES = 2000; // ms that a wireless scanner may pause within a code
const MAX_FILE = 2 << 20; // bytes

const byId = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const tell = (id, sentence) => tellIn(byId(id), sentence);

let store = null;
let checking = null;
let language = new Language("en");
let words = {};
let venueClass = "";
let tab = "check";
let shown = null; // the verdict, the notice or the explanation on the screen
let returning = 0; // timer
let closed = ""; // why nothing is judged at all
let takeOver = null; // opens the page anew with its newer version
const advised = new Set();

const request = () => ({ venueClass, language, now: new Date() });

// ---- words and status ----

function speak(code) {
  language = new Language(code);
  words = { ...language.words };
  for (const [name, sentence] of Object.entries(WORDS)) words[name] = language.translate(sentence);
  const root = document.documentElement;
  [root.lang, root.dir] = [language.code, language.direction];
  byId("language").value = language.code;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = words[each.dataset.word];
  for (const each of document.querySelectorAll("[data-label]")) each.ariaLabel = words[each.dataset.label];
  nameClasses();
  byId("unreviewed").hidden = !language.unreviewed;
  byId("unreviewed").textContent = language.unreviewed;
  byId("poster").textContent = "";
  if (shown?.screen === "explained") explain(shown.text);
  else if (shown?.refused) [shown.message, shown.remedy] = shown.refused.inWords(isolating(language));
  else if (shown && !["accept", "no-match", "question"].includes(shown.screen)) clear();
  paint();
}

async function refreshStatus() {
  if (!checking || isElsewhere()) return;
  const { city, environment, classes, level, sentences } = await checking.status(request());
  tell("city", city && isolated(city));
  byId("test").hidden = environment !== "test";
  tell("trust", inARow(sentences));
  document.querySelector("footer").dataset.level = level;
  const select = byId("class");
  const known = [...select.options].slice(1).map((option) => option.value);
  if (classes.length && String(known) !== String(classes)) {
    select.replaceChildren(select.options[0], ...classes.map((name) => new Option("", name)));
    nameClasses();
    if (!classes.includes(venueClass)) venueClass = classes.length === 1 ? classes[0] : "";
    select.value = venueClass;
  }
  paint();
}

function nameClasses() {
  for (const option of [...byId("class").options].slice(1)) option.text = labelled(option.value, words, language.places);
}

const remember = () => store?.choose({ venueClass, language: language.code });

// Whether this device knows another city than the page.
const isElsewhere = () => store?.state === "another-root";

// ---- the screen ----

function show(what) {
  shown = what;
  clearTimeout(returning);
  paint();
  scrollTo(0, 0);
  stay();
  signal(what.screen, sound);
  if (what.screen === "question") photoCheck.ask();
  announce();
}

function stay() {
  clearTimeout(returning);
  if (shown && STAYS[shown.screen]) returning = setTimeout(back, STAYS[shown.screen]);
}

function back() {
  if (shown.screen === "question") {
    show({ screen: "notice", title: "unanswered", message: words.unanswered_why });
    return;
  }
  // Whoever reaches for the button wants to read on.
  if (byId("verdict").contains(document.activeElement)) stay();
  else clear();
}

function clear() {
  clearTimeout(returning);
  shown = null;
  for (const id of ["summary", "bytes", "said"]) byId(id).replaceChildren();
  paint();
  scrollTo(0, 0);
}

// On a telephone what can be set makes room for the camera, once the place is chosen.
const small = matchMedia("(max-width: 45rem)");
const unfold = () => { byId("more").open = !(small.matches && venueClass); };

const unchosen = () => shown?.title === "choose_first";

function paint() {
  const elsewhere = isElsewhere();
  const explains = shown?.screen === "explained";
  const asks = shown?.screen === "question";
  document.body.dataset.screen = shown?.screen ?? "ready";
  document.body.dataset.camera = camera.state;
  document.body.dataset.tab = tab;
  byId("verdict").hidden = !shown || explains || elsewhere;
  byId("explained").hidden = !explains || elsewhere;
  byId("waiting").hidden = Boolean(shown) || elsewhere;
  byId("another").hidden = !elsewhere;
  byId("answers").hidden = !asks;
  byId("next").hidden = asks || Boolean(closed);
  byId("next").textContent = unchosen() ? words.choose : tab === "holder" ? words.back : words.next;
  if (shown && !explains) {
    const told = sentencesOf(shown, words, language.places);
    for (const part of ["word", "message", "remedy"]) tell(part, told[part] ?? "");
    tell("detail", inARow(told.detail));
  }
  paintWaiting();
  paintNotices();
}

function paintWaiting() {
  const on = camera.state === "on";
  const asked = tab === "holder" ? words.holder_show : !venueClass ? words.choose_first : on ? words.show : words.scan;
  byId("instruction").textContent = asked;
  byId("camera").textContent = decoder.gone ? words.no_decoder : on ? "" : words[`camera_${camera.state}`];
  byId("again").hidden = on || camera.state === "starts" || decoder.gone;
  byId("here").textContent = tab === "check" && venueClass ? labelled(venueClass, words, language.places) : "";
  byId("sound").textContent = sound.isOn ? words.sound_off : words.sound_on;
  byId("torch").hidden = !torch.isThere;
  byId("torch").textContent = torch.isOn ? words.torch_off : words.torch_on;
  byId("kept").textContent = { "begins-anew": words.begins_anew, "not-kept": words.not_kept }[store?.state] ?? "";
  for (const id of ["check", "holder"]) byId(id).ariaPressed = String(tab === id);
  listCameras(camera, byId);
}

function announce() {
  const told = shown.screen === "explained"
    ? { word: words.holder, message: shown.summary[1], detail: [] }
    : sentencesOf(shown, words, language.places);
  byId("said").textContent = "";
  // A reader speaks only what changes, and a second card may say the same as the first.
  requestAnimationFrame(() => {
    const word = fill(words.said, { word: told.word });
    byId("said").textContent = plain(inARow([word, told.message, told.remedy, ...told.detail]));
  });
}

// ---- codes ----

// moving: whether the picture is one of many, so that a code in it may still be the one that is shown.
function handle(body, { moving = false } = {}) {
  const isMore = body?.again && body.reason === "not-a-code"; // a line of a foreign code that has many
  if (body?.again && (moving || body.photo_check || (isMore && shown))) {
    // The next person's code may be the same; nobody has compared that face.
    if (shown && !shown.photo_check) stay();
  } else if (body?.outcome) {
    const detail = inARow(body.advice.filter((sentence) => !advised.has(sentence)));
    body.advice.forEach((sentence) => advised.add(sentence));
    show({ ...body, screen: body.photo_check ? "question" : body.outcome, question: body.photo_check, detail });
  } else if (body?.update) {
    update(body);
  } else if (body?.file) {
    show({ ...body, screen: "notice", title: body.file === "no-code" ? "no_code" : "file_of_no_use" });
  } else if (!moving) {
    show({ screen: "notice", title: "no_code", message: words.no_code_why });
  }
}

function update(body) {
  tell("poster", body.update === "collecting" ? body.message : "");
  if (body.update === "collecting") return;
  const screen = body.update === "taken" ? "notice" : "cannot-say";
  if (body.title) words.same = language.translate(body.title);
  show({ ...body, screen, title: body.title ? "same" : body.update === "taken" ? "taken" : "not_taken" });
  refreshStatus();
}

// What a code says, for its holder.
function explain(text) {
  const found = explained(text, language.translate);
  if (!found.parts) {
    const [message, remedy] = found.inWords(isolating(language));
    show({ screen: "notice", title: "no_code", refused: found, message, remedy });
    return;
  }
  paintExplained({ summary: byId("summary"), bytes: byId("bytes") }, found);
  show({ screen: "explained", text, summary: found.summary });
}

// Whether it was judged; else more of it may come.
async function scanned(text, onUs, silence) {
  if (!checking || isElsewhere() || closed) return true;
  if (tab === "holder") {
    const found = [text, onUs].flatMap((each) => readings(each)).find((each) => explained(each.text, language.translate).parts);
    if (!found && silence && silence <= PAUSES) return false;
    explain(found?.text ?? text);
    return true;
  }
  if (!venueClass) {
    show({ screen: "notice", title: "choose_first" });
    return true;
  }
  const answer = await checking.scan(text, onUs, silence, request());
  if (!answer.unfinished) handle(answer);
  else if (silence > PAUSES) show({ screen: "notice", title: "no_code", message: words.half });
  return !answer.unfinished;
}

async function watch() {
  for (;;) {
    const begun = performance.now();
    const isIdle = document.hidden || isElsewhere() || closed || decoder.gone || decoder.isBusy || !(venueClass || tab === "holder");
    const picture = isIdle ? null : camera.picture;
    if (picture) await look(ofCamera(picture), { moving: true });
    await pause(Math.max(FRAME_EVERY - (performance.now() - begun), 10));
  }
}

async function look(picture, { moving }) {
  const lists = decoder.lists(picture, { moving });
  if (tab === "holder") {
    for await (const texts of lists) {
      const code = texts.find((text) => /^ID[CT]/.test(text));
      if (!code) continue;
      if (!moving || code !== shown?.text) explain(code);
      return true;
    }
    return false;
  }
  const asked = venueClass;
  const answer = await checking.picture(lists, request(), { moving });
  if (answer && asked === venueClass && tab === "check") handle(answer, { moving });
  return Boolean(answer);
}

async function open(files) {
  if (!checking || isElsewhere() || closed) return;
  for (const file of files) {
    const picture = await ofFile(file);
    while (decoder.isBusy) await pause(10);
    if (picture && (await look(picture, { moving: false }))) continue;
    const bytes = new Uint8Array(await file.slice(0, MAX_FILE + 1).arrayBuffer());
    handle(picture ? checking.noCode(request()) : await checking.take(bytes, request()));
  }
}

// ---- the photo check ----

function answered(answer) {
  if (shown?.screen !== "question") return;
  if (answer === "confirmed") show({ ...shown, screen: "accept" });
  else show({ screen: "no-match" });
}

// ---- what a person does ----

const sound = new Sound(() => paint());
const torch = new Torch(byId("video"));
const camera = new Camera(byId("video"), "", () => { torch.isOn &&= torch.isThere; paint(); });
const decoder = new Decoder(() => paint());
const notices = new Notices(byId("notices"));
const anotherCity = new AnotherCity(byId, () => language);
// Before the page's own listener for keys, which would take the letter for the beginning of a code.
let mayBeScanner = () => false;
const photoCheck = new PhotoCheck(() => shown?.screen === "question", () => mayBeScanner(), answered);

mayBeScanner = listen(scanned, () => show({ screen: "notice", title: "no_code", message: words.alt }));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shown && !closed) clear();
});
byId("next").addEventListener("click", () => {
  const choose = unchosen();
  clear();
  if (!choose) return;
  byId("more").open = true;
  byId("class").focus();
});
byId("back").addEventListener("click", clear);
byId("again").addEventListener("click", () => camera.start());
byId("cameras").addEventListener("change", ({ target }) => camera.choose(target.value));
byId("torch").addEventListener("click", () => torch.toggle().then(paint));
byId("sound").addEventListener("click", () => sound.toggle());
byId("open").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", async ({ target }) => {
  await open([...target.files]);
  target.value = "";
});
for (const name of ["check", "holder"]) byId(name).addEventListener("click", () => { tab = name; clear(); });
byId("class").addEventListener("change", ({ target }) => {
  venueClass = target.value;
  remember();
  unfold();
  clear();
  refreshStatus();
});
byId("language").addEventListener("change", ({ target }) => {
  speak(target.value);
  remember();
  refreshStatus();
});
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault(); // else the browser would leave the page for the file
    if (kind === "drop") open([...event.dataTransfer.files]);
  });
}
// Whoever takes up the phone next is not to see the code of the one before.
document.addEventListener("visibilitychange", () => { if (document.hidden && shown?.screen === "explained") clear(); });
// Where there is a keyboard, a scanner may type beside the page.
const hasKeyboard = matchMedia("(any-hover: hover) and (any-pointer: fine)");
for (const kind of ["focus", "blur"]) {
  window.addEventListener(kind, () => { byId("elsewhere").hidden = document.hasFocus() || !hasKeyboard.matches; });
}

// ---- the beginning ----

async function storeChanged() {
  if (isElsewhere()) await anotherCity.show(store);
  paintNotices();
  paint();
  await refreshStatus();
}

async function begin() {
  const base64 = byId("built-in").textContent.trim();
  const builtIn = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  listLanguages(byId("language"), LANGUAGES);
  speak(preferred(navigator.languages));
  camera.start();
  try {
    store = await openStore({ builtIn, secure: isSecureContext && location.protocol !== "file:" && origin !== "null" });
  } catch (problem) {
    closed = problem.reason ?? "internal-error";
    const [message, remedy] = problem.inWords?.(isolating(language)) ?? [];
    show({ screen: "cannot-say", refused: problem.inWords && problem, message: message ?? "", remedy: remedy ?? "", detail: "" });
    document.querySelector("footer").dataset.level = "urgent";
    return;
  }
  checking = new Checking(store);
  const chosen = await store.choices();
  if (chosen.language) speak(chosen.language);
  venueClass = chosen.venueClass ?? "";
  store.on("change", storeChanged);
  await storeChanged();
  unfold();
  small.addEventListener("change", unfold);
  setInterval(refreshStatus, STATUS_EVERY);
  keepFresh(store);
  register({ onNewVersion: (opens) => { takeOver = opens; paint(); } });
  watch();
}

function paintNotices() {
  notices.put("alarm", store?.alarm ? store.alarm.inWords(isolating(language)).join(" ") : "");
  notices.put("newer", takeOver ? words.newer_page : "", { label: words.take_newer, run: takeOver });
}

begin();
