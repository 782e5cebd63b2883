// Grey pictures, {width, height, data}, and what idcard/pictures does to them by Pillow: the same steps, so that the page
// reads what the desk reads. data: one byte a pixel, row by row.

export const made = (width, height) => ({ width, height, data: new Uint8Array(width * height) });

// Of ImageData, by the weights of Pillow.
export function fromColours({ width, height, data }) {
  const greys = made(width, height);
  const out = greys.data;
  for (let at = 0, from = 0; at < out.length; at += 1, from += 4) {
    out[at] = (data[from] * 19595 + data[from + 1] * 38470 + data[from + 2] * 7471 + 0x8000) >> 16;
  }
  return greys;
}

// By a table of 256 greys.
export function mapped(greys, table) {
  const out = made(greys.width, greys.height);
  for (let at = 0; at < out.data.length; at += 1) out.data[at] = table[greys.data[at]];
  return out;
}

export function combined(one, other, choose) {
  const out = made(one.width, one.height);
  for (let at = 0; at < out.data.length; at += 1) out.data[at] = choose(one.data[at], other.data[at]);
  return out;
}

// Rows and columns exchanged: what works along rows works along columns too.
function turned({ width, height, data }) {
  const out = made(height, width);
  for (let y = 0, from = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, from += 1) out.data[x * height + y] = data[from];
  }
  return out;
}

const both = (greys, along) => turned(along(turned(along(greys))));

// ---- sizes ----

// Each pixel the mean of those that it covers (BOX).
export function reduced(greys, width, height) {
  const means = ([from, to]) => (row) => {
    const out = made(to, row.height);
    const scale = from / to;
    for (let x = 0; x < to; x += 1) {
      const first = Math.max(0, Math.trunc((x + 0.5) * scale - scale / 2 + 0.5));
      const end = Math.min(from, Math.max(first + 1, Math.trunc((x + 0.5) * scale + scale / 2 + 0.5)));
      for (let y = 0; y < row.height; y += 1) {
        let sum = 0;
        for (let at = y * from + first; at < y * from + end; at += 1) sum += row.data[at];
        out.data[y * to + x] = sum / (end - first) + 0.5;
      }
    }
    return out;
  };
  return turned(means([greys.height, height])(turned(means([greys.width, width])(greys))));
}

// Each pixel the mean of a cell; the last cells may be smaller.
export const inCells = (greys, wide, high) => {
  const out = made(Math.ceil(greys.width / wide), Math.ceil(greys.height / high));
  for (let y = 0; y < out.height; y += 1) {
    const end = Math.min(greys.height, (y + 1) * high);
    for (let x = 0; x < out.width; x += 1) {
      const right = Math.min(greys.width, (x + 1) * wide);
      let sum = 0;
      for (let row = y * high; row < end; row += 1) {
        for (let at = row * greys.width + x * wide; at < row * greys.width + right; at += 1) sum += greys.data[at];
      }
      out.data[y * out.width + x] = sum / ((end - y * high) * (right - x * wide)) + 0.5;
    }
  }
  return out;
};

// A whole number of times as large, between pixels in a straight line (BILINEAR).
export function enlarged(greys, times) {
  if (times === 1) return greys;
  return both(greys, (row) => {
    const { width, height, data } = row;
    const out = made(width * times, height);
    for (let step = 0; step < times; step += 1) {
      const at = (step + 0.5) / times - 0.5;
      const [before, share] = at < 0 ? [-1, at + 1] : [0, at];
      for (let y = 0; y < height; y += 1) {
        const start = y * width;
        for (let x = 0, to = y * out.width + step; x < width; x += 1, to += times) {
          const left = data[start + Math.max(0, x + before)];
          const right = data[start + Math.min(width - 1, x + before + 1)];
          out.data[to] = left + (right - left) * share + 0.5;
        }
      }
    }
    return out;
  });
}

// ---- softer and sharper ----

// The mean of all pixels within a radius along each row, which may end within a pixel.
function blurredAlong({ width, height, data }, radius) {
  const out = made(width, height);
  const whole = Math.trunc(radius);
  const weight = 1 / (2 * radius + 1);
  const edge = (1 - (2 * whole + 1) * weight) / 2;
  const last = width - 1;
  for (let y = 0; y < height; y += 1) {
    const start = y * width;
    const pixel = (x) => data[start + (x < 0 ? 0 : x > last ? last : x)];
    let sum = 0;
    for (let x = -whole; x <= whole; x += 1) sum += pixel(x);
    for (let x = 0; x < width; x += 1) {
      out.data[start + x] = sum * weight + (pixel(x - whole - 1) + pixel(x + whole + 1)) * edge + 0.5;
      sum += pixel(x + whole + 1) - pixel(x - whole);
    }
  }
  return out;
}

export const blurred = (greys, radius) => both(greys, (row) => blurredAlong(row, radius));

const PASSES = 3;

// Nearly a Gaussian, by three boxes (as Pillow). sigma: in pixels.
export function soft(greys, sigma) {
  const each = (sigma * sigma) / PASSES;
  const least = Math.floor((Math.sqrt(12 * each + 1) - 1) / 2);
  const rest = ((2 * least + 1) * (least * (least + 1) - 3 * each)) / (6 * (each - (least + 1) ** 2));
  return both(greys, (row) => {
    let out = row;
    for (let pass = 0; pass < PASSES; pass += 1) out = blurredAlong(out, least + rest);
    return out;
  });
}

const GAIN = 2.5;
const MIDDLE_GREY = 128;
const within = (grey) => (grey < 0 ? 0 : grey > 255 ? 255 : grey);

// How much each pixel differs from those around it.
export const contrast = (greys, reach) =>
  combined(greys, blurred(greys, reach), (grey, around) => within((grey - around) * GAIN + MIDDLE_GREY));

// Each grey as often as any other.
export function equalized(greys) {
  const counts = new Array(256).fill(0);
  for (const grey of greys.data) counts[grey] += 1;
  const used = counts.filter(Boolean);
  const step = Math.floor((greys.data.length - used.at(-1)) / 255);
  if (used.length < 2 || !step) return greys;
  let sum = Math.floor(step / 2);
  return mapped(greys, counts.map((count) => {
    const grey = Math.min(255, Math.floor(sum / step));
    sum += count;
    return grey;
  }));
}

// ---- lines ----

// For each pixel the darkest or lightest of a square that it is a corner of; beyond the edges it goes on at the other side.
function spread(greys, width, way, choose) {
  return both(greys, (row) => {
    let out = row;
    for (let done = 1; done < width;) {
      const step = Math.min(done, width - done);
      const next = made(out.width, out.height);
      for (let y = 0; y < out.height; y += 1) {
        for (let x = 0; x < out.width; x += 1) {
          const from = (x - way * step + out.width) % out.width;
          next.data[y * out.width + x] = choose(out.data[y * out.width + x], out.data[y * out.width + from]);
        }
      }
      out = next;
      done += step;
    }
    return out;
  });
}

export function withoutLightLines(greys, width) {
  const dark = spread(greys, width, 1, (one, other) => (one < other ? one : other));
  return spread(dark, width, -1, (one, other) => (one > other ? one : other));
}
