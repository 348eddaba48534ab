// A chart of lines: uPlot draws; legend, theme, keyboard and the summary for screen readers are here.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./chart.css";
import { h, replace } from "./dom";
import { figure, tick } from "./numbers";

export interface Line {
  label: string;
  x: number[]; // ascending
  y: (number | null)[];
  /** A band around y, as long as y. */
  low?: (number | null)[];
  high?: (number | null)[];
  /** The name of a CSS variable ("--line-3") or a colour; else the next of the eight. */
  colour?: string;
  dash?: number[];
}

export interface ChartOptions {
  xLabel: string;
  yLabel: string;
  logX?: boolean;
  logY?: boolean;
  /** Steps or epochs: no ticks between whole numbers. */
  wholeX?: boolean;
  height?: number;
}

export interface Chart {
  /** Replaces all lines. What the reader has zoomed into and switched off stays as it is. */
  set(lines: Line[]): void;
  end(): void;
}

const colours = 8;
const wholeNumbers = Array.from({ length: 30 }, (_, i) => [1, 2, 5][i % 3]! * 10 ** Math.floor(i / 3)); // 1, 2, 5, 10, ...

export function lineChart(root: HTMLElement, options: ChartOptions): Chart {
  const place = h("div", { class: "chart-plot", tabindex: 0, role: "img" });
  const reset = h("button", { class: "chart-reset", type: "button", hidden: true, onclick: () => zoomOut() }, "Show all");
  const legend = h("ul", { class: "chart-legend" });
  const summary = h("table");
  const chart = h("div", { class: "chart" }, place, legend, h("div", { class: "hidden-text" }, summary));
  root.append(chart);

  let lines: Line[] = [];
  let drawn = ""; // what the plot was built for
  let plot: uPlot | null = null;
  const off = new Set<string>();
  const values: HTMLElement[] = [];
  const position = h("li", { class: "chart-x" });

  const width = () => Math.max(200, place.clientWidth);
  const height = () => options.height ?? Math.min(420, Math.max(240, Math.round(width() * 0.5)));

  function zoomOut(): void {
    reset.hidden = true;
    plot?.setData(plot.data);
  }

  function showValues(): void {
    const left = plot?.cursor.left ?? -1;
    const x = plot !== null && left >= 0 ? plot.posToVal(left, "x") : null;
    position.textContent = `${options.xLabel} ${x === null ? "last" : figure(x)}`;
    lines.forEach((line, i) => {
      values[i]!.textContent = figure(x === null ? last(line) : nearest(line, x));
    });
  }

  function toggle(i: number): void {
    const label = lines[i]!.label;
    if (!off.delete(label)) off.add(label);
    seriesOf(lines, i).forEach((series) => plot?.setSeries(series, { show: !off.has(label) }));
    legend.querySelectorAll("button")[i]?.setAttribute("aria-pressed", String(!off.has(label)));
  }

  function build(): void {
    plot?.destroy();
    reset.hidden = true;
    plot = new uPlot(plotOptions(lines, options, off, width(), height(), colourOf), dataOf(lines, options), place);
    plot.hooks.setCursor = [showValues];
    plot.hooks.setSelect = [(u) => (reset.hidden = u.select.width === 0 && u.select.height === 0)];
    plot.over.addEventListener("dblclick", () => (reset.hidden = true));
    place.append(reset);
    values.length = 0;
    replace(legend, position, ...lines.map((line, i) => entry(line, i)));
  }

  function entry(line: Line, i: number): HTMLElement {
    const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.borderColor = colourOf(i);
    if (dashOf(line, i) !== undefined) swatch.style.borderTopStyle = "dashed";
    values[i] = h("span", { class: "num" });
    const name = h("span", { class: "name", title: line.label }, line.label);
    const pressed = String(!off.has(line.label));
    return h("li", {}, h("button", { type: "button", "aria-pressed": pressed, onclick: () => toggle(i) }, swatch, name, values[i]));
  }

  function colourOf(i: number): string {
    const colour = lines[i]?.colour ?? `--line-${(i % colours) + 1}`;
    return colour.startsWith("--") ? getComputedStyle(chart).getPropertyValue(colour).trim() : colour;
  }

  function describe(): void {
    place.setAttribute("aria-label", `${options.yLabel} over ${options.xLabel}, ${lines.length} lines; the table below has their values`);
    replace(
      summary,
      h("caption", {}, `${options.yLabel} over ${options.xLabel}`),
      h("thead", {}, h("tr", {}, ...["line", "last", "least", "largest"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ...lines.map(summaryRow)),
    );
  }

  // The arrow keys move the line under which the legend's values are.
  place.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (plot === null || step === undefined || event.target !== place) return;
    event.preventDefault();
    const from = plot.cursor.left !== undefined && plot.cursor.left >= 0 ? plot.cursor.left : plot.over.clientWidth;
    const left = Math.min(plot.over.clientWidth, Math.max(0, from + step * (event.shiftKey ? 40 : 8)));
    plot.setCursor({ left, top: plot.over.clientHeight / 2 });
    showValues();
  });

  const resized = new ResizeObserver(() => plot?.setSize({ width: width(), height: height() }));
  resized.observe(place);
  const theme = matchMedia("(prefers-color-scheme: dark)");
  theme.addEventListener("change", build);

  return {
    set(next) {
      lines = next;
      const structure = JSON.stringify(next.map((line) => [line.label, line.colour, line.dash, line.low !== undefined]));
      if (plot === null || structure !== drawn) {
        drawn = structure;
        build();
      } else {
        plot.setData(dataOf(lines, options), reset.hidden);
        if (!reset.hidden) plot.redraw();
      }
      showValues();
      describe();
    },
    end() {
      theme.removeEventListener("change", build);
      resized.disconnect();
      plot?.destroy();
      chart.remove();
    },
  };
}

function summaryRow(line: Line): HTMLElement {
  const known = line.y.filter((value): value is number => value !== null);
  const least = known.reduce((a, b) => Math.min(a, b), Infinity);
  const largest = known.reduce((a, b) => Math.max(a, b), -Infinity);
  const cells = known.length === 0 ? ["–", "–", "–"] : [figure(last(line)), figure(least), figure(largest)];
  return h("tr", {}, h("th", { scope: "row" }, line.label), ...cells.map((text) => h("td", {}, text)));
}

function last(line: Line): number | null {
  for (let i = line.y.length - 1; i >= 0; --i) {
    const value = line.y[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** The line's value at its point nearest to x; nothing beyond its ends. */
function nearest(line: Line, x: number): number | null {
  let low = 0;
  let high = line.x.length - 1;
  if (high < 0) return null;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (line.x[middle]! <= x) low = middle;
    else high = middle;
  }
  return line.y[x - line.x[low]! <= line.x[high]! - x ? low : high] ?? null;
}

function dashOf(line: Line, i: number): number[] | undefined {
  return line.dash ?? (i < colours ? undefined : i < 2 * colours ? [6, 4] : [2, 3]);
}

/** The numbers of a line's series in the plot: y, then those of its band. */
function seriesOf(lines: Line[], i: number): number[] {
  let first = 1;
  for (let before = 0; before < i; ++before) first += lines[before]!.low ? 3 : 1;
  return lines[i]!.low ? [first, first + 1, first + 2] : [first];
}

// uPlot knows powers of ten from 1e-16 on; it looks for the ticks of smaller ones without end.
const leastOfLogarithm = 1e-15;

// A logarithm has no place for 0 and less: such points are left out.
function dataOf(lines: Line[], options: ChartOptions): uPlot.AlignedData {
  const shown = (values: (number | null)[]) =>
    options.logY ? values.map((value) => (value !== null && value >= leastOfLogarithm ? value : null)) : values;
  const tables = lines.map((line): uPlot.AlignedData => {
    const first = options.logX ? line.x.findIndex((x) => x > 0) : 0;
    const from = first < 0 ? line.x.length : first;
    const columns = line.low && line.high ? [line.y, line.high, line.low] : [line.y];
    return [line.x.slice(from), ...columns.map((column) => shown(column).slice(from))];
  });
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}

function plotOptions(
  lines: Line[],
  options: ChartOptions,
  off: Set<string>,
  width: number,
  height: number,
  colourOf: (i: number) => string,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const axis = (label: string, size: number): uPlot.Axis => ({
    label,
    size,
    stroke: style.getPropertyValue("--muted").trim(),
    font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif",
    labelSize: 20,
    grid: { stroke: style.getPropertyValue("--line").trim(), width: 1 },
    ticks: { show: false },
    values: (_plot, splits) => splits.map((value) => (value === null ? "" : tick(value))),
  });
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  lines.forEach((line, i) => {
    const show = !off.has(line.label);
    const stroke = colourOf(i);
    const dash = dashOf(line, i);
    series.push({ label: line.label, stroke, width: 2, show, points: { size: 5, fill: stroke }, ...(dash ? { dash } : {}) });
    if (!line.low) return;
    const edge: uPlot.Series = { stroke: "transparent", width: 0, show, points: { show: false } };
    bands.push({ series: [series.length, series.length + 1], fill: `${stroke}2e` });
    series.push(edge, { ...edge });
  });
  return {
    width,
    height,
    legend: { show: false },
    cursor: { drag: { x: true, y: true, uni: 40 }, points: { show: false } },
    scales: {
      x: { time: false, distr: options.logX ? 3 : 1 },
      y: options.logY ? { distr: 3, range: (_plot, low, high) => uPlot.rangeLog(low, high, 10, false) } : {},
    },
    axes: [{ ...axis(options.xLabel, 40), ...(options.wholeX && !options.logX ? { incrs: wholeNumbers } : {}) }, axis(options.yLabel, 56)],
    series,
    bands,
  };
}
