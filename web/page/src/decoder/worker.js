// Reads codes beside the page, which stays quick. It is sent a picture, answers with the codes that one attempt more has
// found, and goes on only if it is asked to.

import { Search } from "./search.js";

const HERE = new URL("zxing_reader.wasm", self.location.href);
const fetched = async () => {
  const answer = await fetch(HERE, { credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Error("the decoder is not beside the page");
  return answer.arrayBuffer();
};
const beginning = Search.begin(fetched());
let lists = null;

// {picture, moving}: the next picture; {}: more of the same. Answers {texts}, or {done: true}; {gone: true} where there is no decoder.
self.addEventListener("message", async ({ data: { picture, moving } }) => {
  let search;
  try {
    search = await beginning;
  } catch {
    self.postMessage({ gone: true });
    return;
  }
  if (picture) lists = search.lists(picture, moving);
  const next = lists.next();
  self.postMessage(next.done ? { done: true } : { texts: next.value });
});
