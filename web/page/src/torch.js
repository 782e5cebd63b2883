// The light of a phone's camera, where it has one.

export class Torch {
  #video;
  isOn = false;

  constructor(video) {
    this.#video = video;
  }

  get #track() {
    return this.#video.srcObject?.getVideoTracks()[0];
  }

  get isThere() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  async toggle() {
    try {
      await this.#track.applyConstraints({ advanced: [{ torch: !this.isOn }] });
      this.isOn = !this.isOn;
    } catch {
      this.isOn = false; // another program has it, or the camera is gone
    }
  }
}
