// The page's side of the worker that reads pictures: one picture at a time.

export class Decoder {
  #worker = null;
  #answer = null;
  #busy = false;
  #changed;
  gone = false; // whether there is nothing here that could read a picture

  // changed(): there is nothing that could read one, after all.
  constructor(changed) {
    this.#changed = changed;
    try {
      this.#worker = new Worker(new URL("decoder.js", document.baseURI));
    } catch {
      this.gone = true;
      return;
    }
    this.#worker.addEventListener("message", ({ data }) => this.#answer?.(data));
    this.#worker.addEventListener("error", () => {
      this.#answer?.({ gone: true });
      this.#end();
    });
  }

  get isBusy() {
    return this.#busy;
  }

  // Lists of texts, one more each time, until it is left or no attempt finds more. picture: ImageData, which goes to the
  // worker and is empty here afterwards.
  async *lists(picture, { moving }) {
    if (this.gone || this.#busy) return;
    this.#busy = true;
    try {
      const { width, height, data } = picture;
      let answer = await this.#ask({ picture: { width, height, data }, moving }, [data.buffer]);
      while (answer.texts) {
        yield answer.texts;
        answer = await this.#ask({});
      }
      if (answer.gone) this.#end();
    } finally {
      this.#busy = false;
    }
  }

  #end() {
    this.gone = true;
    this.#changed();
  }

  #ask(message, transfer = []) {
    return new Promise((done) => {
      this.#answer = done;
      this.#worker.postMessage(message, transfer);
    });
  }
}
