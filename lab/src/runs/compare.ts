// Selected runs side by side: their curves in one chart, what differs between their configurations.
import { get } from "../api";
import { lineChart, type Chart, type Line } from "../chart";
import { h, replace } from "../dom";
import { metricTitle } from "./columns";
import { bandOf, CurveCache, lineOf, type Axis } from "./curves";
import type { Entry } from "./entries";
import type { State } from "./state";

const mostLines = 50;
const mostCompared = 100;

export interface Compare {
  /** `entries`: selected runs, or groups of them. */
  show(entries: Entry[], series: string[], usual: string): void;
  end(): void;
}

export function comparePanel(root: HTMLElement, state: State, changed: () => void): Compare {
  const cache = new CurveCache();
  const choose = h("select", { "aria-label": "curve" });
  const place = h("div", { class: "runs-chart" });
  const message = h("p", { class: "muted", role: "status" });
  const differing = h("div", {});
  const controls = h("div", { class: "row runs-controls" }, h("label", {}, "Curve ", choose), axisChoice(), ...logChoices(), smoothing());
  const panel = h("section", { class: "runs-compare", "aria-label": "Comparison", hidden: true }, h("h2", {}, "Compared"), controls, place, message, differing);
  root.append(panel);

  let chart: Chart | null = null;
  let drawn = ""; // axes of the chart
  let shown: { entries: Entry[]; series: string } = { entries: [], series: "" };
  let compared = ""; // the runs whose differences are shown
  let turn = 0;

  choose.addEventListener("change", () => {
    state.series = choose.value;
    shown.series = choose.value;
    changed();
    void draw();
  });

  function axisChoice(): HTMLElement {
    const axes: Axis[] = ["epochs", "steps", "seconds"];
    const select = h("select", {}, ...axes.map((axis) => h("option", { value: axis, selected: axis === state.axis }, axis)));
    select.addEventListener("change", () => {
      state.axis = select.value as Axis;
      changed();
      void draw();
    });
    return h("label", {}, "over ", select);
  }

  function logChoices(): HTMLElement[] {
    return (["logX", "logY"] as const).map((name) => {
      const check = h("input", { type: "checkbox", checked: state[name] });
      check.addEventListener("change", () => {
        state[name] = check.checked;
        changed();
        void draw();
      });
      return h("label", {}, check, name === "logX" ? " log x" : " log y");
    });
  }

  function smoothing(): HTMLElement {
    const slider = h("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: state.smoothing });
    const text = h("output", { class: "num" }, state.smoothing.toFixed(2));
    slider.addEventListener("input", () => {
      state.smoothing = Number(slider.value);
      text.textContent = state.smoothing.toFixed(2);
      changed();
      void draw();
    });
    return h("label", { class: "runs-smoothing" }, "smoothing ", slider, text);
  }

  async function linesOf(entries: Entry[], series: string): Promise<Line[]> {
    const points = Math.round(Math.min(2000, Math.max(200, 40_000 / Math.max(1, entries.length))));
    const lines = await Promise.all(
      entries.map(async ({ runs, group }) => {
        const all = await Promise.all(runs.slice(0, mostLines).map((run) => cache.get(run.id, series, points, run.status)));
        if (runs.length > 1) return bandOf(`${runs[0]!.label} (${runs.length} ${group === null ? "runs" : "seeds"})`, all, series, state.axis, state.smoothing);
        return lineOf(`${runs[0]!.id} ${runs[0]!.label}`, all[0]!, series, state.axis, state.smoothing);
      }),
    );
    return lines.filter((line) => line !== null);
  }

  async function draw(): Promise<void> {
    const mine = ++turn;
    const entries = shown.entries.slice(0, mostLines);
    let lines: Line[];
    try {
      lines = await linesOf(entries, shown.series);
    } catch (error) {
      if (mine === turn) message.textContent = (error as Error).message;
      return;
    }
    if (mine !== turn) return;
    const axes = JSON.stringify([shown.series, state.axis, state.logX, state.logY]);
    if (chart === null || axes !== drawn) {
      chart?.end();
      drawn = axes;
      chart = lineChart(place, { xLabel: state.axis, yLabel: metricTitle(shown.series), logX: state.logX, logY: state.logY, wholeX: state.axis !== "seconds" });
    }
    chart.set(lines);
    const without = entries.length - lines.length;
    const cut = shown.entries.length - entries.length;
    message.textContent = [
      cut > 0 && `the first ${mostLines} of ${shown.entries.length} lines`,
      without > 0 && `${without} without this curve`,
    ]
      .filter(Boolean)
      .join("; ");
  }

  async function drawDifferences(): Promise<void> {
    const ids = shown.entries.flatMap(({ runs }) => runs.map((run) => run.id)).slice(0, mostCompared);
    const asked = ids.join(",");
    if (asked === compared) return;
    compared = asked;
    if (ids.length < 2) return replace(differing);
    try {
      const found = await get<Differences>(`/api/compare?runs=${asked}`);
      if (asked === compared) replace(differing, ...differenceTables(found));
    } catch (error) {
      if (asked === compared) replace(differing, h("p", { class: "refusal" }, (error as Error).message));
    }
  }

  return {
    show(entries, series, usual) {
      panel.hidden = entries.length === 0;
      const chosen = series.includes(state.series) ? state.series : usual;
      replace(choose, ...series.map((name) => h("option", { value: name, selected: name === chosen }, metricTitle(name))));
      shown = { entries, series: chosen };
      if (entries.length === 0) return;
      void draw();
      void drawDifferences();
    },
    end: () => chart?.end(),
  };
}

interface Difference {
  name: string;
  values: unknown[];
}

interface Differences {
  runs: number[];
  configuration: Difference[];
  other: Difference[];
}

function cellText(value: unknown): string {
  if (value === null || value === "") return "–";
  if (Array.isArray(value)) return value.join(", ") || "none";
  const text = String(value);
  return /^[0-9a-f]{40,}$/.test(text) ? text.slice(0, 12) : text;
}

function differenceTables(found: Differences): Node[] {
  const table = (rows: Difference[]) =>
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "differences" },
      h(
        "table",
        { class: "runs-differences" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "field"), ...found.runs.map((id) => h("th", { scope: "col" }, `run ${id}`)))),
        h("tbody", {}, ...rows.map(({ name, values }) =>
          h("tr", {}, h("th", { scope: "row" }, name), ...values.map((value) => h("td", { title: String(value) }, cellText(value)))))),
      ),
    );
  const same = h("p", { class: "muted" }, "The configurations are the same.");
  return [
    h("h2", {}, "What differs"),
    found.configuration.length === 0 ? same : table(found.configuration),
    ...(found.other.length === 0 ? [] : [h("h3", {}, "Beside the configuration"), table(found.other)]),
  ];
}
