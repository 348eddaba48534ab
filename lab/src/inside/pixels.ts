// Rows that are pictures: ink on paper, or red, green and blue.
import type { Picture } from "./answers";
import { paintBitmap } from "./canvas";

/** Values from 0 to `most`, a channel behind the other. */
export function pixels(values: readonly number[], picture: Picture, most: number, canvas = document.createElement("canvas")): HTMLCanvasElement {
  const { rows, cols, channels } = picture;
  const size = rows * cols;
  paintBitmap(canvas, cols, rows, (x, y) => {
    const at = y * cols + x;
    const level = (channel: number) => 255 * Math.min(1, Math.max(0, values[channel * size + at]! / most));
    if (channels === 3) return [level(0), level(1), level(2)];
    const paper = 255 - level(0);
    return [paper, paper, paper];
  });
  return canvas;
}
