// Which codes the camera has in view, so that a code that stays there is judged once. Kept for as long as that, on this page
// alone.

const GONE_AFTER = 1500; // ms without being seen after which a code has left: a shaking hand blurs a picture or two

export class InView {
  #sights = new Map();

  // texts: of a picture of this moment, in ms.
  see(texts, moment) {
    for (const [text, { last }] of this.#sights) if (moment - last > GONE_AFTER) this.#sights.delete(text);
    for (const text of texts) {
      const { first = moment, reported = false, accepted = false } = this.#sights.get(text) ?? {};
      this.#sights.set(text, { first, last: moment, reported, accepted });
    }
  }

  wasReported(text) {
    return this.#sights.get(text).reported;
  }

  // For how many ms a code has been in view.
  lasts(text) {
    const { first, last } = this.#sights.get(text);
    return last - first;
  }

  report(text, { accepted }) {
    Object.assign(this.#sights.get(text), { reported: true, accepted });
  }

  get hasAccepted() {
    return [...this.#sights.values()].some(({ accepted }) => accepted);
  }
}
