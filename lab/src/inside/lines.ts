// Small line charts: a figure of each layer over steps, or over depth.
import { h, s } from "../dom";
import { short, ticks } from "./numbers";

export interface Line {
  name: string;
  values: (number | null)[];
}

export interface LineChart {
  title: string;
  x: number[];
  xTitle: string;
  lines: Line[];
  logarithmic: boolean;
  /** Where the step slider stands. */
  mark?: number;
  /** Points are few: each is shown. */
  dots?: boolean;
}

const width = 420;
const height = 220;
const box = { left: 52, right: 12, top: 10, bottom: 36 };

/** Null where there is nothing to show. */
export function lineChart(chart: LineChart): HTMLElement | null {
  const shown = chart.lines.flatMap((line) =>
    line.values.filter((value): value is number => value !== null && (!chart.logarithmic || value > 0)),
  );
  if (shown.length === 0) return null;
  const toScale = (value: number) => (chart.logarithmic ? Math.log10(value) : value);
  let [low, high] = [Math.min(...shown.map(toScale)), Math.max(...shown.map(toScale))];
  if (!chart.logarithmic) [low, high] = [Math.min(0, low), Math.max(high, low + 1e-9, 0.05)];
  if (chart.logarithmic && high - low < 1) [low, high] = [Math.floor(low), Math.ceil(high + 1e-9)];
  const [first, last] = [chart.x[0]!, chart.x[chart.x.length - 1]!];
  const x = (value: number) => box.left + ((value - first) / (last - first || 1)) * (width - box.left - box.right);
  const y = (value: number) =>
    height - box.bottom - ((toScale(value) - low) / (high - low || 1)) * (height - box.top - box.bottom);

  const picture = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spoken(chart) });
  picture.append(...axes(chart, low, high, x, y));
  if (chart.mark !== undefined)
    picture.append(s("line", { class: "mark-line", x1: x(chart.mark), x2: x(chart.mark), y1: box.top, y2: height - box.bottom }));
  chart.lines.forEach((line, k) => {
    const colour = `line-colour-${(k % 8) + 1}`;
    picture.append(s("path", { class: `line ${colour}`, d: path(chart, line, x, y) }));
    if (chart.dots === true) {
      line.values.forEach((value, i) => {
        if (value !== null && (!chart.logarithmic || value > 0))
          picture.append(s("circle", { class: `dot ${colour}`, cx: x(chart.x[i]!), cy: y(value), r: 3.5 }));
      });
    }
  });
  const names = chart.lines.map((line, k) =>
    h("span", {}, h("i", { class: `swatch line-colour-${(k % 8) + 1}`, "aria-hidden": "true" }), line.name),
  );
  return h("figure", { class: "small-chart" }, h("figcaption", {}, chart.title), picture, h("p", { class: "legend" }, ...names));
}

function path(chart: LineChart, line: Line, x: (value: number) => number, y: (value: number) => number): string {
  let text = "";
  let pen = false;
  line.values.forEach((value, i) => {
    if (value === null || (chart.logarithmic && value <= 0)) {
      pen = false;
      return;
    }
    text += `${pen ? "L" : "M"}${x(chart.x[i]!).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
  });
  return text;
}

function axes(
  chart: LineChart,
  low: number,
  high: number,
  x: (value: number) => number,
  y: (value: number) => number,
): SVGElement[] {
  const parts: SVGElement[] = [];
  const levels = chart.logarithmic ? powers(low, high) : ticks(low, high, 4);
  for (const level of levels) {
    parts.push(
      s("line", { class: "grid", x1: box.left, x2: width - box.right, y1: y(level), y2: y(level) }),
      s("text", { class: "tick", x: box.left - 6, y: y(level) + 4, "text-anchor": "end" }, short(level)),
    );
  }
  const places = chart.dots === true ? chart.x : ticks(chart.x[0]!, chart.x[chart.x.length - 1]!, 4);
  for (const place of places)
    parts.push(s("text", { class: "tick", x: x(place), y: height - box.bottom + 15, "text-anchor": "middle" }, short(place)));
  parts.push(
    s("text", { class: "tick", x: (box.left + width - box.right) / 2, y: height - 4, "text-anchor": "middle" }, chart.xTitle),
  );
  return parts;
}

// Powers of ten within the range, thinned to five; the ends where there is none.
function powers(low: number, high: number): number[] {
  const whole: number[] = [];
  for (let k = Math.ceil(low); k <= high; ++k) whole.push(k);
  const every = Math.ceil(whole.length / 5);
  const kept = whole.filter((_, i) => i % every === 0);
  return (kept.length > 0 ? kept : [low, high]).map((power) => 10 ** power);
}

function spoken(chart: LineChart): string {
  const ends = chart.lines.map((line) => `${line.name}: ${short(line.values[0])} to ${short(line.values[line.values.length - 1])}`);
  return `${chart.title}. ${ends.join("; ")}`;
}
