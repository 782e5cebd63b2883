// The page of a desk. It decides nothing and keeps nothing: codes go to the program on this computer, and what comes back
// is shown. All sentences come from there too.

import { Camera, listCameras, photo } from "/camera.js";
import { FirstRun } from "/first_run.js";
import { listen } from "/keys.js";
import { PhotoCheck } from "/photo_check.js";
import { showReport } from "/report.js";
import { labelled, sentencesOf } from "/screens.js";
import { fill, inARow, isolated, plain, tell as tellIn } from "/sentences.js";
import { Sound } from "/sound.js";

const FRAME_EVERY = 125; // ms between two pictures, at least
const STAYS = { accept: 6000, reject: 20000, "no-match": 20000, "cannot-say": 20000, notice: 12000, question: 30000 }; // ms
const SOUNDS = { gone: "cannot-say", "no-match": "reject", question: "notice" }; // of screens that have none of their own
const OF_WORDS = ["accept", "gone", "no-match", "question", "report"]; // screens in which all sentences are the page's own
const STATUS_EVERY = 60000; // ms
const ASK_AGAIN = 1000; // ms, while the program is gone
const PATIENCE = 10000; // ms without an answer after which it is gone
const PAUSES = 2000; // ms that a wireless scanner may pause within a code
const MAX_FILE = 2 << 20; // bytes
const HEAD = 1024; // bytes that tell what a file is

const byId = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const tell = (id, sentence) => tellIn(byId(id), sentence);

const settings = new URLSearchParams(location.hash.slice(1));
const fixedClass = document.body.dataset.class;
let venueClass = fixedClass || (settings.get("class") ?? document.body.dataset.lastClass);
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

const post = (path, body, type, more) => ask(path, { method: "POST", body, headers: { "Content-Type": type } }, more);
const send = (path, told) => post(path, JSON.stringify(told), "application/json");

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
  else if (shown && !OF_WORDS.includes(shown.screen)) clear();
  if (shown?.screen === "report") await report();
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
  firstRun.update(answer.body.first);
  paint();
}

function nameClasses() {
  if (!words) return;
  for (const option of [...byId("class").options].slice(1)) option.text = labelled(option.value, words, places);
  if (fixedClass) byId("here").textContent = labelled(fixedClass, words, places);
}

function remember() {
  const kept = { ...(fixedClass ? {} : { class: venueClass }), language, ...(camera.chosen ? { camera: camera.chosen } : {}) };
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
  send("/settings", kept);
}

// ---- the screen ----

function show(what) {
  leaveQuestion();
  shown = what;
  clearTimeout(returning);
  paint();
  scrollTo(0, 0);
  stay();
  sound.play(SOUNDS[what.screen] ?? what.screen);
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
  leaveQuestion();
  clearTimeout(returning);
  shown = null;
  paint();
  scrollTo(0, 0);
  byId("said").textContent = "";
}

const unchosen = () => shown?.title === "choose_first";

function paint() {
  if (!words) return;
  document.body.dataset.screen = shown?.screen ?? "ready";
  document.body.dataset.camera = camera.state;
  const reports = shown?.screen === "report";
  const asks = shown?.screen === "question";
  byId("verdict").hidden = !shown || reports;
  byId("report").hidden = !reports;
  byId("waiting").hidden = Boolean(shown);
  byId("answers").hidden = !asks;
  byId("next").hidden = shown?.screen === "gone" || asks;
  byId("next").textContent = unchosen() ? words.choose : firstRun.step ? words.back : words.next;
  if (shown) {
    const told = sentencesOf(shown, words, places);
    for (const part of ["word", "message", "remedy"]) tell(part, told[part] ?? "");
    tell("detail", inARow(told.detail));
  }
  const on = camera.state === "on";
  firstRun.paint(words);
  byId("instruction").textContent = firstRun.step
    ? words[`first_${firstRun.step}`] : !venueClass ? words.choose_first : on ? words.show : words.scan;
  byId("camera").textContent = on ? "" : words[`camera_${camera.state}`];
  byId("again").hidden = on || camera.state === "starts";
  byId("sound").textContent = sound.isOn ? words.sound_off : words.sound_on;
  listCameras(camera, byId);
}

function announce() {
  if (!words) return;
  const told = sentencesOf(shown, words, places);
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
  const isMore = body?.again && body.reason === "not-a-code"; // a line of a foreign code that has many
  if (body?.again && (moving || body.photo_check || (isMore && shown))) {
    // The next person's code may be the same; nobody has compared that face.
    if (shown && !shown.photo_check) stay();
  } else if (body?.outcome) {
    const detail = inARow(body.advice.filter((sentence) => !advised.has(sentence)));
    body.advice.forEach((sentence) => advised.add(sentence));
    show({ ...body, screen: body.photo_check ? "question" : body.outcome, detail });
  } else if (body?.update) {
    update(body);
  } else if (body?.file) {
    const title = ["no-code", "no-code-in-pdf"].includes(body.file) ? "no_code" : "file_of_no_use";
    show({ ...body, screen: "notice", title });
  } else if (!moving && status === 413) {
    show({ screen: "notice", title: "too_large" });
  } else if (!moving) {
    show({ screen: "notice", title: "no_code", message: words.no_code_why });
  }
}

function update(body) {
  tell("poster", body.update === "collecting" ? body.message : "");
  if (body.update === "collecting") return;
  if (body.update === "offered") {
    firstRun.offer(body);
    clear();
    byId("fingerprint").focus();
    return;
  }
  const screen = body.update === "taken" ? "notice" : "cannot-say";
  show({ ...body, screen, title: body.update === "taken" ? "taken" : "not_taken" });
  refreshStatus();
}

// Whether it was judged; else more of it may come.
async function scanned(text, onUs, silence) {
  if (gone || !words) return true;
  if (!venueClass && !firstRun.step) {
    show({ screen: "notice", title: "choose_first" });
    return true;
  }
  const answer = await send("/scan", { text, on_us: onUs, silence });
  if (!answer?.body?.unfinished) handle(answer);
  else if (silence > PAUSES) show({ screen: "notice", title: "no_code", message: words.half });
  return !answer?.body?.unfinished;
}

function altTyped() {
  if (!gone && words) show({ screen: "notice", title: "no_code", message: words.alt });
}

async function watch() {
  for (;;) {
    const begun = performance.now();
    const idle = gone || !words || document.hidden || !(venueClass || firstRun.step === "file");
    const frame = idle ? null : await camera.frame();
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

// What it is that is too large to be sent.
const kindOf = (file) => post("/kind", file.slice(0, HEAD), "application/octet-stream");

async function open(files) {
  for (const file of files) {
    const picture = file.type.startsWith("image/") ? await photo(file) : null;
    const seen = picture && await post("/photo", picture, picture.type);
    const fits = file.size <= MAX_FILE;
    // As JPEG, what is transparent is black, and colours are softer: the file itself may show more.
    if (picture && !(seen?.status === 204 && fits)) {
      handle(seen);
    } else if (fits) {
      handle(await post("/trust", file, "application/octet-stream"));
    } else if (file.name.toLowerCase().endsWith(".idtrust")) {
      handle(await tooLarge());
    } else {
      const answer = await kindOf(file);
      handle(["other", "text", "large"].includes(answer?.body?.file) ? { status: 413, body: null } : answer);
    }
  }
}

// ---- the photo check, the report, the first run ----

// A question that is left has no answer. Where another scan ended it, the program knows.
function leaveQuestion() {
  if (shown?.screen !== "question") return;
  send("/confirm", { question: shown.question, answer: "unanswered" });
  shown = null;
}

async function answered(answer) {
  const asked = shown;
  const told = await send("/confirm", { question: asked.question, answer });
  if (shown !== asked) return; // another card came meanwhile
  shown = null;
  if (told?.body?.answer === "confirmed") show({ ...asked, screen: "accept" });
  else if (told?.body?.answer === "no-match") show({ screen: "no-match" });
  else if (told) show({ screen: "notice", title: "unanswered", message: words.unanswered_why });
}

async function report() {
  const answer = await ask("/tally");
  if (answer?.status !== 200) return;
  show({ screen: "report" });
  const day = new Date().toISOString().slice(0, 10); // in UTC, as codes are counted
  tell("report_of", [byId("city").textContent, day].filter(Boolean).map(isolated).join(" · "));
  tell("report_note", showReport(byId("rows"), answer.body, words));
}

async function install(file, told) {
  const answer = await post("/install", file, "application/octet-stream", told);
  if (answer?.body?.update) update(answer.body);
  else refreshStatus();
}

// ---- what a person does ----

const sound = new Sound(() => paint());
const camera = new Camera(byId("video"), settings.get("camera") ?? document.body.dataset.lastCamera, () => paint());
const firstRun = new FirstRun(install);
// Before the page's own listener for keys, which would take the letter for the beginning of a code.
let mayBeScanner = () => false;
const photoCheck = new PhotoCheck(() => shown?.screen === "question", () => mayBeScanner(), answered);

mayBeScanner = listen(scanned, altTyped);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shown && !gone) clear();
});
byId("next").addEventListener("click", () => {
  const choose = unchosen();
  clear();
  if (choose) byId("class").focus();
  if (firstRun.step === "words") byId("fingerprint").focus();
});
byId("again").addEventListener("click", () => camera.start());
byId("cameras").addEventListener("change", async ({ target }) => {
  await camera.choose(target.value);
  remember();
});
byId("tally").addEventListener("click", report);
byId("print").addEventListener("click", () => print());
byId("back").addEventListener("click", clear);
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
