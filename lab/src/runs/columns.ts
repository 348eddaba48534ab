// The columns of the table: what a run or a group of runs shows in each.
import { h } from "../dom";
import { duration, figure } from "../numbers";
import { meanOf, type Entry } from "./entries";
import type { Run } from "./list";

export interface Column {
  /** What it is sorted by; of a figure "best:validation_loss". */
  key: string;
  title: string;
  width: number; // pixels; 0: what is left
  numeric: boolean;
  removable: boolean;
  cell(entry: Entry): Node | string;
}

const whichWords: Record<string, string> = { best: "best", last: "last", final: "kept" };

/** "best:validation_loss" -> "best validation loss". */
export function figureTitle(key: string): string {
  const [which = "", name = ""] = key.split(/:(.*)/s);
  return `${whichWords[which] ?? which} ${metricTitle(name)}`;
}

export function metricTitle(name: string): string {
  return name.startsWith("layers/") ? name : name.replace(/_/g, " ");
}

function plain(key: string, title: string, width: number, cell: (run: Run, runs: Run[]) => Node | string, numeric = false): Column {
  return { key, title, width, numeric, removable: false, cell: ({ runs }) => cell(runs[0]!, runs) };
}

/** The same text where all have it. */
function common(runs: Run[], text: (run: Run) => string): string {
  const first = text(runs[0]!);
  return runs.every((run) => text(run) === first) ? first : "several";
}

function age(seconds: number): string {
  const since = Math.max(0, Date.now() / 1000 - seconds);
  if (since < 60) return "now";
  if (since < 3600) return `${Math.floor(since / 60)} min ago`;
  if (since < 48 * 3600) return `${Math.floor(since / 3600)} h ago`;
  return `${Math.floor(since / 86400)} d ago`;
}

function statusCell(runs: Run[]): Node {
  const status = common(runs, (run) => run.status);
  return h("span", { class: `runs-status ${status}` }, status);
}

/** The mean, and of several runs the least and the largest below it. */
function figureCell(runs: Run[], key: string): Node | string {
  const values = runs.map((run) => run.figures[key] ?? null).filter((value): value is number => value !== null);
  const mean = figure(meanOf(runs, (run) => run.figures[key] ?? null));
  if (values.length < 2) return mean;
  const band = `${figure(Math.min(...values), 3)} – ${figure(Math.max(...values), 3)}`;
  return h("span", { title: `mean of ${values.length}; from ${band}` }, mean, h("span", { class: "runs-band" }, band));
}

function figureColumn(key: string, width: number): Column {
  return {
    key,
    title: figureTitle(key),
    width,
    numeric: true,
    removable: true,
    cell: ({ runs }) => figureCell(runs, key),
  };
}

function labelCell({ runs, group, member }: Entry): Node {
  const run = runs[0]!;
  const tags = group === null ? run.tags : run.tags.filter((tag) => runs.every((each) => each.tags.includes(tag)));
  return h(
    "span",
    { class: member ? "runs-label member" : "runs-label" },
    h("button", { type: "button", class: "runs-open", tabindex: -1, title: run.note || run.label }, run.label),
    ...tags.map((tag) => h("span", { class: "runs-tag" }, tag)),
    run.note !== "" && group === null && h("span", { class: "runs-note", title: run.note, role: "img", "aria-label": "has a note" }, "✎"),
  );
}

const label: Column = { key: "label", title: "name", width: 0, numeric: false, removable: false, cell: labelCell };

export interface Layout {
  grouped: boolean;
  narrow: boolean;
  studies: boolean; // some run belongs to one
}

export function columnsOf(figures: string[], { grouped, narrow, studies }: Layout): Column[] {
  const seed = plain("seed", grouped ? "seeds" : "seed", 68, (run, runs) => String(runs.length > 1 ? runs.length : run.seed), true);
  const figureColumns = figures.map((key) => figureColumn(key, grouped ? 184 : narrow ? 120 : 136));
  const status = plain("status", "status", 100, (_, runs) => statusCell(runs));
  const id = plain("id", "run", narrow ? 60 : 76, (run, runs) => (runs.length > 1 ? `${runs.length} runs` : String(run.id)), true);
  if (narrow) return [id, label, ...figureColumns, status];
  return [
    id,
    label,
    status,
    plain("data", "data", 104, (_, runs) => common(runs, (run) => run.data)),
    plain("network", "network", 128, (_, runs) => common(runs, (run) => run.network)),
    ...(studies ? [plain("study", "study", 96, (_, runs) => common(runs, (run) => run.study))] : []),
    seed,
    ...figureColumns,
    plain("epochs", "epochs", 76, (_, runs) => figure(meanOf(runs, (run) => run.epochs)), true),
    plain("seconds", "time", 84, (_, runs) => duration(meanOf(runs, (run) => run.seconds) ?? 0), true),
    plain("started", "started", 104, (run) => age(run.started), true),
  ];
}
