// Curves of runs as lines of a chart: over epochs, steps or seconds, smoothed, or several runs as their mean and band.
import { get } from "../api";
import type { Line } from "../chart";

export type Axis = "epochs" | "steps" | "seconds";

export interface Curve {
  steps: number[];
  values: (number | null)[];
}

export interface RunCurves {
  run: number;
  steps_per_epoch: number;
  /** Training time at the end of each epoch. */
  clock: Curve;
  series: Record<string, Curve>;
}

/** Of one series; a finished run is asked for once. */
export class CurveCache {
  private readonly kept = new Map<string, Promise<RunCurves>>();

  get(run: number, series: string, points: number, status: string): Promise<RunCurves> {
    const path = `/api/runs/${run}/series?${new URLSearchParams({ names: series, points: String(points) })}`;
    const key = `${path} ${status}`; // a run gets its curves when it ends
    let curves = this.kept.get(key);
    if (curves === undefined) {
      curves = get<RunCurves>(path);
      this.kept.set(key, curves);
      curves.catch(() => this.kept.delete(key));
      if (this.kept.size > 500) this.kept.delete(this.kept.keys().next().value!);
    }
    return curves;
  }
}

/** A curve at these steps, both ascending: on straight lines between its points, nothing beyond its ends. */
function valuesAt(curve: Curve, steps: number[]): (number | null)[] {
  let next = 0; // the first point that is not before the step
  return steps.map((step) => {
    while (next < curve.steps.length && curve.steps[next]! < step) ++next;
    const after = curve.values[next] ?? null;
    if (curve.steps[next] === step || next === 0) return curve.steps[next] === step ? after : null;
    const before = curve.values[next - 1] ?? null;
    if (before === null || after === null) return null;
    const begin = curve.steps[next - 1]!;
    return before + ((after - before) * (step - begin)) / (curve.steps[next]! - begin);
  });
}

export function positions(curves: RunCurves, steps: number[], axis: Axis): number[] {
  if (axis === "steps") return steps;
  if (axis === "epochs") return steps.map((step) => step / Math.max(1, curves.steps_per_epoch));
  const clock = { steps: [0, ...curves.clock.steps], values: [0, ...curves.clock.values] };
  return valuesAt(clock, steps).map((seconds) => seconds ?? clock.values.at(-1)!);
}

/** The exponential moving average with this weight of the past, without its pull to the first value. */
export function smoothed(values: (number | null)[], weight: number): (number | null)[] {
  if (weight === 0) return values;
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return sum / total;
  });
}

export function lineOf(label: string, curves: RunCurves, series: string, axis: Axis, weight: number): Line | null {
  const curve = curves.series[series];
  if (curve === undefined || curve.steps.length === 0) return null;
  return { label, x: positions(curves, curve.steps, axis), y: smoothed(curve.values, weight) };
}

/** The mean of several runs at the steps that any of them has, with a band from the least to the largest. */
export function bandOf(label: string, all: RunCurves[], series: string, axis: Axis, weight: number): Line | null {
  const curves = all.map((each) => each.series[series]).filter((curve) => curve !== undefined);
  const steps = [...new Set(curves.flatMap((curve) => curve.steps))].sort((a, b) => a - b);
  if (steps.length === 0) return null;
  const values = curves.map((curve) => valuesAt(curve, steps));
  const of = (make: (known: number[]) => number) =>
    smoothed(
      steps.map((_, i) => {
        const known = values.map((each) => each[i]).filter((value) => value !== null && value !== undefined);
        return known.length === 0 ? null : make(known);
      }),
      weight,
    );
  return {
    label,
    x: positions(all[0]!, steps, axis),
    y: of((known) => known.reduce((a, b) => a + b, 0) / known.length),
    low: of((known) => Math.min(...known)),
    high: of((known) => Math.max(...known)),
  };
}
