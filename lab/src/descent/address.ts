// A race as the address has it, and as the command line does.
import { hasMomentum, type Contender, type Listing, type Pair, type State } from "./types";

const contenders: Contender[] = [
  { optimizer: "sgd", learning_rate: 0.01, momentum: 0.9, decay: 1 },
  { optimizer: "momentum", learning_rate: 0.003, momentum: 0.9, decay: 1 },
  { optimizer: "adam", learning_rate: 0.2, momentum: 0.9, decay: 1 },
];

const first: State = { function: "himmelblau", x: null, y: null, start: null, steps: 100, contenders, at: null };

const written = (values: number[]) => values.join("_");

function readPair(text: string | null): Pair | null {
  const numbers = (text ?? "").split("_").map(Number);
  return text !== null && numbers.length === 2 && numbers.every(Number.isFinite) ? [numbers[0]!, numbers[1]!] : null;
}

function readRange(text: string | null): Pair | null {
  const pair = readPair(text);
  return pair !== null && pair[0] < pair[1] ? pair : null;
}

function readContender(text: string, listing: Listing): Contender | null {
  const [optimizer, ...numbers] = text.split("_");
  const [learning_rate, momentum, decay] = numbers.map(Number);
  if (!listing.optimizers.includes(optimizer!) || !(learning_rate! > 0)) return null;
  return { optimizer: optimizer!, learning_rate: learning_rate!, momentum: momentum ?? 0.9, decay: decay ?? 1 };
}

export function toAddress(state: State): URLSearchParams {
  const query = new URLSearchParams({ f: state.function });
  if (state.x) query.set("x", written(state.x));
  if (state.y) query.set("y", written(state.y));
  if (state.start) query.set("start", written(state.start));
  query.set("steps", String(state.steps));
  for (const { optimizer, learning_rate, momentum, decay } of state.contenders)
    query.append("c", `${optimizer}_${written([learning_rate, momentum, decay])}`);
  if (state.at !== null) query.set("at", String(state.at));
  return query;
}

/** What is missing or cannot be read is that of the first visit. */
export function fromAddress(query: URLSearchParams, listing: Listing): State {
  const whole = (name: string) => (query.has(name) ? Math.trunc(Number(query.get(name))) : NaN);
  const read = query
    .getAll("c")
    .map((text) => readContender(text, listing))
    .filter((each) => each !== null)
    .slice(0, listing.most_contenders);
  const at = whole("at");
  return {
    function: query.get("f") ?? first.function,
    x: readRange(query.get("x")),
    y: readRange(query.get("y")),
    start: readPair(query.get("start")),
    steps: Math.min(listing.most_steps, Math.max(1, whole("steps") || first.steps)),
    contenders: read.length > 0 ? read : first.contenders,
    at: at >= 0 ? at : null,
  };
}

/** The same descent in the terminal. */
export function commandLine(state: State, start: Pair, contender: Contender): string {
  const name = /^[a-z]+$/.test(state.function) ? state.function : `"${state.function}"`;
  const words = ["gradus descend", name, `--start=${start.join(",")}`, `--optimizer ${contender.optimizer}`];
  words.push(`--learning-rate ${contender.learning_rate}`);
  if (hasMomentum(contender.optimizer)) words.push(`--momentum ${contender.momentum}`);
  if (contender.decay !== 1) words.push(`--decay ${contender.decay}`);
  words.push(`--steps ${state.steps}`);
  return words.join(" ");
}
