// The runs of the store, as the server lists them.
import { get } from "../api";

interface Texts<Value = string> {
  texts: Value[];
  at: number[];
}

interface Figures {
  last: (number | null)[];
  best: (number | null)[];
  final: (number | null)[];
}

interface Listed {
  count: number;
  series: string[];
  metrics: { name: string; higher_is_better: boolean }[];
  id: number[];
  seed: number[];
  replicate: number[];
  parameters: number[];
  steps: number[];
  epochs: number[];
  seconds: number[];
  started: number[];
  name: Texts;
  study: Texts;
  contender: Texts;
  data: Texts;
  network: Texts;
  status: Texts;
  tags: Texts<string[]>;
  note: Texts;
  figures: Record<string, Figures>;
}

export interface Run {
  id: number;
  seed: number;
  replicate: number;
  parameters: number;
  steps: number;
  epochs: number;
  seconds: number;
  started: number;
  /** Its name, else study and contender, else data and network. */
  label: string;
  study: string;
  contender: string;
  data: string;
  network: string;
  status: string;
  tags: string[];
  note: string;
  /** By the name of a column: "best:validation_loss". */
  figures: Record<string, number | null>;
  /** What words are looked for in, in lower case. */
  words: string;
}

export interface RunList {
  count: number; // of the whole store
  series: string[];
  metrics: string[]; // that came along
  higherIsBetter: Set<string>;
  runs: Run[];
}

export const whiches = ["best", "last", "final"] as const;

export async function listRuns(filter: string, metrics: string[], signal: AbortSignal): Promise<RunList> {
  const query = new URLSearchParams();
  if (filter !== "") query.set("filter", filter);
  if (metrics.length > 0) query.set("metrics", metrics.join(","));
  const listed = await get<Listed>(`/api/runs?${query}`, signal);
  return {
    count: listed.count,
    series: listed.series,
    metrics: listed.metrics.map((metric) => metric.name),
    higherIsBetter: new Set(listed.metrics.filter((metric) => metric.higher_is_better).map((metric) => metric.name)),
    runs: listed.id.map((_, at) => runAt(listed, at)),
  };
}

function runAt(listed: Listed, at: number): Run {
  const text = <Value>(column: Texts<Value>) => column.texts[column.at[at]!]!;
  const [name, study, contender] = [text(listed.name), text(listed.study), text(listed.contender)];
  const [data, network, status, tags, note] = [
    text(listed.data),
    text(listed.network),
    text(listed.status),
    text(listed.tags),
    text(listed.note),
  ];
  const figures: Record<string, number | null> = {};
  for (const [metric, columns] of Object.entries(listed.figures)) {
    for (const which of whiches) figures[`${which}:${metric}`] = columns[which][at] ?? null;
  }
  return {
    id: listed.id[at]!,
    seed: listed.seed[at]!,
    replicate: listed.replicate[at]!,
    parameters: listed.parameters[at]!,
    steps: listed.steps[at]!,
    epochs: listed.epochs[at]!,
    seconds: listed.seconds[at]!,
    started: listed.started[at]!,
    label: name || [study, contender].filter(Boolean).join("/") || `${data} ${network}`,
    study,
    contender,
    data,
    network,
    status,
    tags,
    note,
    figures,
    words: [listed.id[at], name, study, contender, data, network, status, ...tags, note].join("\n").toLowerCase(),
  };
}
