// The rows of the table: runs, or runs that differ in their seed alone as one row that opens; sorted.
import { get } from "../api";
import type { Run } from "./list";

export interface Entry {
  /** One run, or all of a group. */
  runs: Run[];
  group: number | null;
  /** A run that stands under its open group. */
  member: boolean;
}

export type Groups = Map<number, number>; // of a run's id its group

export async function loadGroups(signal: AbortSignal): Promise<Groups> {
  const { id, group } = await get<{ id: number[]; group: number[] }>("/api/runs/groups", signal);
  return new Map(id.map((each, i) => [each, group[i]!]));
}

type Key = number | string | null;

/** Of a group: the sum, the mean or the first run's. */
const keys: Record<string, (runs: Run[]) => Key> = {
  id: (runs) => Math.max(...runs.map((run) => run.id)),
  label: (runs) => runs[0]!.label.toLowerCase(),
  study: (runs) => runs[0]!.study.toLowerCase(),
  data: (runs) => runs[0]!.data.toLowerCase(),
  network: (runs) => runs[0]!.network,
  status: (runs) => runs[0]!.status,
  seed: (runs) => (runs.length === 1 ? runs[0]!.seed : runs.length),
  epochs: (runs) => meanOf(runs, (run) => run.epochs),
  seconds: (runs) => meanOf(runs, (run) => run.seconds),
  parameters: (runs) => runs[0]!.parameters,
  started: (runs) => Math.max(...runs.map((run) => run.started)),
};

export function sortKey(runs: Run[], column: string): Key {
  const key = keys[column];
  return key === undefined ? meanOf(runs, (run) => run.figures[column] ?? null) : key(runs);
}

/** Of those that have one. */
export function meanOf(runs: Run[], value: (run: Run) => number | null): number | null {
  let sum = 0;
  let count = 0;
  for (const run of runs) {
    const each = value(run);
    if (each === null) continue;
    sum += each;
    ++count;
  }
  return count === 0 ? null : sum / count;
}

function sorted(entries: Entry[], column: string, descending: boolean): Entry[] {
  const keyed = entries.map((entry) => ({ entry, key: sortKey(entry.runs, column) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return a.key === b.key ? 0 : a.key === null ? 1 : -1;
    const order = a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
    return (descending ? -order : order) || b.entry.runs[0]!.id - a.entry.runs[0]!.id;
  });
  return keyed.map(({ entry }) => entry);
}

export function entriesOf(
  runs: Run[],
  groups: Groups | null,
  open: Set<number>,
  column: string,
  descending: boolean,
): Entry[] {
  const single = (run: Run, member: boolean): Entry => ({ runs: [run], group: null, member });
  if (groups === null) return sorted(runs.map((run) => single(run, false)), column, descending);
  const byGroup = new Map<number, Run[]>();
  for (const run of runs) {
    const group = groups.get(run.id) ?? -run.id;
    const members = byGroup.get(group);
    if (members === undefined) byGroup.set(group, [run]);
    else members.push(run);
  }
  const entries = [...byGroup].map(([group, members]): Entry => ({ runs: members, group, member: false }));
  return sorted(entries, column, descending).flatMap((entry) =>
    open.has(entry.group!) && entry.runs.length > 1
      ? [entry, ...sorted(entry.runs.map((run) => single(run, true)), column, descending)]
      : [entry],
  );
}
