// A part of the view "Inside": a heading and what stands below it, refreshed while its run is trained.
import { Refusal } from "../api";
import { h, replace } from "../dom";

export interface Section {
  element: HTMLElement;
  /** Asks anew; false where nothing more will change. */
  refresh(signal: AbortSignal): Promise<boolean>;
  /** Paints what is there, in the theme's colours. */
  redraw(): void;
}

/** The frame of a section. What the program refuses is said in its place. `whole`: as wide as the page. */
export function frame(title: string, whole: boolean, ...children: Node[]): { element: HTMLElement; body: HTMLElement } {
  const body = h("div", {}, ...children);
  return { element: h("section", { class: whole ? "inside-section whole" : "inside-section" }, h("h2", {}, title), body), body };
}

export function sayRefusal(body: HTMLElement, error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (!(error instanceof Refusal)) throw error;
  replace(body, h("p", { class: "muted" }, error.message));
}

const mostPause = 2000; // in milliseconds

/**
 * Calls `work` again and again until it says false: after a pause of four times what it took, so that watching costs a
 * training little, two seconds at most, and never while the page is hidden. Returns the end of it.
 */
export function repeat(work: (signal: AbortSignal) => Promise<boolean>, leastPause: number): () => void {
  const stopper = new AbortController();
  let timer = 0;
  const turn = async () => {
    const began = performance.now();
    try {
      if (!document.hidden && !(await work(stopper.signal))) return;
    } catch (error) {
      if (!stopper.signal.aborted) throw error;
    }
    if (stopper.signal.aborted) return;
    const pause = Math.min(4 * (performance.now() - began), mostPause);
    timer = window.setTimeout(turn, Math.max(leastPause, pause));
  };
  void turn();
  return () => {
    stopper.abort();
    clearTimeout(timer);
  };
}
