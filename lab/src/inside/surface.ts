// The decision surface: two features, a slice through the mean of the others, or two principal components.
import { get } from "../api";
import { h, replace } from "../dom";
import type { RunInside, SurfaceAnswer, SurfacePoints } from "./answers";
import { onWidth, sharpen } from "./canvas";
import { classColours } from "./colours";
import { figure } from "../numbers";
import { frame, sayRefusal, type Section } from "./section";
import { drawMark, drawSurface } from "./surface-picture";

const components = "principal components";

export interface SurfaceChoice {
  x: string;
  y: string;
  components: boolean;
}

/** `onChoice` hears what is chosen; returned with the end of the section. */
export function surfaceSection(
  run: RunInside,
  choice: SurfaceChoice,
  onChoice: (choice: SurfaceChoice) => void,
): Section & { end(): void } {
  let answer: SurfaceAnswer | null = null;
  let points: SurfacePoints | null = null;
  let chosen: AbortController | null = null;

  const canvas = h("canvas", { class: "surface", role: "img" });
  const legend = h("p", { class: "legend" });
  const caption = h("p", { class: "muted", "aria-live": "off" });
  const area = h("div", {}, canvas, legend, caption);
  const wide = run.feature_count > 2;
  const chooser = h("div", { class: "row" });
  const { element, body } = frame("Decisions", false, chooser, area);

  const redraw = () => {
    if (answer === null) return;
    drawSurface(canvas, answer, points);
    fillLegend(legend, answer);
  };
  const endWidth = onWidth(area, redraw);

  const query = () => {
    const fields = new URLSearchParams({ size: wide ? "80" : "120" });
    if (choice.components) fields.set("pca", "1");
    else {
      fields.set("x", choice.x);
      fields.set("y", choice.y);
    }
    if (points !== null) fields.set("points", "0");
    return fields;
  };
  const refresh = async (signal: AbortSignal): Promise<boolean> => {
    const asked = choice;
    let next: SurfaceAnswer;
    try {
      next = await get<SurfaceAnswer>(`/api/runs/${run.id}/surface?${query()}`, signal);
    } catch (error) {
      if (points === null) sayRefusal(body, error);
      return false;
    }
    if (asked !== choice) return next.live; // another plane is on its way
    answer = next;
    points = answer.points ?? points;
    canvas.setAttribute("aria-label", spoken(run, answer, points));
    canvas.dataset.step = String(answer.step);
    caption.textContent = told(run, answer, points, choice.components);
    redraw();
    return answer.live;
  };
  const choose = (next: SurfaceChoice) => {
    choice = next;
    onChoice(next);
    points = null;
    chosen?.abort();
    chosen = new AbortController();
    void refresh(chosen.signal);
  };
  if (wide) fillChooser(chooser, run, choice, choose);
  return {
    element,
    refresh,
    redraw,
    end: () => {
      chosen?.abort();
      endWidth();
    },
  };
}

function fillChooser(chooser: HTMLElement, run: RunInside, start: SurfaceChoice, choose: (choice: SurfaceChoice) => void): void {
  const axis = (label: string, chosen: string, onchange: () => void) =>
    h(
      "select",
      { "aria-label": label, onchange },
      ...run.features.map((name) => h("option", { value: name, selected: name === chosen }, name)),
    );
  const changed = () => {
    axes.hidden = plane.value === components;
    choose({ x: x.value, y: y.value, components: plane.value === components });
  };
  const x = axis("Feature along x", start.x, changed);
  const y = axis("Feature along y", start.y, changed);
  const plane = h(
    "select",
    { "aria-label": "Plane", onchange: changed },
    h("option", { value: components, selected: start.components }, "Two principal components"),
    h("option", { value: "features", selected: !start.components }, "Two features"),
  );
  const axes = h("span", { class: "row", hidden: start.components }, h("label", {}, "x ", x), h("label", {}, "y ", y));
  replace(chooser, plane, axes);
}

function fillLegend(legend: HTMLElement, answer: SurfaceAnswer): void {
  if (answer.winners === undefined) {
    replace(legend, `from ${figure(answer.low)} (dark) to ${figure(answer.high)} (light)`);
    return;
  }
  const colours = classColours(answer.classes.length);
  replace(
    legend,
    ...answer.classes.map((name, k) => {
      const mark = h("canvas", { class: "mark-sample", "aria-hidden": "true" });
      drawMark(sharpen(mark, 14, 14), k, colours[k]!, 7, 7, 4.5);
      return h("span", {}, mark, name);
    }),
  );
}

function told(run: RunInside, answer: SurfaceAnswer, points: SurfacePoints | null, pca: boolean): string {
  const others = run.feature_count - 2;
  const plane = pca
    ? "The plane goes through the mean of the shown rows along their first two principal components."
    : others > 0
      ? `The other ${figure(others)} feature${others > 1 ? "s are" : " is"} held at the mean.`
      : "";
  const rows = points === null ? "" : `${figure(points.x.length)} rows of the training part. `;
  const when = answer.live ? `Step ${figure(answer.step)}, epoch ${figure(answer.epoch + 1)}. ` : "";
  return `${when}${rows}${plane}`.trim();
}

function spoken(run: RunInside, answer: SurfaceAnswer, points: SurfacePoints | null): string {
  const rows = points === null ? "" : `, with ${points.x.length} rows of the data`;
  return run.task === "classification"
    ? `Which of ${answer.classes.length} classes is predicted over ${answer.x.name} and ${answer.y.name}${rows}`
    : `What is predicted over ${answer.x.name} and ${answer.y.name}${rows}`;
}
