// Canvases as sharp as the screen.

/** As many pixels as the screen shows for this size in CSS pixels, in whose unit the context then draws. */
export function sharpen(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** A picture of `width` x `height` colours, row by row from the top, one pixel each. */
export function bitmap(width: number, height: number, colour: (x: number, y: number) => readonly number[]): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  paintBitmap(canvas, width, height, colour);
  return canvas;
}

export function paintBitmap(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly number[],
): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  for (let y = 0, at = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x, at += 4) {
      const [red, green, blue] = colour(x, y);
      image.data[at] = red!;
      image.data[at + 1] = green!;
      image.data[at + 2] = blue!;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/** Calls `draw` when the element's width changes; returns the end of it. */
export function onWidth(element: Element, draw: () => void): () => void {
  let width = 0;
  const observer = new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    draw();
  });
  observer.observe(element);
  return () => observer.disconnect();
}
