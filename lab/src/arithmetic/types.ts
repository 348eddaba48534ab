// What the program says and is told: /api/arithmetic.

/** One training step to work out. Weights are (inputs, outputs) of each layer, row by row. */
export interface Problem {
  sizes: number[];
  activations: string[];
  loss: string;
  input: number[];
  target: number[];
  weights?: number[][];
  biases?: number[][];
  optimizer: string;
  learning_rate: number;
  momentum: number;
  step: number;
}

/** null is a number that is not finite, or a numeric gradient at a kink. */
export type Maybe = number | null;

export interface Tensor {
  before: Maybe[];
  gradient: Maybe[];
  numeric: Maybe[];
  velocity_before: Maybe[];
  velocity: Maybe[];
  after: Maybe[];
}

export interface Layer {
  activation: string;
  z: Maybe[];
  y: Maybe[];
  dy: Maybe[];
  dz: Maybe[];
  weight: Tensor;
  bias: Tensor;
}

export interface Answer {
  layers: Layer[];
  prediction: Maybe[];
  loss: Maybe;
  loss_after: Maybe;
  dx: Maybe[];
  dx_numeric: Maybe[];
  largest_error: Maybe;
}

export interface Example {
  name: string;
  title: string;
  text: string;
  body: Omit<Problem, "step">;
}

export interface Listing {
  examples: Example[];
  activations: string[];
  losses: string[];
  optimizers: string[];
  most_layers: number;
  most_units: number;
  most_steps: number;
}

/** A problem with its answer; layers are counted from 1, the input is layer 0. */
export interface Worked {
  problem: Problem;
  answer: Answer;
}

/** y of layer `layer`, or the input. */
export function outputs(worked: Worked, layer: number): Maybe[] {
  return layer === 0 ? worked.problem.input : worked.answer.layers[layer - 1]!.y;
}

/** The same with another value at one place. */
export function replaced<Value>(values: Value[], index: number, value: Value): Value[] {
  return values.map((old, at) => (at === index ? value : old));
}
