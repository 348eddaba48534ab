// What stands in the field above the table: words that the page looks for itself, and comparisons that the store knows
// best, since they may be about any field of a configuration.

export interface Filter {
  words: string[];
  /** In the language of `gradus runs list --filter`. */
  comparisons: string;
}

const comparison = /^([^\s=!<>~]+)(=|!=|<=|>=|<|>|~)("[^"]*"|'[^']*'|[^\s]+)$/;

/**
 * `digits loss<0.1 optimizer=adam`: one word, two comparisons. A comparison that is still being typed is left out. `loss`,
 * `accuracy` and `r2` held against a number mean the first of `metrics` that ends so: "validation_loss".
 */
export function parseFilter(text: string, metrics: string[]): Filter {
  const joined = text.replace(/\s*(!=|<=|>=|=|<|>|~)\s*/g, "$1");
  const parts = joined.match(/(?:"[^"]*"|'[^']*'|[^\s"']+)+/g) ?? [];
  const words: string[] = [];
  const comparisons: string[] = [];
  for (const part of parts) {
    const [, left, operator, right] = comparison.exec(part) ?? [];
    if (left !== undefined) comparisons.push(`${figureName(left, right!, metrics)}${operator}${right}`);
    else if (!/[=!<>~]/.test(part) && part.toLowerCase() !== "and") words.push(part.replace(/["']/g, "").toLowerCase());
  }
  return { words, comparisons: comparisons.join(" and ") };
}

function figureName(left: string, right: string, metrics: string[]): string {
  if (!Number.isFinite(Number(right))) return left;
  const [, prefix = "", name] = /^(\w+:)?(loss|accuracy|r2)$/.exec(left) ?? [];
  const metric = name === undefined ? undefined : metrics.find((each) => each.endsWith(`_${name}`));
  return metric === undefined ? left : prefix + metric;
}

export function matches(words: string[], text: string): boolean {
  return words.every((word) => text.includes(word));
}

/** 1,2,3,7 -> "1-3,7". */
export function rangesOf(ids: Iterable<number>): string {
  const sorted = [...ids].sort((a, b) => a - b);
  const ranges: string[] = [];
  for (let begin = 0; begin < sorted.length; ) {
    let end = begin;
    while (sorted[end + 1] === sorted[end]! + 1) ++end;
    ranges.push(begin === end ? `${sorted[begin]}` : `${sorted[begin]}-${sorted[end]}`);
    begin = end + 1;
  }
  return ranges.join(",");
}

/** The way back; what is no such list is nothing. */
export function idsOf(ranges: string): number[] {
  const most = 100_000;
  const ids: number[] = [];
  for (const range of ranges.split(",")) {
    const [, first, last] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(range) ?? [];
    if (first === undefined) continue;
    const end = Number(last ?? first);
    for (let id = Number(first); id <= end && ids.length < most; ++id) ids.push(id);
  }
  return ids;
}
