// The function as a map of heights, with the paths on it and the start, which is dragged.
import { s } from "../dom";
import { tick } from "../numbers";
import type { Contours, Pair, Path } from "./types";

const side = 1000;
const margin = { left: 92, top: 16, right: 36, bottom: 64 };
export const mapWidth = side + margin.left + margin.right;
export const mapHeight = side + margin.top + margin.bottom;
const visibleStep = 14; // dots of shorter steps would hide the line

export const colourOf = (contender: number) => `var(--line-${(contender % 8) + 1})`;
const dashes = ["", "18 10", "5 10", "26 9 5 9"];
export const dashOf = (contender: number) => dashes[contender % dashes.length]!;

/** Round numbers within a range, about `count` of them. */
export function roundNumbers(low: number, high: number, count = 6): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const numbers: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; ++i) numbers.push(Number((i * step).toPrecision(12)));
  return numbers;
}

export interface MapEvents {
  /** The start is there now; `done` when it is let go. */
  moveStart(to: Pair, done: boolean): void;
}

export class DescentMap {
  readonly svg: SVGSVGElement;
  private readonly ground = s("g");
  private readonly axes = s("g", { class: "axes" });
  private readonly paths = s("g", { "clip-path": "url(#map-edge)" });
  private readonly start: SVGGElement;
  private range: { x: Pair; y: Pair } = { x: [0, 1], y: [0, 1] };
  private at: Pair = [0, 0];

  constructor(private readonly events: MapEvents) {
    this.start = s(
      "g",
      { class: "start", tabindex: 0, role: "button", "data-map": "start" },
      s("circle", { r: 44, class: "target" }),
      s("circle", { r: 15, class: "casing" }),
      s("circle", { r: 15, class: "ring" }),
    );
    this.start.addEventListener("keydown", this.onKey);
    this.svg = s(
      "svg",
      { viewBox: `${-margin.left} ${-margin.top} ${mapWidth} ${mapHeight}`, class: "descent-map", role: "group" },
      s("defs", {}, s("clipPath", { id: "map-edge" }, s("rect", { width: side, height: side }))),
      this.ground,
      this.axes,
      this.paths,
      this.start,
    );
    this.svg.addEventListener("pointerdown", this.onPointer);
  }

  private place([x, y]: Pair): Pair {
    const { x: across, y: up } = this.range;
    const far = (value: number) => Math.min(1e5, Math.max(-1e5, value));
    return [far(((x - across[0]) / (across[1] - across[0])) * side), far(((up[1] - y) / (up[1] - up[0])) * side)];
  }

  /** As many digits as the map has pixels for. */
  private round([x, y]: Pair): Pair {
    const { x: across, y: up } = this.range;
    const to = (value: number, [low, high]: Pair) => {
      const inside = Math.min(high, Math.max(low, value));
      return Number(inside.toFixed(Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(high - low))))));
    };
    return [to(x, across), to(y, up)];
  }

  private readonly onPointer = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const onStart = event.target instanceof Element && this.start.contains(event.target);
    // A finger that is not on the start scrolls the page.
    if (!onStart && event.pointerType === "touch") return;
    const move = (moved: PointerEvent, done: boolean) => {
      const matrix = this.svg.getScreenCTM();
      if (matrix === null) return;
      const point = new DOMPoint(moved.clientX, moved.clientY).matrixTransform(matrix.inverse());
      const { x, y } = this.range;
      this.events.moveStart(
        this.round([x[0] + (point.x / side) * (x[1] - x[0]), y[1] - (point.y / side) * (y[1] - y[0])]),
        done,
      );
    };
    event.preventDefault();
    this.start.focus({ preventScroll: true });
    this.svg.setPointerCapture(event.pointerId);
    const moved = (next: PointerEvent) => move(next, false);
    const ended = (next: PointerEvent) => {
      this.svg.removeEventListener("pointermove", moved);
      this.svg.removeEventListener("pointerup", ended);
      this.svg.removeEventListener("pointercancel", ended);
      if (next.type === "pointerup") move(next, true);
      else this.events.moveStart(this.at, true);
    };
    this.svg.addEventListener("pointermove", moved);
    this.svg.addEventListener("pointerup", ended);
    this.svg.addEventListener("pointercancel", ended);
    move(event, false);
  };

  private readonly onKey = (event: KeyboardEvent) => {
    const direction = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] } as const)[event.key as "ArrowLeft"];
    if (direction === undefined) return;
    event.preventDefault();
    const share = event.shiftKey ? 1 / 500 : 1 / 50;
    const { x, y } = this.range;
    this.events.moveStart(
      this.round([this.at[0] + direction[0] * share * (x[1] - x[0]), this.at[1] + direction[1] * share * (y[1] - y[0])]),
      true,
    );
  };

  drawGround(contours: Contours): void {
    this.range = { x: contours.x, y: contours.y };
    const count = contours.levels.length;
    const colour = (band: number) => {
      const share = count === 0 ? 0 : (100 * band) / count;
      return `color-mix(in oklab, var(--map-high) ${share.toFixed(1)}%, var(--map-low))`;
    };
    const floor = s("rect", { width: side, height: side });
    floor.style.fill = colour(0);
    const bands = contours.levels.map(({ path }, index) => {
      const band = s("path", { d: path, "fill-rule": "evenodd", class: "band" });
      band.style.fill = colour(index + 1);
      return band;
    });
    const minima = contours.minima.map(([x, y, value], index) => {
      const [left, top] = this.place([x, y]);
      return s(
        "path",
        { d: `M${left - 11} ${top}h22M${left} ${top - 11}v22`, class: `minimum${index === 0 ? " lowest" : ""}`, "clip-path": "url(#map-edge)" },
        s("title", {}, `minimum: f(${tick(x)}, ${tick(y)}) = ${tick(value)}`),
      );
    });
    this.ground.replaceChildren(floor, ...bands, ...minima);
    this.drawAxes();
  }

  private drawAxes(): void {
    const { x, y } = this.range;
    const below = roundNumbers(...x).map((value) => {
      const [left] = this.place([value, 0]);
      return [s("path", { d: `M${left} ${side}v9` }), s("text", { x: left, y: side + 42, "text-anchor": "middle" }, tick(value))];
    });
    const beside = roundNumbers(...y).map((value) => {
      const [, top] = this.place([0, value]);
      return [s("path", { d: `M0 ${top}h-9` }), s("text", { x: -16, y: top + 9, "text-anchor": "end" }, tick(value))];
    });
    const frame = s("rect", { width: side, height: side, class: "frame" });
    this.axes.replaceChildren(frame, ...below.flat(), ...beside.flat());
  }

  drawStart(at: Pair): void {
    this.at = at;
    const [left, top] = this.place(at);
    this.start.setAttribute("transform", `translate(${left} ${top})`);
    this.start.setAttribute("aria-label", `Start at ${tick(at[0])}, ${tick(at[1])}; the arrow keys move it, with Shift by less`);
  }

  /** Each path up to `step`, and a mark where it is. */
  drawPaths(paths: Path[], step: number): void {
    const drawn = paths.flatMap((path, contender) => {
      const count = Math.min(step + 1, path.x.length);
      const points = Array.from({ length: count }, (_, index) => this.place([path.x[index]!, path.y[index]!]));
      const line = points.map(([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`).join(" ");
      const end = points.at(-1)!;
      const dots = points.filter((point, index) => {
        const before = points[index - 1];
        return before !== undefined && Math.hypot(point[0] - before[0], point[1] - before[1]) >= visibleStep;
      });
      const coloured = [
        s("polyline", { points: line, class: "path", "stroke-dasharray": dashOf(contender), "data-contender": contender }),
        ...dots.map(([cx, cy]) => s("circle", { cx, cy, r: 5, class: "dot" })),
        s("path", { d: `M${end[0]} ${end[1] - 17}l17 17l-17 17l-17-17z`, class: "now" }),
      ];
      for (const element of coloured) element.style.setProperty("--colour", colourOf(contender));
      return [s("polyline", { points: line, class: "casing" }), ...coloured];
    });
    this.paths.replaceChildren(...drawn);
    this.svg.setAttribute("aria-label", `Map of the function with ${paths.length} descents; the table has their places`);
  }
}
