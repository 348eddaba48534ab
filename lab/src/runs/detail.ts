// One run, whole: what it is, its note, its figures, its configuration and where it was made.
import { get, post } from "../api";
import { h, replace } from "../dom";
import { duration, figure } from "../numbers";
import { metricTitle } from "./columns";

interface RunDetail {
  run: Record<string, unknown> & {
    id: number;
    label: string;
    status: string;
    stop_reason: string;
    error: string;
    started: number;
    seconds: number;
    steps: number;
    epochs: number;
    parameters: number;
    tags: string[];
    note: string;
  };
  figures: Record<string, { points: number; last: number | null; best: number | null; best_step: number | null; final: number | null }>;
  configuration: Record<string, unknown> | null;
  environment: Record<string, string>;
}

export interface Detail {
  open(id: number): void;
}

export function detailDialog(root: HTMLElement, changed: () => void, closed: () => void): Detail {
  const content = h("div");
  const dialog = h("dialog", { class: "runs-detail", "aria-labelledby": "run-title" }, content);
  dialog.addEventListener("close", closed);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  root.append(dialog);

  function show(detail: RunDetail): void {
    const { run, figures, configuration, environment } = detail;
    const close = h("button", { type: "button", class: "runs-close", "aria-label": "close", onclick: () => dialog.close() }, "×");
    replace(
      content,
      h("header", { class: "runs-detail-head" }, h("h2", { id: "run-title" }, `Run ${run.id} `, h("span", { class: "muted" }, run.label)), close),
      facts(run),
      run.error !== "" && h("p", { class: "refusal" }, run.error),
      noteForm(run),
      h("p", { class: "row" },
        h("a", { href: `#inside?run=${run.id}` }, "Look inside"),
        h("a", { href: `/api/runs/${run.id}/export.csv`, download: "" }, "Its curves as CSV")),
      h("h3", {}, "Figures"),
      h("div", { class: "scroll" }, figureTable(figures)),
      unfolding("Configuration", configuration ?? {}, true),
      unfolding("Where it was made", environment, false),
      unfolding("What makes it the same again", pick(run, ["configuration_hash", "data_hash", "weights_sha256"]), false),
    );
  }

  function noteForm({ id, note }: RunDetail["run"]): HTMLElement {
    const text = h("textarea", { rows: 2, name: "note", placeholder: "what it is to be remembered by" });
    text.value = note;
    const said = h("span", { class: "muted", role: "status" });
    const save = async (event: Event) => {
      event.preventDefault();
      try {
        await post(`/api/runs/${id}/note`, { note: text.value });
        said.textContent = "kept";
        changed();
      } catch (error) {
        said.textContent = (error as Error).message;
      }
    };
    return h("form", { class: "runs-note-form", onsubmit: save }, h("label", {}, "Note", text), h("div", { class: "row" }, h("button", {}, "Keep the note"), said));
  }

  return {
    open(id) {
      replace(content, h("h2", { id: "run-title" }, `Run ${id}`));
      if (!dialog.open) dialog.showModal();
      get<RunDetail>(`/api/runs/${id}`).then(show, (error: Error) => content.append(h("p", { class: "refusal" }, error.message)));
    },
  };
}

function pick(run: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, run[name]]));
}

function facts(run: RunDetail["run"]): HTMLElement {
  const reason = run.stop_reason !== "" && run.stop_reason !== run.status ? ` (${run.stop_reason})` : "";
  const rows: [string, string][] = [
    ["status", run.status + reason],
    ["data", String(run.data)],
    ["network", `${run.network}, ${figure(run.parameters)} parameters`],
    ["training", `${figure(run.epochs)} epochs, ${figure(run.steps)} steps, ${duration(run.seconds)}`],
    ["started", new Date(run.started * 1000).toLocaleString("en-GB")],
    ["study", [run.study, run.contender].filter(Boolean).join("/")],
    ["seed", String(run.seed)],
    ["tags", run.tags.join(", ")],
  ];
  return h("dl", { class: "runs-facts" }, ...rows.filter(([, value]) => value !== "").flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function figureTable(figures: RunDetail["figures"]): HTMLElement {
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "series"), ...["last", "best", "at step", "kept weights", "points"].map((text) => h("th", { scope: "col", class: "num" }, text)))),
    h("tbody", {}, ...Object.entries(figures).map(([name, each]) =>
      h("tr", {}, h("th", { scope: "row" }, metricTitle(name)),
        ...[figure(each.last), figure(each.best), figure(each.best_step), figure(each.final), figure(each.points)].map((text) => h("td", { class: "num" }, text))))),
  );
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ") || "none";
  return value === null || value === undefined || value === "" ? "–" : String(value);
}

function unfolding(title: string, values: Record<string, unknown>, open: boolean): HTMLElement {
  return h(
    "details",
    { open },
    h("summary", {}, title),
    h("dl", { class: "runs-facts" }, ...Object.entries(values).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, valueText(value))])),
  );
}
