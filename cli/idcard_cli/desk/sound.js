// Three signals that differ in number and length as well as in pitch: [start, length, hertz], in seconds.
const SIGNALS = {
  accept: [[0, 0.1, 880], [0.12, 0.2, 1320]],
  reject: [[0, 0.7, 165]],
  "cannot-say": [[0, 0.12, 440], [0.22, 0.12, 440], [0.44, 0.12, 440]],
  notice: [[0, 0.1, 660]],
};
const LOUDNESS = 0.3;

export class Sound {
  #context = null;
  muted = false;

  // Browsers stay silent until a key or a click; a scanner's key will do.
  constructor(changed) {
    this.changed = changed;
    for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => this.#wake(), true);
  }

  get isOn() {
    return !this.muted && this.#context?.state === "running";
  }

  toggle() {
    this.muted = this.isOn;
    this.#wake();
    this.changed();
  }

  play(name) {
    if (!this.isOn) return;
    for (const [start, length, hertz] of SIGNALS[name] ?? []) this.#tone(this.#context.currentTime + start, length, hertz);
  }

  #wake() {
    this.#context ??= new AudioContext();
    if (this.#context.state !== "running") this.#context.resume().then(this.changed, () => {});
  }

  #tone(start, length, hertz) {
    const tone = this.#context.createOscillator();
    const volume = this.#context.createGain();
    tone.type = hertz < 300 ? "sawtooth" : "sine";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(LOUDNESS, start);
    volume.gain.linearRampToValueAtTime(0, start + length);
    tone.connect(volume).connect(this.#context.destination);
    tone.start(start);
    tone.stop(start + length);
  }
}
