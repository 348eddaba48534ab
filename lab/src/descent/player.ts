// Which step is shown: play, pause, one step, rewind.
import { h, replace } from "../dom";

const seconds = 5; // that a race lasts, however many steps it has

export class Player {
  readonly element = h("div", { class: "row player" });
  private readonly play = h("button", { class: "main", onclick: () => (this.timer === 0 ? this.start() : this.pause()) }, "Play");
  private readonly slider = h("input", { type: "range", min: 0, "aria-label": "Step", oninput: () => this.goTo(this.slider.valueAsNumber) });
  private readonly where = h("output", { class: "num where" });
  private timer = 0;
  private last = 1;
  private step = 0;

  /** `show` draws a step; `rest` is told when it stays there. */
  constructor(
    private readonly show: (step: number) => void,
    private readonly rest: (step: number) => void,
  ) {
    const button = (label: string, to: () => number) => h("button", { onclick: () => this.goTo(to()) }, label);
    replace(
      this.element,
      button("Rewind", () => 0),
      button("Back", () => this.step - 1),
      this.play,
      button("Step", () => this.step + 1),
      button("End", () => this.last),
      this.slider,
      this.where,
    );
  }

  /** There are `last` steps now, and this one is shown; a race that plays goes on. */
  set(step: number, last: number): void {
    this.last = last;
    this.slider.max = String(last);
    this.draw(Math.min(this.timer === 0 ? step : this.step, last));
  }

  private draw(step: number): void {
    this.step = step;
    this.slider.value = String(step);
    this.where.textContent = `step ${step} of ${this.last}`;
    this.show(step);
  }

  private goTo(step: number): void {
    this.pause();
    this.draw(Math.min(this.last, Math.max(0, step)));
    this.rest(this.step);
  }

  private start(): void {
    const from = this.step >= this.last ? 0 : this.step;
    let began = 0;
    const frame = (now: number) => {
      began ||= now;
      const step = Math.min(this.last, from + Math.floor(((now - began) / (1000 * seconds)) * this.last));
      if (step !== this.step) this.draw(step);
      this.timer = requestAnimationFrame(frame);
      if (step === this.last) this.pause();
    };
    this.play.textContent = "Pause";
    this.draw(from);
    this.timer = requestAnimationFrame(frame);
  }

  pause(): void {
    if (this.timer === 0) return;
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.play.textContent = "Play";
    this.rest(this.step);
  }
}
