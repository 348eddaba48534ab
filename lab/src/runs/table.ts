// The table of runs: only the rows in sight are in the document, so that ten thousand scroll like ten.
import { h, oncePerFrame, replace } from "../dom";
import type { Column } from "./columns";
import type { Entry } from "./entries";
import { tableKeys } from "./keys";

const rowHeight = 36;
const beyond = 8; // rows above and below those in sight

export interface TableEvents {
  sort(column: string): void;
  removeColumn(column: string): void;
  open(entry: Entry): void;
  toggleGroup(entry: Entry): void;
  isOpen(entry: Entry): boolean;
  /** All runs of these entries. */
  select(entries: Entry[], on: boolean): void;
  isSelected(entry: Entry): boolean;
}

export interface Shown {
  columns: Column[];
  entries: Entry[];
  sort: string;
  descending: boolean;
}

export interface RunTable {
  set(shown: Shown): void;
  /** The selection changed. */
  refresh(): void;
  end(): void;
}

export function runTable(root: HTMLElement, events: TableEvents): RunTable {
  const header = h("tr", { role: "row" });
  const widths = h("colgroup");
  const body = h("tbody");
  const table = h(
    "table",
    { class: "runs-table", role: "grid", tabindex: 0, "aria-label": "Runs", "aria-multiselectable": "true" },
    widths,
    h("thead", {}, header),
    body,
  );
  const scroller = h("div", { class: "runs-scroll" }, table);
  const above = h("tr", { "aria-hidden": "true", class: "runs-space" });
  const below = h("tr", { "aria-hidden": "true", class: "runs-space" });
  root.append(scroller);

  let shown: Shown = { columns: [], entries: [], sort: "", descending: false };
  let rows = new Map<number, HTMLTableRowElement>(); // by the entry's place
  let active = 0;

  function draw(): void {
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - beyond);
    const seen = Math.ceil(scroller.clientHeight / rowHeight) + 2 * beyond;
    const last = Math.min(shown.entries.length, first + seen);
    const next = new Map<number, HTMLTableRowElement>();
    for (let i = first; i < last; ++i) next.set(i, rows.get(i) ?? rowOf(shown.entries[i]!, i));
    rows = next;
    above.style.height = `${first * rowHeight}px`;
    below.style.height = `${(shown.entries.length - last) * rowHeight}px`;
    replace(body, above, ...rows.values(), below);
    refresh();
  }
  const drawSoon = oncePerFrame(draw);

  function rowOf(entry: Entry, i: number): HTMLTableRowElement {
    const check = h("input", { type: "checkbox", tabindex: -1, "aria-label": `select ${entry.runs[0]!.label}` });
    const row = h("tr", { role: "row", id: `run-row-${i}`, "aria-rowindex": i + 2 }, h("td", { role: "gridcell" }, check, opener(entry)));
    for (const column of shown.columns) {
      row.append(h("td", { role: "gridcell", class: column.numeric ? "num" : null }, column.cell(entry)));
    }
    row.addEventListener("click", (event) => clicked(event, entry, i));
    return row;
  }

  function opener(entry: Entry): HTMLElement | null {
    if (entry.group === null || entry.runs.length < 2) return null;
    const isOpen = events.isOpen(entry);
    return h(
      "button",
      { type: "button", class: "runs-opener", tabindex: -1, "aria-expanded": String(isOpen), "aria-label": "runs of this group" },
      isOpen ? "▾" : "▸",
    );
  }

  function clicked(event: MouseEvent, entry: Entry, i: number): void {
    const button = (event.target as Element).closest("button");
    const from = active;
    active = i;
    if (button?.classList.contains("runs-opener")) events.toggleGroup(entry);
    else if (button !== null) events.open(entry);
    else if (event.shiftKey) events.select(shown.entries.slice(Math.min(from, i), Math.max(from, i) + 1), true);
    else events.select([entry], !events.isSelected(entry));
  }

  function refresh(): void {
    for (const [i, row] of rows) {
      const selected = events.isSelected(shown.entries[i]!);
      row.setAttribute("aria-selected", String(selected));
      row.classList.toggle("active", i === active);
      row.querySelector("input")!.checked = selected;
    }
    table.setAttribute("aria-activedescendant", rows.has(active) ? `run-row-${active}` : "");
    const all = header.querySelector("input");
    if (all !== null) all.checked = shown.entries.length > 0 && shown.entries.every((entry) => events.isSelected(entry));
  }

  function moveTo(i: number, select: boolean): void {
    const from = active;
    active = Math.max(0, Math.min(shown.entries.length - 1, i));
    if (select) events.select(shown.entries.slice(Math.min(from, active), Math.max(from, active) + 1), true);
    const head = header.offsetHeight;
    const top = active * rowHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    const bottom = top + rowHeight + head - scroller.clientHeight;
    if (bottom > scroller.scrollTop) scroller.scrollTop = bottom;
    draw();
  }

  function headerCell(column: Column): HTMLElement {
    const sorted = column.key === shown.sort;
    const order = sorted ? (shown.descending ? "descending" : "ascending") : "none";
    return h(
      "th",
      { scope: "col", role: "columnheader", class: column.numeric ? "num" : null, "aria-sort": order },
      h("button", { type: "button", class: "runs-sort", onclick: () => events.sort(column.key) },
        h("span", {}, column.title), sorted && h("span", { "aria-hidden": "true" }, shown.descending ? "↓" : "↑")),
      column.removable &&
        h("button", { type: "button", class: "runs-remove", "aria-label": `without ${column.title}`, onclick: () => events.removeColumn(column.key) }, "×"),
    );
  }

  function drawHeader(): void {
    const all = h("input", { type: "checkbox", "aria-label": "select all" });
    all.addEventListener("change", () => events.select(shown.entries, all.checked));
    replace(header, h("th", { scope: "col", role: "columnheader" }, all), ...shown.columns.map(headerCell));
    const setWidth = (width: number) => {
      const col = h("col");
      if (width > 0) col.style.width = `${width}px`;
      return col;
    };
    const check = shown.entries.some((entry) => entry.group !== null) ? 56 : 36;
    const least = scroller.clientWidth < 600 ? 136 : 220; // of the column that takes what is left
    replace(widths, setWidth(check), ...shown.columns.map((column) => setWidth(column.width)));
    table.style.minWidth = `${check + shown.columns.reduce((sum, column) => sum + (column.width || least), 0)}px`;
  }

  table.addEventListener("keydown", (event) => {
    if (event.target === table) tableKeys(event, { active, page: Math.floor(scroller.clientHeight / rowHeight) - 1, entries: shown.entries, events, moveTo });
  });
  scroller.addEventListener("scroll", drawSoon, { passive: true });
  const resized = new ResizeObserver(drawSoon);
  resized.observe(scroller);

  return {
    set(next) {
      shown = next;
      rows.clear();
      active = Math.min(active, Math.max(0, next.entries.length - 1));
      table.setAttribute("aria-rowcount", String(next.entries.length + 1));
      const focused = header.contains(document.activeElement) ? [...header.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement) : -1;
      drawHeader();
      header.querySelectorAll("button")[focused]?.focus();
      draw();
    },
    refresh,
    end: () => resized.disconnect(),
  };
}
