// A sheet to draw on with mouse, finger or pen: a soft brush, one channel of ink.
import { h } from "../dom";
import { onThemeChange, variable } from "../inside/colours";
import type { Ink } from "./ink";

const side = 280;

export interface Pad {
  element: HTMLElement;
  ink(): Ink;
  clear(): void;
  /** The radius of the brush as a share of the sheet. */
  setBrush(radius: number): void;
  /** A picture of `size` x `size` levels from 0 to 1 instead of strokes. */
  show(levels: number[], size: number): void;
  end(): void;
}

/** `onChange` after every movement of the pen. */
export function pad(onChange: () => void): Pad {
  const canvas = h("canvas", {
    class: "pad",
    width: side,
    height: side,
    tabindex: 0,
    role: "img",
    "aria-label": "Sheet to draw a digit on with mouse, finger or pen. Escape clears it.",
  });
  const context = canvas.getContext("2d")!;
  const levels = new Float32Array(side * side);
  let brush = 0.04 * side;
  let pen: { id: number; x: number; y: number } | null = null;

  const paint = () => {
    const [red, green, blue] = variable("--ink");
    const image = context.createImageData(side, side);
    for (let at = 0; at < levels.length; ++at) {
      image.data[4 * at] = red;
      image.data[4 * at + 1] = green;
      image.data[4 * at + 2] = blue;
      image.data[4 * at + 3] = 255 * levels[at]!;
    }
    context.putImageData(image, 0, 0);
  };
  const place = (event: PointerEvent): [number, number] => [
    (event.offsetX / canvas.clientWidth) * side,
    (event.offsetY / canvas.clientHeight) * side,
  ];
  const stroke = (x0: number, y0: number, x1: number, y1: number) => {
    const reach = brush + 2;
    for (let y = Math.max(0, Math.floor(Math.min(y0, y1) - reach)); y < Math.min(side, Math.max(y0, y1) + reach); ++y) {
      for (let x = Math.max(0, Math.floor(Math.min(x0, x1) - reach)); x < Math.min(side, Math.max(x0, x1) + reach); ++x) {
        const far = distance(x + 0.5, y + 0.5, x0, y0, x1, y1);
        const level = Math.min(1, Math.max(0, (brush + 1.5 - far) / 3)); // soft at the edge
        levels[y * side + x] = Math.max(levels[y * side + x]!, level);
      }
    }
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    const [x, y] = place(event);
    pen = { id: event.pointerId, x, y };
    stroke(x, y, x, y);
    paint();
    onChange();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pen?.id !== event.pointerId) return;
    // Between two frames a quick hand draws a curve of several points.
    const moves = event.getCoalescedEvents();
    for (const move of moves.length > 0 ? moves : [event]) {
      const [x, y] = place(move);
      stroke(pen.x, pen.y, x, y);
      pen = { ...pen, x, y };
    }
    paint();
    onChange();
  });
  for (const name of ["pointerup", "pointercancel"] as const) canvas.addEventListener(name, () => (pen = null));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
  const clear = () => {
    levels.fill(0);
    paint();
    onChange();
  };
  const end = onThemeChange(paint);
  return {
    element: canvas,
    ink: () => ({ side, levels }),
    clear,
    setBrush(radius) {
      brush = radius * side;
    },
    show(picture, size) {
      for (let at = 0; at < levels.length; ++at) {
        const [x, y] = [Math.floor(((at % side) * size) / side), Math.floor((Math.floor(at / side) * size) / side)];
        levels[at] = picture[y * size + x]!;
      }
      paint();
    },
    end,
  };
}

/** From (x, y) to the line between two points. */
function distance(x: number, y: number, x0: number, y0: number, x1: number, y1: number): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length));
  return Math.hypot(x - x0 - share * dx, y - y0 - share * dy);
}
