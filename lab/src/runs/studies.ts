// What studies found: a table of verdicts for each.
import { get } from "../api";
import { h, replace } from "../dom";
import { figure } from "../numbers";
import type { Run } from "./list";

interface Claim {
  claim: string;
  text: string;
  report: string;
  verdict: string;
  estimate: number | null;
  interval: [number | null, number | null] | null;
  p: number | null;
  reason: string;
}

interface Study {
  study: string;
  title: string;
  question: string;
  judged: number;
  runs: number[];
  claims: Claim[];
  error: string;
}

export interface Studies {
  load(): void;
  /** Those that the selected runs belong to; all where none is selected. */
  show(selected: Run[]): void;
}

const marks: Record<string, string> = { supported: "✓", refuted: "✗", "cannot tell": "?" };

export function studiesPanel(root: HTMLElement, selectRuns: (ids: number[]) => void): Studies {
  const panel = h("section", { class: "runs-studies", "aria-label": "Studies", hidden: true });
  root.append(panel);
  let studies: Study[] = [];
  let selected: Run[] = [];
  const open = new Set<string>();

  function draw(): void {
    const names = new Set(selected.map((run) => run.study));
    const ids = new Set(selected.map((run) => run.id));
    const concerned = studies.filter((study) => names.has(study.study) || study.runs.some((id) => ids.has(id)));
    const shown = selected.length === 0 ? studies : concerned;
    panel.hidden = shown.length === 0;
    replace(panel, h("h2", {}, "Verdicts of studies"), ...shown.map((study) => block(study, concerned.length > 0)));
  }

  function block(study: Study, unfolded: boolean): HTMLElement {
    const counts = Object.keys(marks)
      .map((verdict) => [study.claims.filter((claim) => claim.verdict === verdict).length, verdict] as const)
      .filter(([count]) => count > 0)
      .map(([count, verdict]) => `${count} ${verdict}`)
      .join(", ");
    const details = h(
      "details",
      { open: unfolded || open.has(study.study) },
      h("summary", {}, h("strong", {}, study.title || study.study), h("span", { class: "muted" }, ` ${counts || study.error || "no claims"}`)),
      study.question !== "" && h("p", {}, study.question),
      study.error !== "" && h("p", { class: "refusal" }, study.error),
      study.claims.length > 0 && h("div", { class: "scroll" }, claimTable(study.claims)),
      h("p", { class: "row" },
        h("button", { type: "button", onclick: () => selectRuns(study.runs) }, `Select its ${study.runs.length} runs`),
        study.judged > 0 && h("span", { class: "muted" }, `judged ${new Date(study.judged * 1000).toLocaleString("en-GB")}`)),
    );
    details.addEventListener("toggle", () => (details.open ? open.add(study.study) : open.delete(study.study)));
    return details;
  }

  return {
    load() {
      get<Study[]>("/api/studies").then(
        (found) => {
          studies = found;
          draw();
        },
        (error: Error) => {
          panel.hidden = false;
          replace(panel, h("p", { class: "refusal" }, error.message));
        },
      );
    },
    show(runs) {
      selected = runs;
      draw();
    },
  };
}

function claimTable(claims: Claim[]): HTMLElement {
  const hasReport = claims.some((claim) => claim.report !== "");
  const head = ["verdict", "claim", "estimate", "95 % interval", "p", ...(hasReport ? ["report"] : []), "why"];
  return h(
    "table",
    { class: "runs-verdicts" },
    h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col", class: ["estimate", "95 % interval", "p"].includes(text) ? "num" : null }, text)))),
    h("tbody", {}, ...claims.map((claim) =>
      h(
        "tr",
        {},
        h("td", { class: `verdict ${claim.verdict.replace(" ", "-")}` }, h("span", { "aria-hidden": "true" }, `${marks[claim.verdict] ?? ""} `), claim.verdict),
        h("td", {}, h("code", {}, claim.claim), claim.text !== "" && h("div", { class: "muted" }, claim.text)),
        h("td", { class: "num" }, figure(claim.estimate)),
        h("td", { class: "num" }, claim.interval === null ? "–" : `${figure(claim.interval[0], 3)} to ${figure(claim.interval[1], 3)}`),
        h("td", { class: "num" }, figure(claim.p, 2)),
        hasReport && h("td", {}, claim.report),
        h("td", {}, claim.reason),
      ))),
  );
}
