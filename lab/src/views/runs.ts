// Runs: the store as a table; select several and see their curves, what differs, what studies found.
import "./runs.css";
import { get } from "../api";
import { h, replace } from "../dom";
import { figure } from "../numbers";
import { actionBar } from "../runs/actions";
import { columnsOf, figureTitle } from "../runs/columns";
import { comparePanel } from "../runs/compare";
import { detailDialog } from "../runs/detail";
import { entriesOf, loadGroups, type Entry, type Groups } from "../runs/entries";
import { matches, parseFilter } from "../runs/filter";
import { listRuns, whiches, type Run, type RunList } from "../runs/list";
import { readState, writeState } from "../runs/state";
import { studiesPanel } from "../runs/studies";
import { runTable } from "../runs/table";
import { keepInAddress, type View } from "../view";

export const runs: View = { name: "runs", title: "Runs", show };

const typingPause = 200; // milliseconds until a comparison is asked for
const lookAgain = 4000; // milliseconds between looks whether the store changed

function show(root: HTMLElement, query: URLSearchParams): () => void {
  const state = readState(query);
  const keep = () => keepInAddress("runs", writeState(state));
  const narrow = matchMedia("(max-width: 720px)");
  let list: RunList = { count: 0, series: [], metrics: [], higherIsBetter: new Set(), runs: [] };
  let groups: Groups | null = null;
  const open = new Set<number>();
  let visible: Run[] = [];
  let entries: Entry[] = [];
  let asked = new AbortController();
  let seen = ""; // the state of the store that the list shows

  const count = h("span", { class: "muted num" });
  const refusal = h("p", { class: "refusal", role: "status" });
  const filter = h("input", { type: "search", class: "runs-filter", value: state.filter, placeholder: "digits optimizer=adam loss<0.1", "aria-label": "Filter by words and comparisons", spellcheck: "false" });
  const grouped = h("input", { type: "checkbox", checked: state.grouped });
  const addFigure = h("select", { "aria-label": "add a column" });
  root.append(
    h("div", { class: "row runs-title" }, h("h1", {}, "Runs"), count),
    h("div", { class: "row runs-tools" }, filter, h("label", {}, grouped, " group by seed"), addFigure),
    refusal,
  );
  const empty = h("p", { class: "muted", hidden: true });
  const table = runTable(root, {
    sort(column) {
      const better = !list.higherIsBetter.has(column.split(":")[1] ?? "");
      const ascendingFirst = column.includes(":") ? better : ["label", "data", "network", "study", "status", "seed"].includes(column);
      state.descending = column === state.sort ? !state.descending : !ascendingFirst;
      state.sort = column;
      arrange();
    },
    removeColumn(column) {
      state.figures = figures().filter((key) => key !== column);
      arrange();
    },
    open(entry) {
      state.run = entry.runs[0]!.id;
      keep();
      detail.open(state.run);
    },
    toggleGroup(entry) {
      if (!open.delete(entry.group!)) open.add(entry.group!);
      arrange();
    },
    isOpen: (entry) => open.has(entry.group!),
    select(chosen, on) {
      for (const run of chosen.flatMap((entry) => entry.runs)) {
        if (on) state.selected.add(run.id);
        else state.selected.delete(run.id);
      }
      table.refresh();
      showSelected();
    },
    isSelected: (entry) => entry.runs.every((run) => state.selected.has(run.id)),
  });
  const selectRuns = (ids: number[]) => {
    state.selected = new Set(ids);
    table.refresh();
    showSelected();
  };
  root.append(empty);
  const actions = actionBar(root, () => selectRuns([]), () => void load());
  const compare = comparePanel(root, state, keep);
  const studies = studiesPanel(root, selectRuns);
  const detail = detailDialog(root, () => void load(), () => {
    state.run = null;
    keep();
  });

  const figures = () => (state.figures.length > 0 ? state.figures : list.metrics.map((metric) => `best:${metric}`));
  const words = () => parseFilter(filter.value, list.metrics);

  async function load(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const metrics = [...new Set(state.figures.map((key) => key.slice(key.indexOf(":") + 1)))];
      const [next, known] = await Promise.all([
        listRuns(words().comparisons, metrics, signal),
        state.grouped ? loadGroups(signal) : null,
      ]);
      list = next;
      groups = known;
      refusal.textContent = "";
      arrange();
    } catch (error) {
      if (!signal.aborted) refusal.textContent = (error as Error).message;
    }
  }

  function arrange(): void {
    keep();
    const looked = words().words;
    visible = list.runs.filter((run) => matches(looked, run.words));
    entries = entriesOf(visible, groups, open, state.sort, state.descending);
    const columns = columnsOf(figures(), {
      grouped: groups !== null,
      narrow: narrow.matches,
      studies: list.runs.some((run) => run.study !== ""),
    });
    table.set({ columns, entries, sort: state.sort, descending: state.descending });
    count.textContent = visible.length === list.count ? figure(list.count) : `${figure(visible.length)} of ${figure(list.count)}`;
    empty.hidden = visible.length > 0;
    replace(empty, list.count === 0 ? "No runs yet: train one in " : "No run matches.", list.count === 0 && h("a", { href: "#train" }, "Train"));
    offerFigures();
    showSelected();
  }

  function offerFigures(): void {
    const shown = new Set(figures());
    const options = (which: string) =>
      list.series.map((name) => `${which}:${name}`).filter((key) => !shown.has(key)).map((key) => h("option", { value: key }, figureTitle(key)));
    replace(addFigure, h("option", { value: "" }, "Add a column…"), ...whiches.map((which) => h("optgroup", { label: which }, ...options(which))));
  }

  function showSelected(): void {
    keep();
    const byId = new Map(list.runs.map((run) => [run.id, run]));
    const selected = [...state.selected].map((id) => byId.get(id)).filter((run) => run !== undefined);
    const all = visible.length === list.count;
    actions.show(selected, visible, all);
    const chosen = groups === null ? selected.map((run): Entry => ({ runs: [run], group: null, member: false })) : entriesOf(selected, groups, new Set(), "id", false);
    const usual = (figures()[0] ?? `:${list.series[0] ?? ""}`).split(/:(.*)/s)[1] ?? "";
    compare.show(chosen, list.series.filter((name) => name !== "seconds"), usual);
    studies.show(selected);
  }

  let typing = 0;
  let comparisons = words().comparisons;
  filter.addEventListener("input", () => {
    state.filter = filter.value;
    clearTimeout(typing);
    if (words().comparisons === comparisons) return arrange();
    typing = setTimeout(() => {
      comparisons = words().comparisons;
      void load();
    }, typingPause);
  });
  grouped.addEventListener("change", () => {
    state.grouped = grouped.checked;
    void load();
  });
  addFigure.addEventListener("change", () => {
    state.figures = [...figures(), addFigure.value];
    void load();
  });
  narrow.addEventListener("change", arrange);

  async function look(): Promise<void> {
    if (document.hidden) return;
    const now = await get("/api/runs/state").then((state) => JSON.stringify(state), () => seen);
    if (seen !== "" && now !== seen) {
      void load();
      studies.load();
    }
    seen = now;
  }
  const looking = setInterval(() => void look(), lookAgain);

  void load();
  void look();
  studies.load();
  if (state.run !== null) detail.open(state.run);
  return () => {
    clearInterval(looking);
    clearTimeout(typing);
    asked.abort();
    narrow.removeEventListener("change", arrange);
    table.end();
    compare.end();
  };
}
