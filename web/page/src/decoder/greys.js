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
function mapped(greys, table) {
  const out = made(greys.width, greys.height);
  for (let at = 0; at < out.data.length; at += 1) out.data[at] = table[greys.data[at]];
  return out;
}

export function combined(one, other, choose) {
  const out = made(one.width, one.height);
  for (let at = 0; at < out.data.length; at += 1) out.data[at] = choose(one.data[at], other.data[at]);
  return out;
}

// ---- sizes ----

// For each pixel of a line the first of those that it covers in a longer one, and the one behind the last (BOX).
const spans = (from, to) => {
  const scale = from / to;
  return Array.from({ length: to }, (_, at) => {
    const first = Math.max(0, Math.trunc((at + 0.5) * scale - scale / 2 + 0.5));
    return [first, Math.min(from, Math.max(first + 1, Math.trunc((at + 0.5) * scale + scale / 2 + 0.5)))];
  });
};

// Each pixel the mean of those that it covers.
export function reduced(greys, width, height) {
  const out = made(width, height);
  const columns = spans(greys.width, width);
  const sums = new Float64Array(width);
  spans(greys.height, height).forEach(([top, bottom], y) => {
    sums.fill(0);
    for (let row = top; row < bottom; row += 1) {
      for (let x = 0; x < width; x += 1) {
        const [first, end] = columns[x];
        let sum = 0;
        for (let at = row * greys.width + first; at < row * greys.width + end; at += 1) sum += greys.data[at];
        sums[x] += sum / (end - first);
      }
    }
    for (let x = 0; x < width; x += 1) out.data[y * width + x] = sums[x] / (bottom - top) + 0.5;
  });
  return out;
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

const UNIT = 256; // of shares

// For each pixel of a longer line the two of a shorter one that it lies between, and the share of the second.
function between(length, times) {
  const [left, right, share] = [0, 1, 2].map(() => new Int32Array(length * times));
  for (let to = 0; to < left.length; to += 1) {
    const at = (to + 0.5) / times - 0.5;
    left[to] = Math.max(0, Math.floor(at));
    right[to] = Math.min(length - 1, Math.floor(at) + 1);
    share[to] = Math.round((at - Math.floor(at)) * UNIT);
  }
  return { left, right, share };
}

// A whole number of times as large, between pixels in a straight line (BILINEAR).
export function enlarged(greys, times) {
  if (times === 1) return greys;
  const { width, height, data } = greys;
  const wide = made(width * times, height);
  const columns = between(width, times);
  for (let y = 0, to = 0; y < height; y += 1) {
    const start = y * width;
    for (let x = 0; x < wide.width; x += 1, to += 1) {
      const one = data[start + columns.left[x]];
      wide.data[to] = one + (((data[start + columns.right[x]] - one) * columns.share[x] + UNIT / 2) >> 8);
    }
  }
  const out = made(wide.width, height * times);
  const rows = between(height, times);
  for (let y = 0, to = 0; y < out.height; y += 1) {
    const [above, below, share] = [rows.left[y] * wide.width, rows.right[y] * wide.width, rows.share[y]];
    for (let x = 0; x < wide.width; x += 1, to += 1) {
      const one = wide.data[above + x];
      out.data[to] = one + (((wide.data[below + x] - one) * share + UNIT / 2) >> 8);
    }
  }
  return out;
}

// ---- softer and sharper ----

// What each pixel within a radius weighs, which may end within a pixel, in 2^-16.
function weights(radius) {
  const whole = Math.trunc(radius);
  const weight = 1 / (2 * radius + 1);
  const edge = (1 - (2 * whole + 1) * weight) / 2;
  return { whole, weight: Math.round(weight * 65536), edge: Math.round(edge * 65536) };
}

// The mean of all pixels within a radius along each row.
function blurredAlong({ width, height, data }, radius) {
  const out = made(width, height);
  const { whole, weight, edge } = weights(radius);
  const row = new Uint8Array(width + 2 * whole + 2); // with its ends repeated
  for (let y = 0, to = 0; y < height; y += 1) {
    const start = y * width;
    row.fill(data[start], 0, whole + 1);
    row.set(data.subarray(start, start + width), whole + 1);
    row.fill(data[start + width - 1], whole + 1 + width);
    let sum = 0;
    for (let at = 1; at <= 2 * whole + 1; at += 1) sum += row[at];
    for (let x = 0; x < width; x += 1, to += 1) {
      out.data[to] = (sum * weight + (row[x] + row[x + 2 * whole + 2]) * edge + 32768) >>> 16;
      sum += row[x + 2 * whole + 2] - row[x + 1];
    }
  }
  return out;
}

// And along each column.
function blurredDown({ width, height, data }, radius) {
  const out = made(width, height);
  const { whole, weight, edge } = weights(radius);
  const start = (y) => (y < 0 ? 0 : y >= height ? height - 1 : y) * width;
  const sums = new Int32Array(width);
  for (let y = -whole; y <= whole; y += 1) {
    const row = start(y);
    for (let x = 0; x < width; x += 1) sums[x] += data[row + x];
  }
  for (let y = 0, to = 0; y < height; y += 1) {
    const [above, first, behind] = [start(y - whole - 1), start(y - whole), start(y + whole + 1)];
    for (let x = 0; x < width; x += 1, to += 1) {
      const next = data[behind + x];
      out.data[to] = (sums[x] * weight + (data[above + x] + next) * edge + 32768) >>> 16;
      sums[x] += next - data[first + x];
    }
  }
  return out;
}

export const blurred = (greys, radius) => blurredDown(blurredAlong(greys, radius), radius);

const PASSES = 3;

// Nearly a Gaussian, by three boxes (as Pillow). sigma: in pixels.
export function soft(greys, sigma) {
  const each = (sigma * sigma) / PASSES;
  const least = Math.floor((Math.sqrt(12 * each + 1) - 1) / 2);
  const rest = ((2 * least + 1) * (least * (least + 1) - 3 * each)) / (6 * (each - (least + 1) ** 2));
  let out = greys;
  for (const along of [blurredAlong, blurredDown]) {
    for (let pass = 0; pass < PASSES; pass += 1) out = along(out, least + rest);
  }
  return out;
}

const GAIN = 2.5;
const MIDDLE_GREY = 128;

// How much each pixel differs from those around it.
export function contrast(greys, reach) {
  const around = blurred(greys, reach).data;
  const out = made(greys.width, greys.height);
  const clamped = new Uint8ClampedArray(out.data.buffer);
  for (let at = 0; at < clamped.length; at += 1) clamped[at] = Math.trunc((greys.data[at] - around[at]) * GAIN + MIDDLE_GREY);
  return out;
}

// Each grey as often as any other.
export function equalized(greys) {
  const counts = Array.from(new Uint32Array(256));
  for (let at = 0; at < greys.data.length; at += 1) counts[greys.data[at]] += 1;
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

// For each pixel the darkest of itself and of the one so many places before it; beyond the beginning it goes on at the end.
function darker({ width, height, data }, places) {
  const out = made(width, height);
  const all = data.length;
  for (let at = 0; at < all; at += 1) {
    const from = at < places ? at - places + all : at - places;
    out.data[at] = data[at] < data[from] ? data[at] : data[from];
  }
  return out;
}

// For each pixel the darkest of a square of which it is the last corner.
function spread(greys, width) {
  let out = greys;
  for (const places of [1, greys.width]) {
    for (let done = 1; done < width;) {
      const step = Math.min(done, width - done);
      out = darker(out, step * places);
      done += step;
    }
  }
  return out;
}

// Black is white, and the first the last: what makes dark grow makes it shrink.
function turnedOver({ width, height, data }) {
  const out = made(width, height);
  const last = data.length - 1;
  for (let at = 0; at <= last; at += 1) out.data[last - at] = 255 - data[at];
  return out;
}

// What is dark grows until lines narrower than width pixels are gone, and shrinks by as much.
export const withoutLightLines = (greys, width) => turnedOver(spread(turnedOver(spread(greys, width)), width));
