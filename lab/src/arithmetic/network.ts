// The network as a picture: units as circles, weights as lines, each with the number of the present stage.
import { h, s } from "../dom";
import type { Formulas } from "./formulas";
import { formatter, inputLetter, letter } from "./letters";
import type { Stage } from "./stages";
import type { Maybe } from "./types";

/** A unit (`from` 0) or the weight into it from unit `from` of the layer below; units count from 1, layer 0 is the input. */
export interface Place {
  layer: number;
  unit: number;
  from: number;
}

export function samePlace(a: Place | null, b: Place | null): boolean {
  return a !== null && b !== null && a.layer === b.layer && a.unit === b.unit && a.from === b.from;
}

const columnGap = 190;
const rowGap = 92;
const radius = 30;
const margin = 46;
const mostLabels = 24; // of one layer's weights: more would hide each other

const brief = formatter(false);
const short = (value: Maybe) => (value === null ? "–" : brief(Number(value.toPrecision(3))));

/** Which numbers stand on units and lines, and which of them the stage is about. */
function numbersOf(stage: Stage, formulas: Formulas) {
  const { answer, problem } = formulas.worked;
  const reached = stage.kind === "forward" ? stage.layer : stage.kind === "start" ? 0 : formulas.count;
  const backTo = stage.kind === "backward" ? stage.layer : stage.kind === "update" ? 1 : formulas.count + 1;
  return {
    unit(layer: number, unit: number): { value: Maybe | undefined; name: string; slope: boolean } {
      if (layer === 0) return { value: problem.input[unit - 1]!, name: letter("x", 0, unit), slope: false };
      const slope = layer >= backTo;
      const values = answer.layers[layer - 1]!;
      const value = layer > reached ? undefined : slope ? values.dz[unit - 1]! : values.y[unit - 1]!;
      return { value, name: letter(slope ? "δ" : "y", layer, unit), slope };
    },
    weight(layer: number, from: number, to: number): Maybe {
      return formulas.weight(layer, from, to, stage.kind === "update" ? "after" : layer >= backTo ? "gradient" : "before");
    },
    active(layer: number): boolean {
      return stage.kind === "start" || stage.kind === "update" || layer === stage.layer;
    },
    weightName(layer: number, from: number, to: number): string {
      const name = letter("w", layer, from, to);
      return stage.kind === "update" ? `new ${name}` : layer >= backTo ? `dL/d${name}` : name;
    },
  };
}

export interface NetworkEvents {
  /** The pointer or the focus is on a place, or on none. */
  look(place: Place | null): void;
  choose(place: Place): void;
}

export function networkPicture(formulas: Formulas, stage: Stage, chosen: Place | null, events: NetworkEvents): HTMLElement {
  const { sizes } = formulas.worked.problem;
  const numbers = numbersOf(stage, formulas);
  const rows = Math.max(...sizes);
  const width = 2 * margin + (sizes.length - 1) * columnGap;
  const height = 2 * margin + (rows - 1) * rowGap + 34;
  const place = (layer: number, unit: number) => ({
    x: margin + layer * columnGap,
    y: margin + 12 + ((rows - sizes[layer]!) / 2 + unit - 1) * rowGap,
  });
  const part = (name: string, at: Place, label: string) =>
    s("g", {
      class: `${name}${samePlace(at, chosen) ? " chosen" : ""}${numbers.active(at.layer) ? " active" : ""}`,
      tabindex: 0,
      role: "button",
      "aria-label": label,
      "data-place": `${at.layer}.${at.unit}.${at.from}`,
      onmouseenter: () => events.look(at),
      onmouseleave: () => events.look(null),
      onfocus: () => events.look(at),
      onblur: () => events.look(null),
      onclick: () => events.choose(at),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        events.choose(at);
      },
    });

  const edges: SVGElement[] = [];
  const labels: SVGElement[] = [];
  const units: SVGElement[] = [];
  sizes.forEach((size, layer) => {
    for (let unit = 1; unit <= size; ++unit) {
      const { x, y } = place(layer, unit);
      const { value, name, slope } = numbers.unit(layer, unit);
      const group = part("unit", { layer, unit, from: 0 }, `${name}${value === undefined ? "" : ` = ${short(value)}`}`);
      group.append(
        s("circle", { cx: x, cy: y, r: radius, class: slope ? "slope" : null }),
        s("text", { x, y: y + 5 }, value === undefined ? "" : short(value)),
        s("text", { x, y: y + radius + 17, class: "name" }, name),
      );
      units.push(group);
      if (layer === 0) continue;
      const below = sizes[layer - 1]!;
      for (let from = 1; from <= below; ++from) {
        const start = place(layer - 1, from);
        const weight = numbers.weight(layer, from, unit);
        const edge = part("edge", { layer, unit, from }, `${numbers.weightName(layer, from, unit)} = ${short(weight)}`);
        const ends = { x1: start.x + radius, y1: start.y, x2: x - radius, y2: y };
        const line = s("line", { ...ends, class: (weight ?? 0) < 0 ? "negative" : "positive" });
        line.style.strokeWidth = `${1 + 2.5 * Math.min(1, Math.abs(weight ?? 0))}px`;
        edge.append(s("line", { ...ends, class: "target" }), line);
        edges.push(edge);
        if (below * size > mostLabels) continue;
        const share = below > size ? 0.3 : 0.68; // near the side where lines lie further apart
        labels.push(
          s(
            "text",
            {
              x: ends.x1 + share * (ends.x2 - ends.x1),
              y: ends.y1 + share * (ends.y2 - ends.y1) + 4,
              class: `weight${numbers.active(layer) ? " active" : ""}`,
            },
            short(weight),
          ),
        );
      }
    }
  });
  const picture = s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "network", role: "group", "aria-label": `Network ${sizes.join("-")}, ${stage.title}` },
    ...edges,
    ...labels,
    ...units,
  );
  picture.style.width = `${width}px`;
  picture.style.minWidth = `${Math.min(width, Math.max(340, 0.7 * width))}px`;
  return h("div", { class: "scroll" }, picture);
}

/** "x₁", "unit 2 of layer 1", "w⁽¹⁾₁₂": for headings. */
export function placeName(place: Place): string {
  if (place.from > 0) return `Weight ${letter("w", place.layer, place.from, place.unit)}`;
  return place.layer === 0 ? `Input ${inputLetter(1, place.unit)}` : `Unit ${place.unit} of layer ${place.layer}`;
}
