// From strokes to the pixels of a data set: what was drawn is cut out, scaled and centred as the sets' makers did it.
import type { Picture } from "../inside/answers";

/** Grey levels of a drawing, `side` x `side`, 0 is paper and 1 is ink. */
export interface Ink {
  side: number;
  levels: Float32Array;
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number; // both exclusive
}

/** Null where nothing is drawn. */
function boxOf({ side, levels }: Ink): Box | null {
  const box = { left: side, top: side, right: 0, bottom: 0 };
  for (let y = 0; y < side; ++y) {
    for (let x = 0; x < side; ++x) {
      if (levels[y * side + x]! < 0.1) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = y + 1;
    }
  }
  return box.right > box.left ? box : null;
}

/** Mean ink of the part [x0, x1) x [y0, y1) of the drawing, which may reach beyond its edge. */
function mean({ side, levels }: Ink, x0: number, y0: number, x1: number, y1: number): number {
  let sum = 0;
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(side, y1); ++y) {
    const height = Math.min(y + 1, y1) - Math.max(y, y0);
    for (let x = Math.max(0, Math.floor(x0)); x < Math.min(side, x1); ++x)
      sum += levels[y * side + x]! * height * (Math.min(x + 1, x1) - Math.max(x, x0));
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

/** `size` x `size` pixels around (middleX, middleY), each as wide as `scale` of the drawing's. */
function sampled(ink: Ink, size: number, scale: number, middleX: number, middleY: number): Float32Array {
  const pixels = new Float32Array(size * size);
  for (let y = 0; y < size; ++y) {
    for (let x = 0; x < size; ++x) {
      const left = middleX + (x - size / 2) * scale;
      const top = middleY + (y - size / 2) * scale;
      pixels[y * size + x] = mean(ink, left, top, left + scale, top + scale);
    }
  }
  return pixels;
}

// MNIST: the longer side becomes 20 of 28 pixels, and the centre of mass stands in the middle.
function likeMnist(ink: Ink, box: Box, size: number): Float32Array {
  const scale = Math.max(box.right - box.left, box.bottom - box.top) / ((20 / 28) * size);
  let [mass, x, y] = [0, 0, 0];
  ink.levels.forEach((level, at) => {
    mass += level;
    x += level * ((at % ink.side) + 0.5);
    y += level * (Math.floor(at / ink.side) + 0.5);
  });
  return sampled(ink, size, scale, x / mass, y / mass);
}

// The digits of 8 x 8: the longer side fills the picture, and its middle is that of the box.
function likeDigits(ink: Ink, box: Box, size: number): Float32Array {
  const scale = Math.max(box.right - box.left, box.bottom - box.top) / size;
  return sampled(ink, size, scale, (box.left + box.right) / 2, (box.top + box.bottom) / 2);
}

/** The largest value of a pixel: 16 of the digits, else a byte's. */
export const mostInk = (picture: Picture): number => (picture.rows === 8 ? 16 : 255);

/** As wide as the pens that wrote the data, as a share of the sheet: two to three of MNIST's 28 pixels, two of the digits' 8. */
export const brushOf = (picture: Picture): number => (picture.rows === 8 ? 0.095 : 0.04);

/** What a network is asked about: whole numbers from 0 to mostInk. All 0 where nothing is drawn. */
export function pixelsOf(ink: Ink, picture: Picture): number[] {
  const size = picture.rows;
  const box = boxOf(ink);
  if (box === null) return new Array<number>(size * size).fill(0);
  const pixels = size === 8 ? likeDigits(ink, box, size) : likeMnist(ink, box, size);
  const most = mostInk(picture);
  return Array.from(pixels, (level) => Math.round(Math.min(1, level) * most));
}
