// Pictures of the camera and of files, as ImageData for the decoder.

const CAMERA_SIDE = 1280; // pixels of the longer side
const MAX_PIXELS = 12_000_000; // of a file's picture; a phone takes as many

const canvas = document.createElement("canvas");
const pen = canvas.getContext("2d", { willReadFrequently: true });

function drawn(picture, width, height, scale) {
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

// Of a video that shows something.
export function ofCamera(video) {
  const { videoWidth: width, videoHeight: height } = video;
  return drawn(video, width, height, Math.min(1, CAMERA_SIDE / Math.max(width, height)));
}

// Of a file that a person opened or dropped; null where the browser cannot read it.
export async function ofFile(file) {
  try {
    const picture = await createImageBitmap(file);
    const { width, height } = picture;
    return drawn(picture, width, height, Math.min(1, Math.sqrt(MAX_PIXELS / (width * height))));
  } catch {
    return null;
  }
}
