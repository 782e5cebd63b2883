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
  state = "starts"; // or "on", "refused", "none", "busy", "lost"

  constructor(video, changed) {
    this.#video = video;
    this.#changed = changed;
    navigator.mediaDevices?.addEventListener("devicechange", () => {
      if (this.state === "none" || this.state === "lost") this.start();
    });
  }

  async start() {
    this.#enter("starts");
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError");
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: CAMERA_SIDE }, height: { ideal: 720 }, facingMode: { ideal: "environment" } },
      });
      stream.getVideoTracks()[0].addEventListener("ended", () => {
        if (this.#video.srcObject === stream) this.#enter("lost");
      });
      this.#video.srcObject = stream;
      // A picture like a mirror is easier to aim at; a camera at the back shows the card itself.
      const { facingMode } = stream.getVideoTracks()[0].getSettings();
      this.#video.classList.toggle("mirrored", facingMode !== "environment");
      await this.#video.play();
      this.#enter("on");
    } catch (problem) {
      this.#enter(REASONS[problem.name] ?? "busy");
    }
  }

  // The picture of this moment; null where there is none.
  async frame() {
    const { videoWidth, videoHeight, readyState } = this.#video;
    if (this.state !== "on" || readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !videoWidth) return null;
    return asJpeg(this.#video, videoWidth, videoHeight, CAMERA_SIDE);
  }

  #enter(state) {
    this.state = state;
    if (state !== "on" && state !== "starts") this.#video.srcObject = null;
    this.#changed();
  }
}
