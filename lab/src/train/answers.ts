// What the program answers about fields, data and trainings.

export interface Field {
  section: string;
  name: string;
  flag: string;
  type: string;
  default: string;
  choices: string[];
  range: string;
  low: number | null;
  high: number | null;
  above_low: boolean;
  help: string;
}

export interface Upload {
  id: string;
  name: string;
  bytes: number;
  path: string;
}

export interface DataList {
  sets: { name: string; description: string }[];
  uploads: Upload[];
}

export interface Column {
  name: string;
  kind: "number" | "truth value" | "category";
  missing: number;
  distinct: number;
  mean: number | null;
  deviation: number | null;
  low: number | null;
  high: number | null;
  histogram: number[];
  counts: [string, number][];
  becomes: string;
}

export interface Preview {
  rows: number;
  columns_in_all: number;
  problem: string;
  target: string;
  task: "classification" | "regression" | null;
  notes: string[];
  warnings: string[];
  columns: Column[];
  first_rows: (string | number | null)[][];
  block: { prefix: string; columns: number; picture_rows: number; picture_columns: number; pictures: number[][] } | null;
  parts?: { train: number; validation: number; test: number };
  features?: number;
  balance?: [string, number][];
}

export interface Progress {
  step: number;
  epoch: number;
  samples_per_second: number | null;
  seconds_left: number | null;
  loss: number | null;
}

export type Figures = Record<string, number | null>;

export interface End {
  stop_reason?: string;
  epochs?: number;
  steps?: number;
  seconds?: number;
  best_epoch?: number;
  diverged_at?: string;
  model?: boolean;
  error: string;
  train?: Figures;
  validation?: Figures;
  test?: Figures;
}

/** epoch, step, learning rate, then loss and score of training, validation and test */
export type EpochRow = (number | null)[];

export interface Summary {
  id: number;
  name: string;
  data: string;
  target: string;
  score: string;
  network: string;
  parameters: number;
  parts: { train: number; validation: number; test: number };
  state: string;
  epochs: number;
  steps_per_epoch: number;
  progress: Progress | null;
  end: End | null;
}

export interface Training extends Summary {
  choices: string[];
  warnings: string[];
  curves: { epochs: EpochRow[]; validations: EpochRow[]; steps: [number, number | null][] };
  last_event: number;
}

export const goesOn = (training: Summary): boolean => training.end === null;

const grouped = new Intl.NumberFormat("en");

/** 12,345 */
export const count = (number: number): string => grouped.format(number);
