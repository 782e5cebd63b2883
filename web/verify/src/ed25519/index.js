/**
 * Ed25519 (RFC 8032) as specs/credential.md, Signatures, has it: by WebCrypto where the runtime can, else by
 * `@noble/ed25519`, which is loaded only there.
 */

import { isSound } from "./encodings.js";

/** @typedef {(signature: Uint8Array, message: Uint8Array) => Promise<boolean>} Verify */

const NAME = "Ed25519";

/**
 * What verifies with a public key, as that of a trust file: the key is imported once, on its first signature.
 * @param {Uint8Array} key of 32 bytes
 * @returns {Verify}
 */
export function verifierOf(key) {
  /** @type {Promise<Verify> | undefined} */
  let made;
  /** @type {Verify | undefined} */
  let ready;
  return async (signature, message) => {
    // Runtimes differ in what they do with encodings that no honest signer makes; so none gets them.
    if (!isSound(key, signature)) return false;
    ready ??= await (made ??= imported(key));
    return ready(signature, message);
  };
}

/**
 * @param {Uint8Array} key
 * @returns {Promise<Verify>}
 */
async function imported(key) {
  const { subtle } = globalThis.crypto;
  try {
    const taken = await subtle.importKey("raw", /** @type {BufferSource} */ (key), NAME, false, ["verify"]);
    return (signature, message) =>
      subtle.verify(NAME, taken, /** @type {BufferSource} */ (signature), /** @type {BufferSource} */ (message));
  } catch {
    // No Ed25519 in this runtime, or it takes no such key: the fallback decides.
  }
  const { verify } = await import("./fallback.js");
  return (signature, message) => verify(key, signature, message);
}
