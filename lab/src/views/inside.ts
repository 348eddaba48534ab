// What happens inside a network: decisions, layers, weights, mistakes; of a run that is trained here as it happens.
import "./inside.css";
import { get, Refusal } from "../api";
import { h, replace } from "../dom";
import type { RunInside, RunWords } from "../inside/answers";
import { onThemeChange } from "../inside/colours";
import { confusionSection } from "../inside/confusion";
import { layerSection } from "../inside/layers";
import type { Section } from "../inside/section";
import { repeat } from "../inside/section";
import { surfaceSection, type SurfaceChoice } from "../inside/surface";
import { weightSection } from "../inside/weights";
import { figure } from "../numbers";
import { keepInAddress, type View } from "../view";

export const inside: View = {
  name: "inside",
  title: "Inside",
  show(root, query) {
    const page = new InsidePage(root, query);
    void page.start();
    return () => page.end();
  },
};

/** Sections that are cheap to ask for come often. */
interface Watched {
  section: Section;
  pause: number;
}

class InsidePage {
  private readonly stopper = new AbortController();
  private readonly words = h("p", { class: "muted" });
  private readonly sections = h("div", { class: "inside" });
  private readonly select = h("select", { onchange: () => this.choose(Number(this.select.value)) });
  private runs: RunWords[] = [];
  private watched: Section[] = [];
  private ends: (() => void)[] = [];

  constructor(
    private readonly root: HTMLElement,
    private readonly query: URLSearchParams,
  ) {}

  async start(): Promise<void> {
    this.root.append(
      h("h1", {}, "Inside"),
      h("div", { class: "row" }, h("label", {}, "Run ", this.select), this.words),
      this.sections,
    );
    try {
      this.runs = (await get<{ runs: RunWords[] }>("/api/models", this.stopper.signal)).runs;
    } catch (error) {
      return this.refused(error);
    }
    if (this.runs.length === 0) {
      replace(this.sections, h("p", {}, "There is no run yet. ", h("a", { href: "#train" }, "Train one"), "."));
      return;
    }
    this.runs.sort((a, b) => Number(b.live) - Number(a.live));
    const asked = Number(this.query.get("run"));
    const chosen = this.runs.find((run) => run.id === asked) ?? this.runs.find((run) => run.model) ?? this.runs[0]!;
    replace(this.select, ...this.runs.map((run) => h("option", { value: run.id, selected: run === chosen }, named(run))));
    await this.open(chosen.id);
  }

  end(): void {
    this.stopper.abort();
    this.close();
  }

  private choose(id: number): void {
    for (const field of ["x", "y", "plane"]) this.query.delete(field);
    this.query.set("run", String(id));
    keepInAddress("inside", this.query);
    void this.open(id);
  }

  private close(): void {
    this.ends.splice(0).forEach((end) => end());
    this.watched = [];
  }

  private async open(id: number): Promise<void> {
    this.close();
    replace(this.sections);
    this.ends.push(onThemeChange(() => this.watched.forEach((section) => section.redraw())));
    let run: RunInside;
    try {
      run = await get<RunInside>(`/api/runs/${id}/inside`, this.stopper.signal);
    } catch (error) {
      this.refused(error);
      if (this.runs.find((each) => each.id === id)?.live) return this.openLater(id);
      // A run that diverged left no model, and its layers tell why.
      this.watch([{ section: this.layers({ id, live: false, layers_every: 0 }), pause: 1000 }]);
      return;
    }
    if (Number(this.select.value) !== id) return;
    this.say(run);
    const all: Watched[] = [];
    if (run.feature_count >= 2) all.push({ section: this.surface(run), pause: 250 });
    if (run.task === "classification") all.push({ section: confusionSection(run), pause: 1000 });
    all.push({ section: this.layers(run), pause: 500 });
    all.push({ section: weightSection(run), pause: 1000 });
    this.watch(all);
    if (run.live) this.ends.push(repeat((signal) => this.follow(run, signal), 1000));
  }

  // It waits for its turn.
  private openLater(id: number): void {
    const timer = setTimeout(() => void this.open(id), 1000);
    this.ends.push(() => clearTimeout(timer));
  }

  private watch(all: Watched[]): void {
    for (const { section, pause } of all) {
      this.sections.append(section.element);
      this.watched.push(section);
      this.ends.push(repeat((signal) => section.refresh(signal), pause));
    }
  }

  // The steps in the head; once the training has ended, everything as it stays.
  private async follow(run: RunInside, signal: AbortSignal): Promise<boolean> {
    try {
      const now = await get<RunInside>(`/api/runs/${run.id}/inside`, signal);
      this.say(now);
      if (now.live) return true;
      run.live = false;
      await Promise.all(this.watched.map((section) => section.refresh(signal)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.words.textContent = error.message;
    }
    return false;
  }

  private surface(run: RunInside): Section {
    const [first, second] = run.features;
    const choice: SurfaceChoice = {
      x: this.query.get("x") ?? first!,
      y: this.query.get("y") ?? second!,
      components: run.feature_count > 2 && this.query.get("plane") !== "features",
    };
    const section = surfaceSection(run, choice, (next) => {
      this.query.set("run", String(run.id));
      this.query.set("x", next.x);
      this.query.set("y", next.y);
      this.query.set("plane", next.components ? "components" : "features");
      keepInAddress("inside", this.query);
    });
    this.ends.push(() => section.end());
    return section;
  }

  private layers(run: Pick<RunInside, "id" | "live" | "layers_every">): Section {
    const section = layerSection(run);
    this.ends.push(() => section.end());
    return section;
  }

  private say(run: RunInside): void {
    const state = run.live ? `training, step ${figure(run.steps)}` : `${run.status} after ${figure(run.steps)} steps`;
    replace(this.words, h("span", { class: run.live ? "live" : null }, state), ` · ${run.data} · ${run.network}`);
  }

  private refused(error: unknown): void {
    if (this.stopper.signal.aborted) return;
    if (!(error instanceof Refusal)) throw error;
    replace(this.words, error.message);
  }
}

function named(run: RunWords): string {
  const words = [String(run.id), run.name || run.data, run.network, run.live ? "training" : run.status === "finished" ? "" : run.status];
  return words.filter((word) => word !== "").join(" · ");
}
