// True against predicted classes, and the rows behind each cell.
import { get } from "../api";
import { h, replace } from "../dom";
import { figure } from "../numbers";
import type { CellAnswer, ConfusionAnswer, RunInside, Sample } from "./answers";
import { percent } from "./numbers";
import { pixels } from "./pixels";
import { frame, sayRefusal, type Section } from "./section";

const featuresShown = 12;

export function confusionSection(run: RunInside): Section {
  let answer: ConfusionAnswer | null = null;
  let open: [number, number] | null = null;
  const summary = h("p", {});
  const matrix = h("div", { class: "scroll" });
  const behind = h("div", { class: "behind", "aria-live": "polite" });
  const { element, body } = frame("Mistakes", false, summary, matrix, behind);

  const show = async (actual: number, predicted: number) => {
    open = [actual, predicted];
    mark(matrix, open);
    try {
      const cell = await get<CellAnswer>(`/api/runs/${run.id}/confusion/${actual}/${predicted}`);
      if (open[0] === actual && open[1] === predicted) replace(behind, ...rowsBehind(run, cell, actual, predicted));
    } catch (error) {
      sayRefusal(behind, error);
    }
  };
  const refresh = async (signal: AbortSignal): Promise<boolean> => {
    let next: ConfusionAnswer;
    try {
      next = await get<ConfusionAnswer>(`/api/runs/${run.id}/confusion`, signal);
    } catch (error) {
      if (answer === null) sayRefusal(body, error);
      return false;
    }
    summary.textContent = `${percentOf(next)} of ${figure(next.rows, 7)} rows of the ${next.part} part are right. Rows: true class; columns: predicted class.`;
    if (answer === null) replace(matrix, table(next, show));
    else fill(matrix, next);
    answer = next;
    return next.live;
  };
  return { element, refresh, redraw: () => {} };
}

const percentOf = (answer: ConfusionAnswer) => `${(100 * answer.accuracy).toFixed(1)} %`;

function table(answer: ConfusionAnswer, show: (actual: number, predicted: number) => void): HTMLElement {
  const { classes } = answer;
  const cell = (actual: number, predicted: number) => {
    const first = actual === 0 && predicted === 0;
    return h("td", {}, h("button", { type: "button", class: "cell", tabindex: first ? 0 : -1, onclick: () => show(actual, predicted) }));
  };
  const grid = h(
    "table",
    { class: "confusion" },
    h("caption", { class: "hidden-text" }, "Confusion matrix; arrow keys move, Enter shows the rows behind a cell"),
    h("thead", {}, h("tr", {}, h("td", {}), ...classes.map((name) => h("th", { scope: "col" }, name)))),
    h(
      "tbody",
      {},
      ...classes.map((name, actual) => h("tr", {}, h("th", { scope: "row" }, name), ...classes.map((_, predicted) => cell(actual, predicted)))),
    ),
  );
  fill(grid, answer);
  grid.addEventListener("keydown", (event) => move(grid, classes.length, event));
  return grid;
}

function buttons(root: HTMLElement): HTMLButtonElement[] {
  return [...root.querySelectorAll<HTMLButtonElement>("button.cell")];
}

// Darker the larger the share of its true class; mistakes in another colour than what is right.
function fill(root: HTMLElement, { classes, counts }: ConfusionAnswer): void {
  const k = classes.length;
  buttons(root).forEach((button, at) => {
    const [actual, predicted] = [Math.floor(at / k), at % k];
    const count = counts[at]!;
    const total = counts.slice(actual * k, actual * k + k).reduce((sum, each) => sum + each, 0);
    const share = total > 0 ? count / total : 0;
    const right = actual === predicted;
    const strength = right ? share : Math.min(1, 1.2 * Math.sqrt(share)); // few mistakes are seen, too
    button.textContent = count === 0 ? "·" : figure(count, 6);
    button.classList.toggle("empty", count === 0);
    button.classList.toggle("strong", strength > 0.6);
    button.style.setProperty("--share", `${Math.round(100 * strength)}%`);
    button.classList.toggle("right", right);
    const words = right ? `${classes[actual]} recognised` : `true ${classes[actual]}, taken for ${classes[predicted]}`;
    button.setAttribute("aria-label", `${words}: ${count} ${count === 1 ? "row" : "rows"}, ${percent(share)}`);
  });
}

function mark(root: HTMLElement, [actual, predicted]: [number, number]): void {
  const all = buttons(root);
  const k = Math.round(Math.sqrt(all.length));
  all.forEach((button, at) => button.setAttribute("aria-pressed", String(at === actual * k + predicted)));
}

// One stop for the tabulator; the arrow keys move within.
function move(grid: HTMLElement, k: number, event: KeyboardEvent): void {
  const step = ({ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] } as Record<string, number[]>)[event.key];
  const all = buttons(grid);
  const at = all.indexOf(document.activeElement as HTMLButtonElement);
  if (step === undefined || at < 0) return;
  event.preventDefault();
  const row = Math.min(k - 1, Math.max(0, Math.floor(at / k) + step[0]!));
  const column = Math.min(k - 1, Math.max(0, (at % k) + step[1]!));
  all[at]!.tabIndex = -1;
  all[row * k + column]!.tabIndex = 0;
  all[row * k + column]!.focus();
}

function rowsBehind(run: RunInside, cell: CellAnswer, actual: number, predicted: number): Node[] {
  const [truth, taken] = [run.classes[actual]!, run.classes[predicted]!];
  const words = actual === predicted ? `${truth}, recognised` : `True ${truth}, taken for ${taken}`;
  const some = cell.total > cell.samples.length ? `the ${cell.samples.length} surest of ` : "";
  const heading = h("h3", {}, `${words}: ${some}${figure(cell.total, 6)} ${cell.total === 1 ? "row" : "rows"}`);
  if (cell.samples.length === 0) return [heading];
  const list = cell.picture !== null ? pictures(cell, actual, predicted) : values(cell, actual, predicted);
  return [heading, list];
}

const sureness = (sample: Sample, k: number) => percent(sample.probabilities[k]);

function pictures(cell: CellAnswer, actual: number, predicted: number): HTMLElement {
  const most = Math.max(...cell.samples.flatMap((sample) => sample.values), 1e-9);
  return h(
    "ul",
    { class: "samples" },
    ...cell.samples.map((sample) => {
      const canvas = pixels(sample.values, cell.picture!, most);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `row ${sample.row + 1}`);
      const sure = actual === predicted ? sureness(sample, predicted) : `${sureness(sample, predicted)}, true ${sureness(sample, actual)}`;
      return h("li", {}, canvas, h("span", { class: "num" }, sure), h("span", { class: "muted num" }, `row ${sample.row + 1}`));
    }),
  );
}

function values(cell: CellAnswer, actual: number, predicted: number): HTMLElement {
  const names = (cell.features ?? []).slice(0, featuresShown);
  const left = (cell.features ?? []).length - names.length;
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      {},
      left > 0 && h("caption", {}, `The first ${names.length} of ${names.length + left} features`),
      h("thead", {}, h("tr", {}, ...["row", "p of its class", "p of the predicted", ...names].map((name) => h("th", { scope: "col", class: "num" }, name)))),
      h(
        "tbody",
        {},
        ...cell.samples.map((sample) =>
          h(
            "tr",
            {},
            ...[String(sample.row + 1), sureness(sample, actual), sureness(sample, predicted)].map((text) => h("td", { class: "num" }, text)),
            ...names.map((_, f) => h("td", { class: "num" }, figure(sample.values[f]))),
          ),
        ),
      ),
    ),
  );
}
