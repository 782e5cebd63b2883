// What a file is, by its first bytes, never by its name (specs/desk.md, Requests): what a person can do about it.

import { asText } from "@municipal-idcard/verify/repairs";

import { translatable } from "./language.js";

const ANOTHER = translatable("Open it and hold the code to the camera, or save it as a PNG or JPEG picture.");
const NOT_HERE = translatable("Open the city's file city.idtrust, or a picture of a code.");
const SENTENCES = {
  empty: [translatable("The file is empty."), translatable("Get the file again.")],
  "web-page": [
    translatable("This is a web page."),
    translatable("Perhaps the network asks you to sign in: do that, then get the file again."),
  ],
  text: [translatable("This is a text without a code of a city card."), NOT_HERE],
  other: [translatable("This is neither a picture nor a trust file."), NOT_HERE],
  pdf: [translatable("The PDF cannot be read."), ANOTHER],
  heic: [translatable("This is a HEIC picture, which this program does not read."), ANOTHER],
  picture: [translatable("This is a picture of a kind that this program does not read."), ANOTHER],
  document: [translatable("This is a document, an archive or a video, not a picture or a PDF."), ANOTHER],
  damaged: [translatable("The picture cannot be read."), ANOTHER],
  "no-code": [translatable("No code found in the picture."), translatable("Try more light, less glare, or closer.")],
  large: [translatable("The file is too large."), translatable("Cut out the part with the code, and try again.")],
};
const HEADS = [
  [/^%PDF/, "pdf"],
  [/^.{4}ftyp(hei|hev|mif1|msf1)/s, "heic"],
  [/^(II\*\0|MM\0\*|BM|.{4}ftypavi|\x89PNG|\xff\xd8\xff|GIF8|RIFF.{4}WEBP)/s, "picture"],
  [/^(PK\x03\x04|\xd0\xcf\x11\xe0|Rar!|7z|.{4}ftyp)/s, "document"],
];
const CONTROL = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/;
const HEAD = 1024;
const MAX_TEXT = 1 << 19; // bytes of a text that is searched for codes

// It begins like a trust file, as no UTF-8 text and no picture does.
export const isTrustFile = (bytes) => bytes.length > 0 && (bytes[0] & 0xe0) === 0xa0;

// The text of a file; null where it is none.
export function textOf(bytes) {
  const text = bytes.length > MAX_TEXT ? null : asText(bytes);
  return text === null || CONTROL.test(text) ? null : text;
}

// One of the names above, for bytes that are neither a trust file nor a picture with a code.
export function kindOf(bytes) {
  const head = String.fromCharCode(...bytes.subarray(0, HEAD));
  if (!head.trim()) return "empty";
  const known = HEADS.find(([begins]) => begins.test(head))?.[1];
  if (known) return known;
  if (/^\W*<(!doctype html|html|head|script)/i.test(head)) return "web-page";
  if (bytes.length > MAX_TEXT) return "large";
  return textOf(bytes) === null ? "other" : "text";
}

export function fileIs(kind, language) {
  const [message, remedy] = SENTENCES[kind].map(language.translate);
  return { file: kind, message, remedy };
}
