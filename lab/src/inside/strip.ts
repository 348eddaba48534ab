// How a distribution moves over the steps: dark where many values lie, a column for each recorded step.
import { h } from "../dom";
import { figure } from "../numbers";
import type { Distribution } from "./answers";
import { bitmap, sharpen } from "./canvas";
import { css, mixed, variable } from "./colours";

const bins = 64;
const stripHeight = 88;
const histogramHeight = 44;

/** Values from low to high, each column's counts by bin, the largest of each column 1. */
interface Columns {
  low: number;
  high: number;
  shares: Float64Array[];
}

// Three deviations around the mean at every step; a single weight far out would flatten all others.
function range(distributions: Distribution[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const d of distributions) {
    if (d.mean === null || d.deviation === null || d.low === null || d.high === null) continue;
    low = Math.min(low, Math.max(d.low, d.mean - 4 * d.deviation));
    high = Math.max(high, Math.min(d.high, d.mean + 4 * d.deviation));
  }
  if (!(low <= high)) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

// The counts of equal bins from d.low to d.high, shared out to those of the strip.
function resampled(d: Distribution, low: number, high: number): Float64Array {
  const shares = new Float64Array(bins);
  if (d.low === null || d.high === null || d.counts.length === 0) return shares;
  const perBin = bins / (high - low);
  const step = (d.high - d.low) / d.counts.length;
  d.counts.forEach((count, i) => {
    const from = (d.low! + i * step - low) * perBin;
    const to = Math.max(from + 1e-9, (d.low! + (i + 1) * step - low) * perBin);
    for (let bin = Math.max(0, Math.floor(from)); bin < Math.min(bins, to); ++bin) {
      const overlap = Math.min(to, bin + 1) - Math.max(from, bin);
      shares[bin]! += (count * overlap) / (to - from);
    }
  });
  const most = Math.max(...shares);
  return most > 0 ? shares.map((share) => share / most) : shares;
}

export interface Strip {
  element: HTMLElement;
  set(distributions: Distribution[], chosen: number): void;
}

/** `onChoose` hears which of the steps was pointed at. */
export function strip(title: string, layer: string, onChoose: (place: number) => void): Strip {
  const over = h("canvas", { class: "strip", role: "img" });
  const now = h("canvas", { class: "histogram", role: "img" });
  const high = h("span", {});
  const low = h("span", {});
  const note = h("span", { class: "muted" });
  const element = h(
    "figure",
    { class: "strip-figure" },
    h("figcaption", {}, `${title} `, note),
    h("div", { class: "strip-frame" }, over, h("div", { class: "strip-range", "aria-hidden": "true" }, high, low)),
    now,
  );
  let length = 1;
  over.addEventListener("pointerdown", (event) => {
    onChoose(Math.min(length - 1, Math.floor((event.offsetX / over.clientWidth) * length)));
  });
  return {
    element,
    set(distributions, chosen) {
      length = distributions.length;
      const [from, to] = range(distributions);
      const columns = { low: from, high: to, shares: distributions.map((d) => resampled(d, from, to)) };
      const d = distributions[chosen]!;
      high.textContent = figure(to, 3);
      low.textContent = figure(from, 3);
      note.textContent = `sd ${figure(d.deviation, 2)}`;
      over.setAttribute("aria-label", `${title} of layer ${layer} over the steps, from ${figure(from, 3)} to ${figure(to, 3)}`);
      now.setAttribute("aria-label", `${title} of layer ${layer}: mean ${figure(d.mean, 3)}, deviation ${figure(d.deviation, 3)}`);
      drawStrip(over, columns, chosen);
      drawHistogram(now, columns, chosen);
    },
  };
}

function drawStrip(canvas: HTMLCanvasElement, columns: Columns, chosen: number): void {
  const width = canvas.clientWidth;
  if (width === 0) return;
  const context = sharpen(canvas, width, stripHeight);
  const steps = columns.shares.length;
  const [ground, accent] = [variable("--panel"), variable("--accent")];
  const image = bitmap(steps, bins, (x, y) => mixed(ground, accent, Math.sqrt(columns.shares[x]![bins - 1 - y]!)));
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, width, stripHeight);
  if (columns.low < 0 && columns.high > 0) {
    const zero = (columns.high / (columns.high - columns.low)) * stripHeight;
    context.fillStyle = css(variable("--ink"), 0.25);
    context.fillRect(0, zero, width, 1);
  }
  if (steps < 2) return;
  context.strokeStyle = css(variable("--warn"));
  context.lineWidth = 1.5;
  const column = width / steps;
  context.strokeRect(chosen * column, 0.75, Math.max(column, 2), stripHeight - 1.5);
}

function drawHistogram(canvas: HTMLCanvasElement, columns: Columns, chosen: number): void {
  const width = canvas.clientWidth;
  if (width === 0) return;
  const context = sharpen(canvas, width, histogramHeight);
  const column = width / bins;
  context.fillStyle = css(variable("--accent"));
  columns.shares[chosen]!.forEach((share, bin) => {
    const size = share * (histogramHeight - 3);
    context.fillRect(bin * column, histogramHeight - 1 - size, Math.max(1, column - 0.5), size);
  });
  context.fillStyle = css(variable("--line"));
  context.fillRect(0, histogramHeight - 1, width, 1);
}
