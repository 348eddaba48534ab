// A problem as the address has it: the name of an example, or all of its numbers.
import type { Example, Listing, Problem } from "./types";

export interface State {
  /** null: values of the user's own. */
  example: Example | null;
  problem: Problem;
  stage: number;
  allDigits: boolean;
}

const list = (values: (number | string)[]) => values.join("_");
const lists = (values: number[][]) => values.map(list).join("~");
const numbers = (text: string) => text.split("_").map(Number);

export function toAddress({ example, problem, stage, allDigits }: State): URLSearchParams {
  const query = new URLSearchParams();
  if (example !== null) {
    query.set("example", example.name);
  } else {
    query.set("sizes", list(problem.sizes));
    query.set("f", problem.activations.join("~"));
    query.set("loss", problem.loss);
    query.set("x", list(problem.input));
    query.set("t", list(problem.target));
    if (problem.weights) query.set("w", lists(problem.weights));
    if (problem.biases) query.set("b", lists(problem.biases));
    query.set("optimizer", problem.optimizer);
    query.set("rate", String(problem.learning_rate));
    query.set("momentum", String(problem.momentum));
  }
  if (problem.step > 1) query.set("step", String(problem.step));
  if (stage > 0) query.set("at", String(stage));
  if (allDigits) query.set("digits", "all");
  return query;
}

/** What cannot be read is the first example's; the program refuses what does not fit together. */
export function fromAddress(query: URLSearchParams, listing: Listing): State {
  const example = listing.examples.find((each) => each.name === query.get("example")) ?? listing.examples[0]!;
  const step = Math.min(listing.most_steps, Math.max(1, Math.trunc(Number(query.get("step"))) || 1));
  const rest = { stage: Math.max(0, Math.trunc(Number(query.get("at"))) || 0), allDigits: query.get("digits") === "all" };
  const sizes = query.get("sizes");
  if (sizes === null) return { example, problem: { ...example.body, step }, ...rest };
  const own = (name: string) => query.get(name) ?? "";
  const problem: Problem = {
    sizes: numbers(sizes),
    activations: own("f").split("~"),
    loss: own("loss"),
    input: numbers(own("x")),
    target: numbers(own("t")),
    optimizer: own("optimizer"),
    learning_rate: Number(own("rate")),
    momentum: Number(own("momentum")),
    step,
  };
  if (query.has("w") && query.has("b")) {
    problem.weights = own("w").split("~").map(numbers);
    problem.biases = own("b").split("~").map(numbers);
  } else {
    problem.step = 1; // the weights that are drawn are those before the first step
  }
  return { example: null, problem, ...rest };
}
