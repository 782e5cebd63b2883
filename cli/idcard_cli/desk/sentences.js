// Sentences of the program on the page. A value in one keeps its own direction: a telephone number is not turned round by
// an Arabic sentence.

const NUMBER = /([\d()+.-]{4,20})/; // a day or a telephone: not broken at the end of a line
const [ISOLATE, END] = "\u2068\u2069"; // around a value in a sentence (UAX #9)

export const isolated = (value) => `${ISOLATE}${value}${END}`;
export const fill = (sentence, values) => sentence.replace(/\{([a-z]+)\}/g, (place, name) => isolated(values[name]));
export const plain = (sentence) => sentence.replace(/[\u2068\u2069]/g, "");
export const inARow = (sentences) => sentences.filter(Boolean).join(" ").replaceAll("。 ", "。");

export function tell(element, sentence) {
  const open = [document.createDocumentFragment()];
  for (const piece of sentence.split(/([\u2068\u2069])/)) {
    if (piece === ISOLATE) open.push(document.createElement("bdi"));
    else if (piece !== END) open.at(-1).append(...piece.split(NUMBER).map((part, at) => (at % 2 ? whole(part) : part)));
    else if (open.length > 1) open.at(-2).append(open.pop());
  }
  element.replaceChildren(...open);
}

function whole(number) {
  const kept = document.createElement("span");
  kept.className = "number";
  kept.textContent = number;
  return kept;
}
