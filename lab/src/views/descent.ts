// Optimizers racing on a function of two variables, from a start that is dragged.
import "./descent.css";
import { get, post, Refusal } from "../api";
import { lineChart, type Chart } from "../chart";
import { commandLine, fromAddress, toAddress } from "../descent/address";
import { ContenderTable } from "../descent/contenders";
import { mapAsSvg, saveFile } from "../descent/export";
import { Ground } from "../descent/ground";
import { dashOf, DescentMap } from "../descent/map";
import { Player } from "../descent/player";
import { contenderName, type Contender, type Contours, type Listing, type Pair, type Path, type State } from "../descent/types";
import { h, oncePerFrame, replace } from "../dom";
import { figure } from "../numbers";
import { keepInAddress, type View } from "../view";

class Descent {
  private readonly refusal = h("p", { class: "refusal", role: "alert" });
  private readonly commands = h("pre");
  private readonly chartPlace = h("div");
  private readonly logarithmic = h("input", { type: "checkbox", onchange: () => this.newChart() });
  private readonly abort = new AbortController();
  private readonly map = new DescentMap({ moveStart: (to, done) => this.moveStart(to, done) });
  private readonly player: Player;
  private readonly table: ContenderTable;
  private readonly ground: Ground;
  private chart: Chart;
  private contours: Contours | null = null;
  private paths: Path[] = [];
  private raced: Contender[] = [];
  private step = 0;
  private racing = false;
  private dragging = false;
  private raceAgain = false;
  private asked = 0;
  private readonly drawChart = oncePerFrame(() => this.fillChart());

  constructor(
    root: HTMLElement,
    listing: Listing,
    private state: State,
  ) {
    this.player = new Player(
      (step) => this.showStep(step),
      (step) => this.rest(step),
    );
    this.table = new ContenderTable(listing.optimizers, listing.most_contenders, (edit) => {
      const contenders = edit(this.state.contenders);
      const rebuilt = contenders.map((each) => each.optimizer).join() !== this.state.contenders.map((each) => each.optimizer).join();
      this.state = { ...this.state, contenders };
      if (rebuilt) this.table.build(contenders);
      void this.race();
    });
    this.ground = new Ground(listing, {
      chooseFunction: (text) => this.move({ function: text, x: null, y: null, start: null }),
      changeWindow: (x, y) => this.move({ x, y }),
      changeStart: (start) => this.moveStart(start, true),
      changeSteps: (steps) => {
        this.state = { ...this.state, steps, at: null };
        void this.race();
      },
    });
    const chartTools = h("div", { class: "row chart-tools" }, h("h2", {}, "Value over steps"), h("label", { class: "check" }, this.logarithmic, "logarithmic"));
    root.append(
      h("h1", {}, "Descent"),
      this.ground.element,
      this.refusal,
      h(
        "div",
        { class: "descent" },
        h("div", {}, this.map.svg, this.player.element),
        h("div", {}, this.table.element, chartTools, this.chartPlace),
      ),
      h(
        "div",
        { class: "row" },
        h("button", { onclick: () => this.save() }, "Download the map as SVG"),
        h("details", { class: "terminal" }, h("summary", {}, "The same in the terminal"), this.commands),
      ),
    );
    this.chart = lineChart(this.chartPlace, { xLabel: "step", yLabel: "f(x, y)", height: 260 });
    this.table.build(this.state.contenders);
    void this.drawGround();
  }

  end(): void {
    this.player.pause();
    this.chart.end();
    this.abort.abort();
  }

  private get start(): Pair {
    return this.state.start ?? this.contours?.start ?? [0, 0];
  }

  /** Another function or another window. */
  private move(change: Partial<State>): void {
    const before = this.state;
    this.state = { ...this.state, ...change };
    void this.drawGround(before);
  }

  private refuse(error: unknown): void {
    if (error instanceof Refusal) replace(this.refusal, error.message);
    else if (!(error instanceof DOMException)) throw error;
  }

  /** What the program refuses is not kept: `before` comes back. */
  private async drawGround(before?: State): Promise<void> {
    const turn = ++this.asked;
    const { function: text, x, y } = this.state;
    try {
      const contours = await post<Contours>("/api/descent/contours", { function: text, ...(x && y ? { x, y } : {}) }, this.abort.signal);
      if (turn !== this.asked) return;
      this.contours = contours;
      replace(this.refusal);
      this.map.drawGround(contours);
      this.ground.showFunction(contours);
      await this.race();
    } catch (error) {
      if (before && turn === this.asked) this.state = before;
      this.refuse(error);
    }
  }

  private moveStart(start: Pair, done: boolean): void {
    this.state = { ...this.state, start };
    this.dragging = !done;
    this.map.drawStart(start);
    void this.race();
  }

  /** One request at a time; what is asked for meanwhile is asked for together, once it is answered. */
  private async race(): Promise<void> {
    if (this.racing) {
      this.raceAgain = true;
      return;
    }
    this.racing = true;
    do {
      this.raceAgain = false;
      await this.raceOnce();
    } while (this.raceAgain);
    this.racing = false;
    if (!this.dragging) this.remember();
  }

  private async raceOnce(): Promise<void> {
    const { function: text, contenders, steps } = this.state;
    const start = this.start;
    try {
      const { paths } = await post<{ paths: Path[] }>("/api/descent", { function: text, start, steps, contenders }, this.abort.signal);
      this.paths = paths;
      this.raced = contenders;
      replace(this.refusal);
      this.map.drawStart(start);
      this.ground.showStart(start);
      this.ground.showSteps(steps);
      replace(this.commands, contenders.map((each) => commandLine(this.state, start, each)).join("\n"));
      this.player.set(this.state.at ?? steps, steps);
    } catch (error) {
      this.refuse(error);
    }
  }

  private showStep(step: number): void {
    this.step = step;
    this.map.drawPaths(this.paths, step);
    this.table.showPlaces(this.paths, step);
    this.drawChart();
  }

  private rest(step: number): void {
    this.state = { ...this.state, at: step === this.state.steps ? null : step };
    this.remember();
  }

  private remember(): void {
    if (!this.abort.signal.aborted) keepInAddress("descent", toAddress(this.state));
  }

  private newChart(): void {
    this.chart.end();
    this.chart = lineChart(this.chartPlace, { xLabel: "step", yLabel: "f(x, y)", height: 260, logY: this.logarithmic.checked });
    this.fillChart();
  }

  private fillChart(): void {
    if (this.abort.signal.aborted) return;
    const steps = Array.from({ length: this.state.steps + 1 }, (_, index) => index);
    this.chart.set(
      this.paths.map((path, index) => ({
        label: `${index + 1}: ${contenderName(this.raced[index]!)}`,
        x: steps,
        y: steps.map((step) => (step <= this.step ? (path.value[step] ?? null) : null)),
        colour: `--line-${(index % 8) + 1}`,
        ...(dashOf(index) === "" ? {} : { dash: dashOf(index).split(" ").map((part) => Number(part) / 2) }),
      })),
    );
  }

  private save(): void {
    const entries = this.paths.map((path, index) => {
      const step = Math.min(this.step, path.x.length - 1);
      return `${contenderName(this.raced[index]!)}: f = ${figure(path.value[step], 6)} after ${step} steps`;
    });
    const title = `f(x, y) = ${this.contours?.formula ?? ""}`;
    saveFile(mapAsSvg(this.map.svg, title, entries), "image/svg+xml", "descent.svg");
  }
}

export const descent: View = {
  name: "descent",
  title: "Descent",
  show(root, query) {
    let view: Descent | null = null;
    let ended = false;
    get<Listing>("/api/descent/functions").then(
      (listing) => {
        if (!ended) view = new Descent(root, listing, fromAddress(query, listing));
      },
      (error: unknown) => root.append(h("p", { class: "refusal", role: "alert" }, String(error))),
    );
    return () => {
      ended = true;
      view?.end();
    };
  },
};
