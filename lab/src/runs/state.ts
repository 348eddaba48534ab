// What the address keeps of the view.
import type { Axis } from "./curves";
import { idsOf, rangesOf } from "./filter";

export interface State {
  filter: string;
  sort: string;
  descending: boolean;
  /** Columns of figures, "best:validation_loss"; empty: the usual ones. */
  figures: string[];
  grouped: boolean;
  selected: Set<number>;
  series: string; // of the chart; empty: that of the first figure
  axis: Axis;
  logX: boolean;
  logY: boolean;
  smoothing: number;
  run: number | null; // that is open
}

export function readState(query: URLSearchParams): State {
  const axis = query.get("x");
  const run = Number(query.get("run"));
  const smoothing = Number(query.get("smooth"));
  return {
    filter: query.get("q") ?? "",
    sort: query.get("sort") ?? "id",
    descending: query.get("order") !== "up",
    figures: (query.get("figures") ?? "").split(",").filter((key) => key.includes(":")).slice(0, 20),
    grouped: query.has("grouped"),
    selected: new Set(idsOf(query.get("selected") ?? "")),
    series: query.get("series") ?? "",
    axis: axis === "steps" || axis === "seconds" ? axis : "epochs",
    logX: query.has("logx"),
    logY: query.has("logy"),
    smoothing: smoothing > 0 && smoothing < 1 ? smoothing : 0,
    run: Number.isSafeInteger(run) && run > 0 ? run : null,
  };
}

export function writeState(state: State): URLSearchParams {
  const query = new URLSearchParams();
  const keep = (name: string, value: string, usual = "") => value !== usual && query.set(name, value);
  keep("q", state.filter);
  keep("sort", state.sort, "id");
  keep("order", state.descending ? "down" : "up", "down");
  keep("figures", state.figures.join(","));
  if (state.grouped) query.set("grouped", "");
  const ranges = rangesOf(state.selected);
  if (ranges.length < 2000) keep("selected", ranges);
  keep("series", state.series);
  keep("x", state.axis, "epochs");
  if (state.logX) query.set("logx", "");
  if (state.logY) query.set("logy", "");
  keep("smooth", String(state.smoothing), "0");
  if (state.run !== null) query.set("run", String(state.run));
  return query;
}
