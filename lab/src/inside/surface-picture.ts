// The picture of a decision surface: regions, points of the data on top, axes.
import type { SurfaceAnswer, SurfacePoints } from "./answers";
import { bitmap, sharpen } from "./canvas";
import { cividis, classColours, css, mixed, variable, type Colour } from "./colours";
import { tick as tickText } from "../numbers";
import { ticks } from "./numbers";

const levels = 1000;
const left = 52;
const bottom = 40;
const top = 8;
const right = 8;

interface Plot {
  context: CanvasRenderingContext2D;
  x(value: number): number;
  y(value: number): number;
  width: number;
  height: number;
}

export function drawSurface(canvas: HTMLCanvasElement, answer: SurfaceAnswer, points: SurfacePoints | null): void {
  const width = canvas.clientWidth;
  if (width === 0) return;
  const height = Math.min(width * 0.8, 560);
  const context = sharpen(canvas, width, height);
  const inner = { width: width - left - right, height: height - top - bottom };
  const plot: Plot = {
    context,
    ...inner,
    x: (value) => left + ((value - answer.x.low) / (answer.x.high - answer.x.low)) * inner.width,
    y: (value) => top + (1 - (value - answer.y.low) / (answer.y.high - answer.y.low)) * inner.height,
  };
  drawRegions(plot, answer);
  drawBorders(plot, answer);
  if (points !== null) drawPoints(plot, answer, points);
  drawAxes(plot, answer);
  drawNames(plot, answer);
}

// Paler where the model is less sure: at even odds as pale as the ground.
function drawRegions({ context, width, height }: Plot, answer: SurfaceAnswer): void {
  const { size, winners } = answer;
  const ground = variable("--ground");
  const colours = classColours(answer.classes.length);
  const even = levels / Math.max(1, answer.classes.length);
  const image = bitmap(size, size, (x, y) => {
    const at = (size - 1 - y) * size + x;
    const level = answer.levels[at]!;
    if (winners === undefined) return cividis(level / levels);
    const sure = Math.max(0, (level - even) / (levels - even));
    return mixed(ground, colours[winners[at]!]!, 0.08 + 0.5 * sure);
  });
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  // The values stand at the grid's points, so that the outer half pixels lie outside of the picture.
  const half = 0.5;
  context.drawImage(image, half, half, size - 1, size - 1, left, top, width, height);
}

// Where the winner changes, a line between the cells.
function drawBorders({ context, width, height }: Plot, { size, winners }: SurfaceAnswer): void {
  if (winners === undefined) return;
  const [stepX, stepY] = [width / (size - 1), height / (size - 1)];
  context.beginPath();
  for (let row = 0; row + 1 < size; ++row) {
    for (let column = 0; column + 1 < size; ++column) {
      const here = winners[row * size + column]!;
      const x = left + column * stepX;
      const y = top + height - row * stepY;
      if (winners[row * size + column + 1] !== here) {
        context.moveTo(x + stepX / 2, y + stepY / 2);
        context.lineTo(x + stepX / 2, y - stepY / 2);
      }
      if (winners[(row + 1) * size + column] !== here) {
        context.moveTo(x - stepX / 2, y - stepY / 2);
        context.lineTo(x + stepX / 2, y - stepY / 2);
      }
    }
  }
  context.strokeStyle = css(variable("--ink"), 0.35);
  context.lineWidth = 1;
  context.stroke();
}

type Shape = (path: Path2D, x: number, y: number, r: number) => void;
const polygon =
  (corners: number, turn: number): Shape =>
  (path, x, y, r) => {
    for (let k = 0; k < corners; ++k) {
      const angle = turn + (2 * Math.PI * k) / corners;
      const at: [number, number] = [x + 1.25 * r * Math.cos(angle), y + 1.25 * r * Math.sin(angle)];
      if (k === 0) path.moveTo(...at);
      else path.lineTo(...at);
    }
    path.closePath();
  };
// Told apart without colours.
const shapes: Shape[] = [
  (path, x, y, r) => path.arc(x, y, r, 0, 2 * Math.PI),
  polygon(4, Math.PI / 4),
  polygon(3, -Math.PI / 2),
  polygon(4, 0),
  polygon(3, Math.PI / 2),
  polygon(6, 0),
];

export function drawMark(context: CanvasRenderingContext2D, kind: number, colour: Colour, x: number, y: number, r: number): void {
  const path = new Path2D();
  shapes[kind % shapes.length]!(path, x, y, r);
  context.fillStyle = css(colour);
  context.strokeStyle = css(variable("--ground"));
  context.lineWidth = 1;
  context.fill(path);
  context.stroke(path);
}

function drawPoints(plot: Plot, answer: SurfaceAnswer, points: SurfacePoints): void {
  const colours = classColours(answer.classes.length);
  const radius = plot.width < 420 ? 2.5 : 3.5;
  const span = answer.high - answer.low || 1;
  points.x.forEach((value, i) => {
    const target = points.targets[i]!;
    const colour = answer.winners === undefined ? cividis((target - answer.low) / span) : colours[target]!;
    drawMark(plot.context, answer.winners === undefined ? 0 : target, colour, plot.x(value), plot.y(points.y[i]!), radius);
  });
}

function drawAxes({ context, x, y, width, height }: Plot, answer: SurfaceAnswer): void {
  context.strokeStyle = css(variable("--muted"));
  context.fillStyle = css(variable("--muted"));
  context.lineWidth = 1;
  context.font = "12px system-ui, sans-serif";
  context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of ticks(answer.x.low, answer.x.high)) {
    context.fillRect(x(tick), top + height, 1, 4);
    context.fillText(tickText(tick), x(tick), top + height + 6);
  }
  context.fillText(answer.x.name, left + width / 2, top + height + 22, width);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticks(answer.y.low, answer.y.high)) {
    context.fillRect(left - 4, y(tick), 4, 1);
    context.fillText(tickText(tick), left - 7, y(tick));
  }
  context.save();
  context.translate(9, top + height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText(answer.y.name, 0, 0, height);
  context.restore();
}

// The class of each region, where the model is surest and nearest to the region's middle.
function drawNames({ context, width, height }: Plot, answer: SurfaceAnswer): void {
  const { size, winners, levels: sure } = answer;
  if (winners === undefined || answer.classes.length <= 2) return;
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  answer.classes.forEach((name, k) => {
    const cells = winners.flatMap((winner, at) => (winner === k ? [at] : []));
    if (cells.length < (size * size) / 200) return;
    const middle = [0, 1].map(
      (axis) => cells.reduce((sum, at) => sum + (axis === 0 ? at % size : Math.floor(at / size)), 0) / cells.length,
    );
    const enough = 0.9 * cells.reduce((most, at) => Math.max(most, sure[at]!), 0);
    let best = cells[0]!;
    let least = Infinity;
    for (const at of cells) {
      const distance = (at % size - middle[0]!) ** 2 + (Math.floor(at / size) - middle[1]!) ** 2;
      if (sure[at]! < enough || distance >= least) continue;
      best = at;
      least = distance;
    }
    const x = left + ((best % size) / (size - 1)) * width;
    const y = top + height - (Math.floor(best / size) / (size - 1)) * height;
    context.strokeStyle = css(variable("--ground"));
    context.fillStyle = css(variable("--ink"));
    context.strokeText(name, x, y);
    context.fillText(name, x, y);
  });
}
