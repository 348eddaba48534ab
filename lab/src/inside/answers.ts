// What the program answers about the inside of a run.

export interface RunWords {
  id: number;
  name: string;
  data: string;
  network: string;
  status: string;
  live: boolean;
  steps: number;
  epochs: number;
  model: boolean;
}

export interface Picture {
  rows: number;
  cols: number;
  channels: number;
}

export interface DenseLayer {
  name: string;
  inputs: number;
  outputs: number;
  activation: string;
}

export interface RunInside extends RunWords {
  task: "classification" | "regression";
  target: string;
  classes: string[];
  features: string[];
  feature_count: number;
  picture: Picture | null;
  layers: DenseLayer[];
  layers_every: number;
}

/** Numbers that are not finite came as null. */
export interface Distribution {
  norm: number | null;
  mean: number | null;
  deviation: number | null;
  low: number | null;
  high: number | null;
  counts: number[];
}

export interface LayerFigures {
  name: string;
  weights: Distribution;
  gradients: Distribution;
  activations: Distribution;
  update_ratio: number | null;
  dead_units: number | null;
  saturated_units: number | null;
}

export interface LayerStep {
  step: number;
  epoch: number;
  layers: LayerFigures[];
}

export interface LayerAnswer {
  recorded: number;
  steps: LayerStep[];
}

export interface WeightAnswer {
  inputs: number;
  all_inputs: number;
  units: number;
  first: number;
  shown: number;
  picture: Picture | null;
  scale: number;
  weights: string;
  step: number;
}

export interface ConfusionAnswer {
  classes: string[];
  counts: number[];
  part: string;
  rows: number;
  accuracy: number;
  live: boolean;
  step: number;
}

export interface Sample {
  row: number;
  values: number[];
  probabilities: (number | null)[];
}

export interface CellAnswer {
  total: number;
  picture: Picture | null;
  features?: string[];
  samples: Sample[];
}

export interface SurfaceAxis {
  name: string;
  low: number;
  high: number;
}

export interface SurfacePoints {
  x: number[];
  y: number[];
  targets: number[];
}

export interface SurfaceAnswer {
  x: SurfaceAxis;
  y: SurfaceAxis;
  size: number;
  classes: string[];
  winners?: number[];
  low: number;
  high: number;
  levels: number[];
  points?: SurfacePoints;
  live: boolean;
  step: number;
  epoch: number;
}
