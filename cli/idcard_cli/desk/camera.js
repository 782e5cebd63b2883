// Pictures of the camera and of files, as JPEG small enough for the program.

const CAMERA_SIDE = 1280; // pixels of the longer side
const PHOTO_SIDE = 2560;
const QUALITY = 0.85;
const REASONS = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "none", OverconstrainedError: "none" };

const canvas = document.createElement("canvas");

function asJpeg(picture, width, height, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

// Of a file that a person opened or dropped; null where the browser cannot read it.
export async function photo(file) {
  try {
    const picture = await createImageBitmap(file);
    return await asJpeg(picture, picture.width, picture.height, PHOTO_SIDE);
  } catch {
    return null;
  }
}

export class Camera {
  #video;
  #changed;
  #starts = 0;
  state = "starts"; // or "on", "refused", "none", "busy", "lost"
  chosen = ""; // the browser's name for the camera that a person wants
  used = ""; // and for the one in use
  all = []; // {id, label}; the browser tells them once the camera is allowed

  constructor(video, chosen, changed) {
    this.#video = video;
    this.chosen = chosen;
    this.#changed = changed;
    navigator.mediaDevices?.addEventListener("devicechange", () => {
      if (this.state === "none" || this.state === "lost") this.start();
      else this.#list();
    });
  }

  choose(id) {
    this.chosen = id;
    return this.start();
  }

  async start() {
    const mine = ++this.#starts;
    this.#enter("starts");
    this.#stop(); // some cameras cannot run beside another
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError");
      const stream = await this.#open();
      if (mine !== this.#starts) {
        for (const track of stream.getTracks()) track.stop();
        return; // another was chosen meanwhile
      }
      stream.getVideoTracks()[0].addEventListener("ended", () => {
        if (this.#video.srcObject === stream) this.#enter("lost");
      });
      this.#video.srcObject = stream;
      this.used = stream.getVideoTracks()[0].getSettings().deviceId ?? "";
      // A picture like a mirror is easier to aim at; a camera at the back shows the card itself.
      const { facingMode } = stream.getVideoTracks()[0].getSettings();
      this.#video.classList.toggle("mirrored", facingMode !== "environment");
      await this.#video.play();
      if (mine !== this.#starts) return;
      this.#enter("on");
      await this.#list();
    } catch (problem) {
      if (mine === this.#starts) this.#enter(REASONS[problem.name] ?? "busy");
    }
  }

  // The chosen camera. Chromium passes over one that is only `ideal`; one that is not there is no reason to have none.
  async #open() {
    const open = (which) => navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: CAMERA_SIDE }, height: { ideal: 720 }, ...which },
    });
    try {
      if (this.chosen) return await open({ deviceId: { exact: this.chosen } });
    } catch (problem) {
      if (REASONS[problem.name] !== "none") throw problem;
    }
    return open({ facingMode: { ideal: "environment" } });
  }

  async #list() {
    const devices = (await navigator.mediaDevices.enumerateDevices?.()) ?? [];
    this.all = devices
      .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId)
      .map(({ deviceId, label }, at) => ({ id: deviceId, label: label || String(at + 1) }));
    this.#changed();
  }

  #stop() {
    for (const track of this.#video.srcObject?.getTracks() ?? []) track.stop();
    this.#video.srcObject = null;
  }

  // What shows the picture of this moment; null where there is none.
  get picture() {
    const { videoWidth, readyState } = this.#video;
    return this.state === "on" && readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && videoWidth ? this.#video : null;
  }

  async frame() {
    const { picture } = this;
    return picture && asJpeg(picture, picture.videoWidth, picture.videoHeight, CAMERA_SIDE);
  }

  #enter(state) {
    this.state = state;
    if (state !== "on" && state !== "starts") this.#video.srcObject = null;
    this.#changed();
  }
}

// Only what has changed: a list that is open would close.
export function listCameras(camera, byId) {
  const list = byId("cameras");
  const known = [...list.options].map(({ value, text }) => value + text);
  byId("which").hidden = camera.all.length < 2;
  if (String(known) !== String(camera.all.map(({ id, label }) => id + label))) {
    list.replaceChildren(...camera.all.map(({ id, label }) => new Option(label, id)));
  }
  if (camera.state === "on" && document.activeElement !== list) list.value = camera.used;
}
