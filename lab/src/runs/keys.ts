// The table by keyboard: arrows move, space selects, enter opens.
import type { Entry } from "./entries";
import type { TableEvents } from "./table";

interface Place {
  active: number;
  page: number; // rows in sight
  entries: Entry[];
  events: TableEvents;
  /** `select`: everything on the way. */
  moveTo(i: number, select: boolean): void;
}

export function tableKeys(event: KeyboardEvent, place: Place): void {
  const { active, page, entries, events, moveTo } = place;
  const entry = entries[active];
  if (entry === undefined) return;
  const target: Record<string, number> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: entries.length - 1,
  };
  if (event.key in target) moveTo(target[event.key]!, event.shiftKey);
  else if (event.key === " ") events.select([entry], !events.isSelected(entry));
  else if (event.key === "Enter") events.open(entry);
  else if (event.key === "a" && (event.ctrlKey || event.metaKey)) events.select(entries, true);
  else if (event.key === "ArrowRight" && entry.group !== null && !events.isOpen(entry)) events.toggleGroup(entry);
  else if (event.key === "ArrowLeft" && entry.group !== null && events.isOpen(entry)) events.toggleGroup(entry);
  else return;
  event.preventDefault();
}
