// What the program says of functions and descents: /api/descent.

export type Pair = [number, number];

export interface FunctionInfo {
  name: string;
  formula: string;
  low: number;
  high: number;
  start: Pair;
  minima: [number, number, number][];
}

export interface Listing {
  functions: FunctionInfo[];
  optimizers: string[];
  most_steps: number;
  most_contenders: number;
}

/** Level lines as SVG paths in a square of 1000 by 1000, y downwards. */
export interface Contours {
  name: string;
  formula: string;
  x: Pair;
  y: Pair;
  start: Pair;
  minima: [number, number, number][];
  levels: { height: number; path: string }[];
}

/** Points of one descent, the start first; it ends before the first number that is not finite. */
export interface Path {
  diverged: boolean;
  x: number[];
  y: number[];
  value: number[];
  learning_rate: number[];
}

export interface Contender {
  optimizer: string;
  learning_rate: number;
  momentum: number;
  decay: number;
}

export interface State {
  /** The name of a built-in function, or a formula. */
  function: string;
  /** null: the function's own square. */
  x: Pair | null;
  y: Pair | null;
  start: Pair | null;
  steps: number;
  contenders: Contender[];
  /** The step that is shown; null: the last one. */
  at: number | null;
}

/** Whether the optimizer knows `momentum`. */
export function hasMomentum(optimizer: string): boolean {
  return optimizer === "momentum" || optimizer === "nesterov";
}

export function contenderName({ optimizer, learning_rate }: Contender): string {
  return `${optimizer}, ${learning_rate}`;
}
